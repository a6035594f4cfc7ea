/** What `ssh host COMMAND` asks for. Pure. No shell reads it: words are split at spaces and mean themselves. */
import { VoiptermError } from '../errors.ts';
import { placeName } from '../net/control/schema.ts';

export type GuestCommand =
  /** The screen, or lines where there is no terminal; `room` is shown first. */
  | { readonly run: 'chat'; readonly room: string | null }
  /** Lines, whatever the terminal can do. */
  | { readonly run: 'plain'; readonly room: string | null }
  | {
      readonly run: 'tail';
      readonly room: string | null;
      readonly follow: boolean;
      readonly json: boolean;
      readonly count: number;
    }
  /** `text` null: each line of the input is a message. */
  | { readonly run: 'say'; readonly room: string; readonly text: string | null }
  | { readonly run: 'help' };

/** As tail(1). */
const DEFAULT_COUNT = 10;
/** More of a room's history than anybody reads. */
const MAX_COUNT = 1_000_000;

export const GUEST_HELP = `Over ssh a voipterm station understands:
  ssh HOST                            the chat, drawn in your terminal
  ssh -t HOST chat ROOM               the same, in a room
  ssh -T HOST plain [ROOM]            lines only: type to speak, events come as lines
  ssh HOST tail [-f] [-n COUNT] [--json] [ROOM]
                                      a room's last messages; -f goes on with what follows
  ssh HOST say ROOM TEXT              one message; a person is @name
  ssh HOST say ROOM < FILE            each line one message
  ssh HOST help                       this
`;

/** Throws 'usage.invalid' for what is no command. */
export function parseGuestCommand(line: string | null): GuestCommand {
  const [, name = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*)$/.exec(line ?? '') ?? [];
  switch (name) {
    case '':
      return { run: 'chat', room: null };
    case 'chat':
    case 'plain':
      return { run: name, room: onlyPlace(rest) };
    case 'tail':
      return parseTail(wordsOf(rest));
    case 'say':
      return parseSay(rest);
    case 'help':
    case '--help':
    case '-h':
      return { run: 'help' };
    default:
      throw new VoiptermError(
        'usage.invalid',
        `There is no command ${JSON.stringify(name.slice(0, 32))} here.`,
      );
  }
}

function parseTail(words: readonly string[]): GuestCommand {
  let [follow, json, count]: [boolean, boolean, number] = [false, false, DEFAULT_COUNT];
  const places: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '-f' || word === '--follow') follow = true;
    else if (word === '--json') json = true;
    else if (word === '-n') count = countOf(words[++at] ?? '');
    else if (/^-n\d/.test(word)) count = countOf(word.slice(2));
    else if (word.startsWith('-')) throw usage(`tail has no option ${JSON.stringify(word.slice(0, 32))}.`);
    else places.push(word);
  }
  return { run: 'tail', room: onlyPlace(places.join(' ')), follow, json, count };
}

function parseSay(rest: string): GuestCommand {
  const [, place = '', text = ''] = /^(\S*)(?:\s([\s\S]*))?$/.exec(rest) ?? [];
  if (place === '') throw usage('Say where? Write say ROOM TEXT, or say @NAME TEXT.');
  return { run: 'say', room: placeOf(place), text: text.trim() === '' ? null : text };
}

function onlyPlace(rest: string): string | null {
  const [first, ...more] = wordsOf(rest);
  if (more.length > 0) throw usage('Only one room can be named.');
  return first === undefined ? null : placeOf(first);
}

function placeOf(word: string): string {
  const name = word.replace(/^#/, '');
  const parsed = placeName.safeParse(name.startsWith('@') ? name : name.toLowerCase());
  if (parsed.success) return parsed.data;
  throw usage(`${JSON.stringify(word.slice(0, 64))} is neither a room nor a person (@name).`);
}

function countOf(word: string): number {
  const count = /^\d{1,9}$/.test(word) ? Number(word) : Number.NaN;
  if (count >= 0 && count <= MAX_COUNT) return count;
  throw usage(`-n needs a number up to ${MAX_COUNT}.`);
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

const usage = (sentence: string): VoiptermError => new VoiptermError('usage.invalid', sentence);
