/**
 * Tells on which line of a TOML document each key stands, which the TOML parser does not. Pure.
 *
 * The document must be valid TOML 1.0 (the parser has read it before); of anything else the answer is only a guess,
 * but it always ends.
 */

/** One part of a dotted key, bare or quoted, anchored where the scanner stands. */
const KEY_PART = /[ \t]*(?:([A-Za-z0-9_-]+)|"((?:\\.|[^"\\\n])*)"|'([^'\n]*)')[ \t]*/y;
/** What holds no value: white space, line ends and comments. */
const BLANK = /(?:[ \t\r\n]|#[^\n]*)*/y;
/** The same between the parts of an array or inline table. */
const SEPARATORS = /(?:[ \t\r\n,]|#[^\n]*)*/y;
/** A string of any of the four kinds; the multi-line ones first, as their quotes begin with the short ones'. */
const STRING = /"""(?:\\[\s\S]|[^\\])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'/y;
/** A number, date or boolean. */
const SCALAR = /[^,\]}#\n]+/y;

/**
 * Lines (from 1) of every key and table header, under the path joined with dots. Tables of an array ([[name]]) stand
 * under their numbers: "name.0.key"; the array itself where its first table does.
 */
export function tomlLines(document: string): ReadonlyMap<string, number> {
  const scanner = new Scanner(document);
  scanner.document();
  return scanner.lines;
}

class Scanner {
  readonly lines = new Map<string, number>();
  /** Tables that each array has so far, by its path. */
  readonly #arrays = new Map<string, number>();
  #text: string;
  #at = 0;
  /** Line of #at: kept up by #line(), which only ever moves forward. */
  #line = 1;
  #counted = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    let table: readonly string[] = [];
    for (this.#take(BLANK); this.#at < this.#text.length; this.#take(BLANK)) {
      const before = this.#at;
      if (this.#text[this.#at] === '[') table = this.#header();
      else this.#pair(table);
      // Only a document that is not TOML gets stuck.
      if (this.#at === before) return;
    }
  }

  /** [a.b] or [[a.b]]. */
  #header(): readonly string[] {
    const line = this.#lineHere();
    const isArray = this.#take(/\[+/y)?.[0] === '[[';
    const name = this.#key();
    this.#take(/\]+/y);
    const path = isArray ? [...name, this.#nextOf(name.join('.'))] : name;
    this.#note(path, line);
    return path;
  }

  #nextOf(array: string): string {
    const next = this.#arrays.get(array) ?? 0;
    this.#arrays.set(array, next + 1);
    return String(next);
  }

  /** key = value */
  #pair(table: readonly string[]): void {
    const line = this.#lineHere();
    const path = [...table, ...this.#key()];
    this.#note(path, line);
    this.#take(/=[ \t]*/y);
    this.#value(path);
  }

  #value(path: readonly string[]): void {
    const opening = this.#text[this.#at];
    if (opening === '{') this.#items('}', () => this.#pair(path));
    else if (opening === '[') this.#items(']', () => this.#value(path));
    else if (!this.#take(STRING)) this.#take(SCALAR);
  }

  #items(closing: string, item: () => void): void {
    this.#at++;
    for (this.#take(SEPARATORS); this.#at < this.#text.length; this.#take(SEPARATORS)) {
      const before = this.#at;
      if (this.#text[this.#at] === closing) {
        this.#at++;
        return;
      }
      item();
      if (this.#at === before) return;
    }
  }

  #key(): string[] {
    const parts: string[] = [];
    do {
      const found = this.#take(KEY_PART);
      if (!found) break;
      parts.push(found[1] ?? found[3] ?? unescaped(found[2] ?? ''));
    } while (this.#take(/\./y));
    return parts;
  }

  #note(path: readonly string[], line: number): void {
    const name = path.join('.');
    if (!this.lines.has(name)) this.lines.set(name, line);
    // A table that only its dotted keys open stands where the first of them does.
    if (path.length > 1) this.#note(path.slice(0, -1), line);
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #lineHere(): number {
    for (; this.#counted < this.#at; this.#counted++) if (this.#text[this.#counted] === '\n') this.#line++;
    return this.#line;
  }
}

/** A basic string's escapes are JSON's, but for \UXXXXXXXX, \e and \x, which no key of ours has. */
function unescaped(body: string): string {
  try {
    return String(JSON.parse(`"${body}"`));
  } catch {
    return body;
  }
}
