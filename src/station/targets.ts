/** Whom a moderator means: a name stands for the key that it belongs to. Looks into the store and changes nothing. */
import { VoiptermError } from '../errors.ts';
import { memberName } from '../net/control/schema.ts';
import type { StationStore } from '../store/station.ts';
import { asAddress, type Subject } from './bans.ts';

export interface Person {
  readonly key: string;
  /** Null for a key that never had one here. */
  readonly name: string | null;
}

export interface Target {
  readonly subject: Subject;
  readonly name: string | null;
}

/** A member's name, with or without "@", or a key ("SHA256:..."). Throws 'control.not-found'. */
export function personOf(store: StationStore, who: string): Person {
  const text = who.replace(/^@/, '');
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) return { key: text, name: store.namesOf(text).at(-1) ?? null };
  const name = memberName.safeParse(text);
  const owner = name.success ? store.nameOwner(name.data) : undefined;
  if (!owner) throw new VoiptermError('control.not-found', `Nobody here is called ${who}.`);
  return { key: owner.fingerprint, name: owner.name };
}

/** The same, or an address where the station as a whole is meant: who is in a room is known by its key. */
export function targetOf(store: StationStore, who: string, room: string | null): Target {
  const address = room === null ? asAddress(who) : undefined;
  if (address !== undefined) return { subject: { key: null, address }, name: null };
  const { key, name } = personOf(store, who);
  return { subject: { key, address: null }, name };
}

/** A target in the audit log. */
export function labelOf({ key, address }: Subject, name: string | null): string {
  return name ?? key ?? address ?? '';
}
