/**
 * The key table in force: the rows with the user's keys in place of the defaults, checked, and looked up by what is
 * pressed. Pure.
 *
 * Two rows collide when one chord would mean both in one place: rows of one scope; of 'chat', 'input' and 'everywhere', as
 * the chat pane has all three; and of anything with a key that even the shell does not get, since that is the way out of
 * a pane. Otherwise a pane's own row goes before one of 'everywhere'. A chord that begins another row's two chords collides with them.
 */
import { chordOf, type KeyPress, parseChord } from './key-event.ts';
import type { KeyRow, Scope } from './key-row.ts';
import { KEY_TABLE } from './key-table.ts';

/** Keys of a command by its name, as written: in place of all its defaults; none unbinds it. */
export type KeyOverrides = ReadonlyMap<string, readonly string[]>;

/** More chords for one command than anybody remembers. */
export const MAX_CHORDS = 8;
/** A prefix and a key after it. */
const MAX_SEQUENCE = 2;

/** What is pressed, after what waits. */
export type Found =
  | { readonly kind: 'command'; readonly row: KeyRow }
  /** The first of two chords. */
  | { readonly kind: 'waits'; readonly prefix: string }
  | { readonly kind: 'nothing' };

export interface Place {
  /** Of the pane shown, the nearest first; 'everywhere' comes after them by itself. */
  readonly scopes: readonly Scope[];
  /** Nothing is typed, and nothing could be: a character may be a key. */
  readonly empty: boolean;
}

/** Something wrong with the keys of one command; `text` fits after the command's name. */
export interface KeyProblem {
  readonly name: string;
  readonly text: string;
}

export class KeyBindings {
  readonly rows: readonly KeyRow[];
  #byChord: ReadonlyMap<string, readonly KeyRow[]>;

  /** @param rows without collisions: bindKeys makes them. */
  constructor(rows: readonly KeyRow[]) {
    this.rows = rows;
    this.#byChord = byChord(rows);
  }

  /** @param waiting the prefix that was pressed before, or ''. */
  lookUp(key: KeyPress, place: Place, waiting = ''): Found {
    const chord = waiting === '' ? chordOf(key) : `${waiting} ${chordOf(key)}`;
    // A letter with Shift may be a key of its own: N beside n.
    const shifted = key.shift && key.text !== '' ? `shift+${chord}` : chord;
    const rows = [shifted, chord].map((one) => nearestIn(this.#byChord.get(one) ?? [], place));
    const row = rows.find((found) => found !== undefined);
    if (row) return { kind: 'command', row };
    return this.continuations(chord, place).length > 0
      ? { kind: 'waits', prefix: chord }
      : { kind: 'nothing' };
  }

  /** What may follow a prefix here: the second chord and its row. */
  continuations(prefix: string, place: Place): readonly (readonly [chord: string, row: KeyRow])[] {
    return this.rows
      .filter((row) => worksIn(row, place))
      .flatMap((row) =>
        row.keys
          .filter((keys) => keys.startsWith(`${prefix} `))
          .map((keys) => [keys.slice(prefix.length + 1), row] as const),
      );
  }

  row(name: string): KeyRow | undefined {
    return this.rows.find((row) => row.name === name);
  }

  /** The first chord of a command, or undefined if it has none. */
  keyOf(name: string): string | undefined {
    return this.row(name)?.keys[0];
  }
}

function byChord(rows: readonly KeyRow[]): Map<string, KeyRow[]> {
  const found = new Map<string, KeyRow[]>();
  for (const row of rows) for (const key of row.keys) found.set(key, [...(found.get(key) ?? []), row]);
  return found;
}

function worksIn(row: KeyRow, { scopes, empty }: Place): boolean {
  if (row.whileEmpty && !empty) return false;
  if (row.scope !== 'everywhere') return scopes.includes(row.scope);
  return row.inShell === true || !scopes.includes('shell');
}

function nearestIn(rows: readonly KeyRow[], place: Place): KeyRow | undefined {
  const working = rows.filter((row) => worksIn(row, place));
  const near = place.scopes.map((scope) => working.find((row) => row.scope === scope));
  return near.find((row) => row !== undefined) ?? working[0];
}

/**
 * The table with a user's keys.
 * @param talkKey the default of 'talk', in the table's spelling.
 */
export function bindKeys(
  overrides: KeyOverrides,
  talkKey: string,
  table: readonly KeyRow[] = KEY_TABLE,
): { readonly bindings: KeyBindings } | { readonly problem: KeyProblem } {
  for (const name of overrides.keys()) {
    if (!table.some((row) => row.name === name)) return { problem: { name, text: 'is no command' } };
  }
  const rows: KeyRow[] = [];
  for (const row of table) {
    const keys = overrides.get(row.name) ?? defaultsOf(row, talkKey);
    const read = readKeys(row, keys);
    if ('text' in read) return { problem: { name: row.name, ...read } };
    rows.push({ ...row, keys: read.keys });
  }
  const problem = collisionIn(rows, overrides) ?? noWayOut(rows, overrides);
  return problem ? { problem } : { bindings: new KeyBindings(rows) };
}

/** What ends a share gives way to the talk key, and has another. */
function defaultsOf({ name, scope, keys }: KeyRow, talkKey: string): readonly string[] {
  if (name === 'talk') return [talkKey];
  return scope === 'shared' ? keys.filter((key) => key !== talkKey) : keys;
}

/** The keys in the table's spelling, or what is wrong with them. */
function readKeys(
  row: KeyRow,
  written: readonly string[],
): { readonly keys: readonly string[] } | { readonly text: string } {
  if (written.length > MAX_CHORDS) return { text: `has more than ${MAX_CHORDS} keys` };
  const keys: string[] = [];
  for (const one of written) {
    const chords = one.trim().split(/\s+/).map(parseChord);
    const known = chords.filter((chord) => chord !== undefined);
    if (known.length !== chords.length || chords.length > MAX_SEQUENCE) {
      return {
        text: `has ${quoted(one)}, which is no key; write one like "ctrl+t", "f8", "alt+left" or "ctrl+x ctrl+e"`,
      };
    }
    const [first = ''] = known;
    const text = unfit(first, row) ?? known.slice(1).map(neverSent).find(Boolean);
    if (text !== undefined) return { text: `cannot have ${quoted(one)}: ${text}` };
    keys.push(known.join(' '));
  }
  return { keys: [...new Set(keys)] };
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 40));

/** Why a chord can be no command's, as no terminal sends it apart from another key. */
export function neverSent(chord: string): string | undefined {
  const same = SAME_BYTE[chord];
  return same === undefined ? undefined : `terminals send the same for ${same}`;
}

const SAME_BYTE: Readonly<Record<string, string>> = {
  'ctrl+h': 'Backspace',
  'ctrl+i': 'Tab',
  'ctrl+j': 'Enter',
  'ctrl+m': 'Enter',
  'ctrl+[': 'Esc',
};

function unfit(chord: string, row: KeyRow): string | undefined {
  const never = neverSent(chord);
  if (never !== undefined) return never;
  if (typesText(chord) && !row.whileEmpty && TYPING_SCOPES.has(row.scope)) return 'it types a character';
  return undefined;
}

/** Where text is typed all the time. The settings may have letters as keys: text goes only into an open editor. */
const TYPING_SCOPES: ReadonlySet<Scope> = new Set(['everywhere', 'chat', 'input', 'search', 'shell']);

function typesText(chord: string): boolean {
  return /^(shift\+)?(space|\S)$/u.test(chord);
}

function collisionIn(rows: readonly KeyRow[], overrides: KeyOverrides): KeyProblem | undefined {
  for (const [index, row] of rows.entries()) {
    for (const other of rows.slice(index + 1)) {
      const chord = collide(row, other);
      if (chord === undefined) continue;
      // Whoever changed something is told of it.
      const [mine, its] = overrides.has(other.name) ? [other, row] : [row, other];
      return { name: mine.name, text: `cannot have "${chord}", which "${its.name}" has (${its.help})` };
    }
  }
  return undefined;
}

/** A chord that would mean both. */
export function collide(one: KeyRow, other: KeyRow): string | undefined {
  if (!meet(one, other)) return undefined;
  return one.keys.find((mine) => other.keys.some((its) => clash(mine, its)));
}

function clash(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other} `) || other.startsWith(`${one} `);
}

function meet(one: KeyRow, other: KeyRow): boolean {
  if (one.inShell || other.inShell || one.scope === other.scope) return true;
  return WRITING.has(one.scope) && WRITING.has(other.scope);
}

/** What the chat pane has at once. In the others a key of everywhere may give way to one of the pane's. */
const WRITING: ReadonlySet<Scope> = new Set(['everywhere', 'chat', 'input']);

/** Without a key that the shell's program does not get, nobody could leave the shell pane. */
function noWayOut(rows: readonly KeyRow[], overrides: KeyOverrides): KeyProblem | undefined {
  const ways = rows.filter(({ command }) => command.do === 'next-tab' || isChatTab(command));
  if (ways.some(({ keys }) => keys.length > 0)) return undefined;
  const name = ways.findLast((row) => overrides.has(row.name))?.name ?? 'next-tab';
  return { name, text: 'must keep a key, or "tab-chat" must have one: it is the way out of the shell' };
}

function isChatTab(command: KeyRow['command']): boolean {
  return command.do === 'tab' && command.tab === 'chat';
}
