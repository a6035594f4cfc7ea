/**
 * Where text goes: what a place that somebody names is in the store, and whom it concerns.
 *
 * A conversation has one row in the store and two names, one from each side ("@bob", "@ann"); whatever leaves the station
 * about it is written for each side anew.
 */
import { VoiptermError } from '../errors.ts';
import type { Message, StationNotification } from '../net/control/schema.ts';
import { directName, isDirect } from '../store/direct-name.ts';
import type { StationStore, StoredMessage } from '../store/station.ts';
import type { NameOwner } from '../store/station-names.ts';
import type { Post } from '../store/station-rows.ts';
import { ECHO_MEMBER } from './echo.ts';
import type { Author } from './posting.ts';
import type { Delivery, Rooms } from './rooms.ts';
import type { TextRules } from './text-rules.ts';

export interface Place {
  /** What the asker calls it. */
  readonly shown: string;
  /** Its name in the store. */
  readonly row: string;
  /** Who is at the other end of a conversation; undefined for a room. */
  readonly to?: NonNullable<Post['to']>;
}

export class Places {
  readonly #store: StationStore;
  readonly #rooms: Rooms;

  constructor(store: StationStore, rooms: Rooms) {
    this.#store = store;
    this.#rooms = rooms;
  }

  /** The place that somebody names. Throws 'control.not-found' for a conversation with a name that nobody has. */
  resolve({ fingerprint }: Author, place: string): Place {
    if (!isDirect(place)) return { shown: place, row: place };
    const { name, fingerprint: key } = this.owner(place.slice(1));
    const known = this.#store.direct(fingerprint, key);
    const shown = `@${known?.name ?? name}`;
    return { shown, row: directName(fingerprint, key), to: { key, name } };
  }

  /** Who owns a name. Throws 'control.not-found'. */
  owner(name: string): NameOwner {
    const owner = this.#store.nameOwner(name);
    if (owner) return owner;
    const why =
      name.toLowerCase() === ECHO_MEMBER.name
        ? 'echo reads nothing: it is there to hear yourself in #echo'
        : `Nobody here has the name ${name}: /who lists who is in a room`;
    throw new VoiptermError('control.not-found', `${why}.`);
  }

  /** What a key calls a place of the store. */
  shownTo(key: string, row: string): string {
    if (!isDirect(row)) return row;
    return `@${this.#store.sides(row).find((side) => side.key === key)?.name ?? '?'}`;
  }

  /** Whom a notification about a place is for: everybody in a room, all connections of both keys of a conversation. */
  tell(row: string, write: (shown: string) => StationNotification): Delivery[] {
    if (!isDirect(row)) return deliveries(this.#rooms.idsIn(row), write(row));
    return this.#store
      .sides(row)
      .flatMap(({ key, name }) => deliveries(this.#rooms.presence.idsOf(key), write(`@${name}`)));
  }
}

/** Throws unless somebody may do that in a place: a conversation is open to its two, unless the other is banned. */
export function requireMay(
  rules: TextRules,
  { fingerprint }: Author,
  { row, to }: Place,
  action: 'read' | 'post' | 'edit',
): void {
  if (to === undefined) {
    if (action === 'edit') return rules.require(fingerprint, row, 'post');
    return rules[action](fingerprint, row);
  }
  if (action === 'read' || !rules.isBanned(to.key)) return;
  throw new VoiptermError('control.forbidden', `${to.name} is banned here and will not read it.`);
}

/** A stored message as the control protocol writes it. */
export function toMessage(message: StoredMessage, shown: string = message.room): Message {
  const { fingerprint: key, body, seq, id, from, at, type, replyTo, edited, deleted, revision } = message;
  return {
    room: shown,
    seq,
    id,
    from,
    at,
    type,
    body: Buffer.from(body).toString('base64'),
    key,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(edited === undefined ? {} : { edited }),
    ...(deleted === undefined ? {} : { deleted }),
    ...(revision === undefined ? {} : { revision }),
  };
}

function deliveries(to: readonly number[], notification: StationNotification): Delivery[] {
  return to.length === 0 ? [] : [{ to, notification }];
}
