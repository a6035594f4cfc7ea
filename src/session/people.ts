/**
 * What the user wants of people: how loud, muted, blocked, before others. A person is a key; where a station tells no
 * keys it is a member for as long as it is there. Pure.
 */
import type { HeardVoice } from '../audio/messages.ts';
import { isDirect } from './places.ts';
import type { Line, MemberState, Person, RoomState, State } from './state.ts';

type People = Readonly<Record<string, Person>>;

/** Quieter is as good as muted, dB. */
export const MIN_VOLUME_DB = -40;
/** Louder turns anybody's breath into noise, dB. */
export const MAX_VOLUME_DB = 20;
/** What stands before the id of a member without a key: no key's fingerprint begins so. */
const WITHOUT_KEY = 'member ';

/** Somebody of whom nothing is wanted. */
export function anybody(name: string): Person {
  return { name, db: 0, muted: false, blocked: false, ignored: false, priority: false };
}

/** What a person is remembered by. */
export function personKey({ id, key }: Pick<MemberState, 'id' | 'key'>): string {
  return key ?? `${WITHOUT_KEY}${id}`;
}

/** Whether it is the same person on another day; a member without a key is not. */
export function isLasting(key: string): boolean {
  return !key.startsWith(WITHOUT_KEY);
}

/** What is wanted of one, if anything is. Keys come from the station: only what was put there counts, not what every object has. */
export function wantedOf(people: People, key: string): Person | undefined {
  return Object.hasOwn(people, key) ? people[key] : undefined;
}

/** Whether nothing is wanted of that person, so that it need not be remembered. */
export function isPlain({ db, muted, blocked, ignored, priority }: Person): boolean {
  return db === 0 && !muted && !blocked && !ignored && !priority;
}

/** Changes what is wanted of one. */
export function withPerson(people: People, key: string, person: Person): People {
  const { [key]: _, ...others } = people;
  return isPlain(person) ? others : { ...others, [key]: person };
}

/**
 * Reads "+6", "-6", "0" or "6 dB" (dB) or "50%" (of the amplitude). Undefined for anything else and for nothing at all (0%),
 * which is what muting is for. Bounded to MIN_VOLUME_DB..MAX_VOLUME_DB.
 */
export function parseVolume(text: string): number | undefined {
  const found = /^([+-]?[0-9]{1,4}(?:\.[0-9]{1,2})?)\s*(%|db)?$/i.exec(text.trim());
  if (!found) return undefined;
  const value = Number(found[1]);
  const db = found[2] === '%' ? 20 * Math.log10(value / 100) : value;
  if (!Number.isFinite(db)) return undefined;
  return Math.min(MAX_VOLUME_DB, Math.max(MIN_VOLUME_DB, Math.round(db * 10) / 10)) + 0;
}

/** "+6 dB". */
export function volumeWords(db: number): string {
  return `${db > 0 ? '+' : ''}${db} dB`;
}

/** What is wanted of a person, in a few words; "" for nothing. */
export function personWords({ db, muted, blocked, ignored, priority }: Person): string {
  const words = [
    ...(blocked ? ['blocked'] : muted ? ['muted'] : []),
    ...(ignored && !blocked ? ['ignored'] : []),
    ...(db === 0 ? [] : [volumeWords(db)]),
    ...(priority ? ['priority'] : []),
  ];
  return words.join(', ');
}

/** What decides over what is read. */
export type Eyes = Pick<State, 'listening' | 'text' | 'self'>;

/**
 * Whether a line is not to be read: its writer is blocked or ignored, or not among those that the user wants to read only.
 * A line without a key is its name's, while that is here.
 */
export function isHidden(line: Line, room: Pick<RoomState, 'name' | 'members'>, eyes: Eyes): boolean {
  if (line.kind !== 'message' || line.from === eyes.self.name) return false;
  if (eyes.text.focus && !isDirect(room.name) && !eyes.text.focus.includes(line.from.toLowerCase()))
    return true;
  const { people } = eyes.listening;
  const writer = room.members.find(({ name }) => name === line.from);
  const key = line.key ?? (writer && personKey(writer));
  const wanted = key === undefined ? undefined : wantedOf(people, key);
  return wanted?.blocked === true || wanted?.ignored === true;
}

/** Lines as they are, until somebody is hidden; asked for at each key and frame, so the last answers are kept. */
const shown = new WeakMap<
  readonly Line[],
  {
    readonly people: People;
    readonly focus: Eyes['text']['focus'];
    readonly members: readonly MemberState[];
    readonly lines: readonly Line[];
  }
>();

/** The lines of a room that are to be read; the same array as long as nothing changed. */
export function readableLines(
  room: Pick<RoomState, 'name' | 'lines' | 'members'>,
  eyes: Eyes,
): readonly Line[] {
  const { people } = eyes.listening;
  const { focus } = eyes.text;
  if (focus === null && !Object.values(people).some(({ blocked, ignored }) => blocked || ignored))
    return room.lines;
  const known = shown.get(room.lines);
  if (known && known.people === people && known.focus === focus && known.members === room.members)
    return known.lines;
  const lines = room.lines.filter((line) => !isHidden(line, room, eyes));
  shown.set(room.lines, { people, focus, members: room.members, lines });
  return lines;
}

/** Somebody who was named: known by key, here under these ids. */
export interface Named {
  readonly key: string;
  readonly name: string;
  /** As whom it is in the room shown; empty if it is not there. */
  readonly ids: readonly number[];
}

/** Whoever goes by a name: here first, then in our other rooms, then of old. Names compare without case. */
export function findPerson(state: State, text: string): Named | undefined {
  const wanted = text.replace(/^@/, '').toLowerCase();
  const rooms = [...state.rooms].sort(
    (a, b) => Number(b.name === state.current) - Number(a.name === state.current),
  );
  const member = rooms.flatMap(({ members }) => members).find(({ name }) => name.toLowerCase() === wanted);
  if (member) return named(state, personKey(member), member.name);
  const known = Object.entries(state.listening.people).find(([, { name }]) => name.toLowerCase() === wanted);
  if (known) return named(state, known[0], known[1].name);
  const writer = rooms
    .flatMap(({ lines }) => lines)
    .findLast(
      (line) => line.kind === 'message' && line.from.toLowerCase() === wanted && line.key !== undefined,
    );
  return writer?.kind === 'message' && writer.key !== undefined
    ? named(state, writer.key, writer.from)
    : undefined;
}

function named({ rooms, voiceRoom }: State, key: string, name: string): Named {
  const here = rooms.find((room) => room.name === voiceRoom)?.members ?? [];
  return { key, name, ids: here.filter((member) => personKey(member) === key).map(({ id }) => id) };
}

/** How everybody in the room shown is to be heard. */
export function voicesOf({ rooms, voiceRoom, self, listening }: State): readonly HeardVoice[] {
  const members = rooms.find((room) => room.name === voiceRoom)?.members ?? [];
  return members
    .filter(({ id }) => id !== self.member)
    .map((member) => {
      const { db, muted, blocked, priority } =
        wantedOf(listening.people, personKey(member)) ?? anybody(member.name);
      return { ssrc: member.id, name: member.name, gainDb: muted || blocked ? null : db, priority };
    });
}
