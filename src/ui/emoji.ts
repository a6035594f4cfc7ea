/**
 * Emoji by the names that chats made known: ":tada:". The names come from gemoji, which is loaded after the first screen
 * is drawn, since it is as large as all of the interface; until then no name is known.
 */

type Names = Readonly<Record<string, string>>;

let names: Names = {};
let sorted: readonly string[] = [];

/** Loads the names; calling it again does nothing more. */
export async function loadEmoji(): Promise<void> {
  if (sorted.length > 0) return;
  const { nameToEmoji } = await import('gemoji');
  names = nameToEmoji;
  sorted = Object.keys(nameToEmoji).sort();
}

/** The emoji of that name, written without its colons. */
export function emojiNamed(name: string): string | undefined {
  return Object.hasOwn(names, name) ? names[name] : undefined;
}

export interface NamedEmoji {
  readonly name: string;
  readonly emoji: string;
}

/** Those whose name begins so, then those that have it inside; at most `count`. */
export function emojiLike(part: string, count: number): readonly NamedEmoji[] {
  const begin = sorted.filter((name) => name.startsWith(part));
  const inside = sorted.filter((name) => !name.startsWith(part) && name.includes(part));
  return [...begin, ...inside].slice(0, count).map((name) => ({ name, emoji: names[name] ?? '' }));
}

/** Names between colons that stand apart from letters and digits: no time, no path, no IPv6 address. */
const NAMES = /(?<![\p{L}\p{N}_:/])(?::[a-z0-9_+-]{1,50}:)+(?![\p{L}\p{N}_])/gu;
/** What stays as it was written. */
const CODE = /^ {0,3}```[\s\S]*?(?:^ {0,3}```|$(?![\s\S]))|^(?: {4}|\t).*$|`[^`\n]+`|\S+:\/\/\S+/gm;

/** A message with the emoji in place of their names, outside of code and links. */
export function withEmoji(text: string): string {
  if (!text.includes(':')) return text;
  const replace = (plain: string): string =>
    plain.replaceAll(NAMES, (run) =>
      run.replaceAll(/:([^:]+):/g, (whole, name: string) => emojiNamed(name) ?? whole),
    );
  let done = '';
  let from = 0;
  for (const { 0: code, index } of text.matchAll(CODE)) {
    done += replace(text.slice(from, index)) + code;
    from = index + code.length;
  }
  return done + replace(text.slice(from));
}
