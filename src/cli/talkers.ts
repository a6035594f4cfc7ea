/** Who talks when, as lines: for `voipterm listen`. */
import type { MemberState, State } from '../session/state.ts';
import { escapeControls } from './escape.ts';
import { toJsonLine } from './json-line.ts';

/** Somebody began or stopped to talk. */
export interface TalkChange {
  readonly event: 'talk';
  readonly from: string;
  readonly key?: string | undefined;
  readonly on: boolean;
  /** When we heard of it, ms since 1970. */
  readonly at: number;
  /** How long it was, s, once it is over. */
  readonly seconds?: number;
}

/** Follows a room. Pure: told the state and the time, ms since 1970. */
export class Talkers {
  readonly #room: string;
  readonly #since = new Map<number, { readonly member: MemberState; readonly at: number }>();

  constructor(room: string) {
    this.#room = room;
  }

  /** What changed since it was last asked. */
  look({ rooms, self }: Pick<State, 'rooms' | 'self'>, now: number): TalkChange[] {
    const members = rooms.find(({ name }) => name === this.#room)?.members ?? [];
    const talking = new Map(
      members.filter((member) => member.talking && member.id !== self.member).map((m) => [m.id, m] as const),
    );
    const changes: TalkChange[] = [];
    for (const [id, { member, at }] of this.#since) {
      if (talking.has(id)) continue;
      this.#since.delete(id);
      changes.push({ ...changeOf(member, false, now), seconds: Math.round((now - at) / 100) / 10 });
    }
    for (const [id, member] of talking) {
      if (this.#since.has(id)) continue;
      this.#since.set(id, { member, at: now });
      changes.push(changeOf(member, true, now));
    }
    return changes;
  }
}

function changeOf({ name, key }: MemberState, on: boolean, at: number): TalkChange {
  return { event: 'talk', from: name, ...(key === undefined ? {} : { key }), on, at };
}

/** A change as a line, for people or as JSON. */
export function talkLine(change: TalkChange, json: boolean): string {
  if (json) return toJsonLine(change);
  const time = new Date(change.at).toLocaleTimeString('en-GB');
  const what = change.on ? 'talks' : `talked for ${change.seconds} s`;
  return `${time} ${escapeControls(change.from)} ${what}`;
}
