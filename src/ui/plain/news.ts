/**
 * What has happened since the last look, as lines to print: each event once, whatever order the states come in. Pure.
 *
 * A state tells how things are, not what is new, and its rooms are windows that slide. So this remembers what was told:
 * of messages their ids with the revision, of all else the words.
 */
import { readableLines } from '../../session/people.ts';
import { currentRoom } from '../../session/places.ts';
import type { Line, RoomState, State } from '../../session/state.ts';
import { cleanLine } from '../clean-text.ts';
import { recordersLabel } from '../keeping-words.ts';
import { earlierWords, messageWords, noticeWords, placeWords } from './line-words.ts';
import { linkWords, microphoneWords, warnings } from './status-words.ts';

/** Read lines of the room shown that are told at the begin: what was just talked about. */
export const FIRST_LINES = 10;
/** Unread messages of a room that are told one by one; a day's worth would take an hour to hear. */
export const MAX_MISSED = 50;
/** Ids remembered in a room: more than its window has, so that paging back and forth repeats nothing. */
const MAX_TOLD = 20_000;
/** Whoever paused for less time has not begun anew, ms. */
const PAUSE_MS = 10_000;

type Message = Extract<Line, { kind: 'message' }>;

/** What was told of a line: nothing yet of one of ours that waits, that it waits, or a revision of it. */
type Told = 'waits' | 'late' | 'refused' | number;

interface Memory {
  readonly told: Map<string, Told>;
  /** Its first messages have come. */
  greeted: boolean;
  /** Lowest seq that was told or passed over. */
  lowest: number;
  /** What was looked at last: the same again has nothing new. */
  lines: readonly Line[] | undefined;
  link: string;
}

export class PlainNews {
  /** What we send is on the screen already, as it was typed there. */
  readonly #echoed: boolean;
  readonly #startedAt: number;
  #rooms = new Map<string, Memory>();
  #said = new Map<string, string>();
  #warned = new Set<string>();
  #talked = new Map<string, number>();
  #found = new Set<string>();

  /**
   * @param echoed the terminal shows what is typed, so what we sent is not told again.
   * @param startedAt ms since 1970: what is older was said before we came.
   */
  constructor(echoed: boolean, startedAt: number) {
    this.#echoed = echoed;
    this.#startedAt = startedAt;
  }

  /** Lines to print, in order; `now` in ms since 1970. */
  next(state: State, now: number): readonly string[] {
    return [
      ...this.#once('link', linkWords(state)),
      ...this.#once('microphone', microphoneWords(state)),
      ...this.#once('keeping', recordersLabel(state)),
      ...this.#warnings(state),
      ...this.#once('current', currentWords(state)),
      ...state.rooms.flatMap((room) => this.#room(room, state, now)),
      ...this.#talkers(state, now),
      ...this.#search(state, now),
    ];
  }

  /** Words that are told when they change. */
  #once(about: string, words: string): readonly string[] {
    const before = this.#said.get(about);
    if (before === words) return [];
    this.#said.set(about, words);
    if (words !== '') return [words];
    return about === 'keeping' && before !== undefined ? ['Nobody records any more.'] : [];
  }

  /** A figure in it that changes makes no new warning. */
  #warnings(state: State): readonly string[] {
    const now = warnings(state);
    const kinds = now.map((words) => words.replaceAll(/\d+/g, '#'));
    const fresh = now.filter((_, at) => !this.#warned.has(kinds[at] ?? ''));
    this.#warned = new Set(kinds);
    return fresh.map((words) => `Attention: ${words}`);
  }

  #talkers(state: State, now: number): readonly string[] {
    const members = currentRoom(state)?.members ?? [];
    return members
      .filter(({ id, talking }) => talking && id !== state.self.member)
      .flatMap(({ name }) => {
        const last = this.#talked.get(name);
        this.#talked.set(name, now);
        return last === undefined || now - last > PAUSE_MS ? [`${cleanLine(name)} talks.`] : [];
      });
  }

  #search({ text, rooms }: State, now: number): readonly string[] {
    const { search } = text;
    if (!search || search.busy) return [];
    const fresh = search.results.filter(({ id }) => !this.#found.has(`${search.query}\n${id}`));
    const heading = this.#once(
      'search',
      `Found ${search.results.length} for "${cleanLine(search.query)}".${search.note ? ` ${cleanLine(search.note)}` : ''}`,
    );
    for (const { id } of fresh) this.#found.add(`${search.query}\n${id}`);
    return [
      ...heading,
      ...fresh.map((found) => {
        const place = rooms.find(({ name }) => name === found.room);
        const where = place ? placeWords(place) : `#${cleanLine(found.room)}`;
        return earlierWords(where, { ...found, kind: 'message', state: 'sent' }, new Date(now));
      }),
    ];
  }

  // A room's lines ----------------------------------------------------------------------------------------

  #room(room: RoomState, state: State, now: number): readonly string[] {
    const memory = this.#memoryOf(room.name);
    const { at } = state.link;
    if (memory.lines === room.lines && memory.link === at) return [];
    memory.lines = room.lines;
    memory.link = at;
    const current = room.name === state.current;
    const lines = readableLines(room, state);
    const greeting = !memory.greeted && lines.some(({ kind }) => kind === 'message');
    const passed = greeting ? this.#readBefore(room, lines, current) : new Set<Line>();
    if (greeting) memory.greeted = true;
    const place = placeWords(room);
    const told = lines.flatMap((line) => {
      if (passed.has(line)) return remembered(memory, line);
      if (line.kind === 'notice')
        return memory.told.has(line.id)
          ? []
          : [...remembered(memory, line), ...noticeWords(place, line.text, current)];
      return this.#message(line, memory, { place, online: at === 'online', now });
    });
    for (const line of lines)
      if (line.kind === 'message' && line.seq !== null) memory.lowest = Math.min(memory.lowest, line.seq);
    return shortened(told, place);
  }

  #memoryOf(name: string): Memory {
    const known = this.#rooms.get(name);
    if (known) return known;
    const made: Memory = {
      told: new Map(),
      greeted: false,
      lowest: Number.POSITIVE_INFINITY,
      lines: undefined,
      link: '',
    };
    this.#rooms.set(name, made);
    return made;
  }

  /** Of the first lines of a room, those that were read before, but for the last ones of the room shown. */
  #readBefore({ readTo }: RoomState, lines: readonly Line[], current: boolean): ReadonlySet<Line> {
    const read = lines.filter((line) => {
      if (line.kind === 'notice' || line.seq === null) return false;
      return readTo > 0 ? line.seq <= readTo : line.at < this.#startedAt;
    });
    return new Set(current ? read.slice(0, -FIRST_LINES) : read);
  }

  #message(line: Message, memory: Memory, about: About): readonly string[] {
    const before = memory.told.get(line.id);
    const told = toldOf(line, before, about.online);
    if (told === before) return [];
    remember(memory, line.id, told);
    const text = cleanLine(line.text);
    if (told === 'refused') return [`Not sent, as the station refused it: ${text}`];
    if (told === 'waits') return [];
    if (told === 'late') return [`Not sent yet: ${text}`];
    if (before === 'late') return [`Sent: ${text}`];
    if (before === 'waits' && this.#echoed) return [];
    const earlier = before === undefined && (line.at < this.#startedAt || isBefore(line, memory));
    return [earlier ? earlierWords(about.place, line, new Date(about.now)) : messageWords(about.place, line)];
  }
}

interface About {
  readonly place: string;
  readonly online: boolean;
  readonly now: number;
}

/** What is to be known of a line after this. */
function toldOf(line: Message, before: Told | undefined, online: boolean): Told {
  if (line.state === 'refused') return 'refused';
  if (line.seq !== null) return line.revision ?? 0;
  return online && before !== 'late' ? 'waits' : 'late';
}

/** It belongs before all that was told: an older page. */
function isBefore({ seq }: Message, { lowest }: Memory): boolean {
  return Number.isFinite(lowest) && (seq ?? 0) < lowest;
}

function remembered(memory: Memory, line: Line): readonly string[] {
  remember(memory, line.id, line.kind === 'message' ? (line.revision ?? 0) : 0);
  return [];
}

function remember({ told }: Memory, id: string, what: Told): void {
  // Last again, so that what the window still has is not the first to be forgotten.
  told.delete(id);
  told.set(id, what);
  const [oldest] = told.keys();
  if (told.size > MAX_TOLD && oldest !== undefined) told.delete(oldest);
}

/** Very many at once came while we were away: the last of them, and how many there are. */
function shortened(lines: readonly string[], place: string): readonly string[] {
  const left = lines.length - MAX_MISSED;
  if (left <= 0) return lines;
  return [`${place} ${left} more came meanwhile; voipterm tail prints all`, ...lines.slice(-MAX_MISSED)];
}

function currentWords(state: State): string {
  const room = currentRoom(state);
  if (!room) return state.link.at === 'online' ? 'You are in no room; /join ROOM enters one.' : '';
  return `You are in ${placeWords(room)}.`;
}
