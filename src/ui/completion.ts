/** What the word before the cursor can become: commands, people, rooms, settings, files, emoji. Pure. */
import { argumentsOf } from './command-arguments.ts';
import type { Completes } from './commands.ts';
import type { EditLine } from './line-editor.ts';

/** What an argument of a command may be: something with a name, or one of some words. */
export type Argument = Completes | readonly string[];

/** Candidates that one list has: more than anybody goes through. */
export const MAX_CANDIDATES = 200;

/** Where candidates come from. */
export interface CompletionSources {
  readonly commands: readonly {
    readonly name: string;
    /** How its arguments are written, which tells what they are where `completes` does not. */
    readonly usage: string;
    /** What its arguments are, the first one first; the last goes for all further ones. */
    readonly completes?: readonly Completes[];
  }[];
  /** Names of people, the likeliest first. */
  readonly members: readonly string[];
  readonly rooms: readonly string[];
  readonly settings: readonly string[];
  readonly themes: readonly string[];
  /** Files and directories that begin so; a directory ends in '/'. */
  readonly paths: (begin: string) => readonly string[];
  readonly emoji: (part: string) => readonly { readonly name: string; readonly emoji: string }[];
}

export interface Candidate {
  /** Stands in place of the word. */
  readonly text: string;
  /** As the list shows it. */
  readonly shown: string;
  /** Put behind the word where there is nothing more to choose. */
  readonly end: string;
}

export interface Choices {
  /** Offset of the word that the candidates replace. */
  readonly from: number;
  readonly candidates: readonly Candidate[];
}

/** The candidates for the word before the cursor; none where nothing fits. */
export function choicesFor(line: EditLine, sources: CompletionSources): Choices {
  const before = line.text.slice(0, line.cursor);
  const word = /\S*$/.exec(before)?.[0] ?? '';
  const from = before.length - word.length;
  return { from, candidates: candidatesFor(before, word, sources).slice(0, MAX_CANDIDATES) };
}

function candidatesFor(before: string, word: string, sources: CompletionSources): readonly Candidate[] {
  if (/^\/[^/\s]*$/.test(before)) return commandCandidates(word, sources);
  const emoji = /^:([a-z0-9_+-]{2,})$/.exec(word)?.[1];
  if (emoji !== undefined) {
    return sources
      .emoji(emoji)
      .map((one) => ({ text: one.emoji, shown: `${one.emoji} ${one.name}`, end: ' ' }));
  }
  const kinds = argumentKinds(before, word, sources);
  if (kinds) return kinds.flatMap((kind) => argumentCandidates(kind, word, sources));
  return word === '' ? [] : wordCandidates(word, before === word, sources);
}

function commandCandidates(word: string, { commands }: CompletionSources): readonly Candidate[] {
  const begin = word.slice(1).toLowerCase();
  return commands
    .filter(({ name }) => name.startsWith(begin))
    .map(({ name }) => ({ text: `/${name}`, shown: `/${name}`, end: ' ' }));
}

/** What the argument being typed may be; undefined in a message and where the command does not say. */
function argumentKinds(
  before: string,
  word: string,
  { commands }: CompletionSources,
): readonly Argument[] | undefined {
  const name = /^\/([^/\s]+)\s/.exec(before)?.[1]?.toLowerCase();
  if (name === undefined) return undefined;
  if (word.startsWith('@')) return ['member'];
  if (word.startsWith('#')) return ['room'];
  const done = before.slice(0, before.length - word.length);
  const at = done.trim().split(/\s+/).length - 1;
  const command = commands.find((one) => one.name === name);
  if (!command?.completes) return argumentsOf(command?.usage ?? '')[at];
  const kind = command.completes[at] ?? command.completes.at(-1);
  return kind && [kind];
}

function argumentCandidates(kind: Argument, word: string, sources: CompletionSources): readonly Candidate[] {
  if (typeof kind !== 'string') return beginning(word, '', kind, ' ');
  switch (kind) {
    case 'member':
      return beginning(word, '@', sources.members, ' ');
    case 'room':
      return beginning(word, word.startsWith('#') ? '#' : '', sources.rooms, ' ');
    case 'setting':
      return beginning(word, '', sources.settings, ' ');
    case 'theme':
      return beginning(word, '', sources.themes, ' ');
    case 'command':
      return commandCandidates(word.startsWith('/') ? word : `/${word}`, sources);
    case 'path':
      return sources.paths(word).map((path) => ({
        text: path,
        shown: path.replace(/^.*\/(?=.)/, ''),
        end: path.endsWith('/') ? '' : ' ',
      }));
  }
}

/** A name of somebody here or of a room, in a message. Whom one speaks to stands first, with a colon. */
function wordCandidates(
  word: string,
  first: boolean,
  { members, rooms }: CompletionSources,
): readonly Candidate[] {
  if (word.startsWith('#')) return beginning(word, '#', rooms, ' ');
  if (word.startsWith('@')) return beginning(word, '@', members, ' ');
  const people = beginning(word, '', members, first ? ': ' : ' ');
  return [...people, ...beginning(word, '', rooms, ' ')];
}

/** Names that begin as the word does, whatever its case; the mark before the word need not be there. */
function beginning(word: string, mark: string, names: readonly string[], end: string): Candidate[] {
  const begin = (mark !== '' && word.startsWith(mark) ? word.slice(mark.length) : word).toLowerCase();
  return [...new Set(names)]
    .filter((name) => name.toLowerCase().startsWith(begin))
    .map((name) => ({ text: `${mark}${name}`, shown: `${mark}${name}`, end }));
}

/** A list of candidates that Tab goes through. */
export interface Cycle extends Choices {
  /** The line before the first Tab. */
  readonly line: EditLine;
  /** The candidate that stands in the line, -1 for none yet. */
  readonly at: number;
}

/** The line with a candidate in place of the word. */
export function withCandidate(line: EditLine, from: number, text: string): EditLine {
  const before = line.text.slice(0, from) + text;
  return { text: before + line.text.slice(line.cursor), cursor: before.length };
}

/**
 * The first Tab: the only candidate, or as much as all have in common; with several, a list to go through.
 * Undefined where nothing fits.
 */
export function complete(
  line: EditLine,
  sources: CompletionSources,
): { readonly line: EditLine; readonly cycle: Cycle | null } | undefined {
  const { from, candidates } = choicesFor(line, sources);
  const [first] = candidates;
  if (!first) return undefined;
  if (candidates.length === 1)
    return { line: withCandidate(line, from, first.text + first.end), cycle: null };
  const common = commonBegin(candidates.map(({ text }) => text));
  const longer = common.length > line.cursor - from;
  const extended = longer ? withCandidate(line, from, common) : line;
  return { line: extended, cycle: { from, candidates, line: extended, at: -1 } };
}

/** Another Tab (+1), or Shift+Tab (-1): the next candidate; behind the last one the line is as it was. */
export function cycled(cycle: Cycle, step: 1 | -1): { readonly line: EditLine; readonly cycle: Cycle } {
  const places = cycle.candidates.length + 1;
  const at = ((cycle.at + 1 + step + places) % places) - 1;
  const candidate = cycle.candidates[at];
  const line = candidate ? withCandidate(cycle.line, cycle.from, candidate.text + candidate.end) : cycle.line;
  return { line, cycle: { ...cycle, at } };
}

function commonBegin(texts: readonly string[]): string {
  const [first = '', ...others] = texts;
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && first[same]?.toLowerCase() === other[same]?.toLowerCase()) same++;
    length = same;
  }
  // Half of a character is none.
  return first.slice(0, length).toWellFormed() === first.slice(0, length)
    ? first.slice(0, length)
    : first.slice(0, length - 1);
}
