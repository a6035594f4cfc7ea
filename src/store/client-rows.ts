/** What the client's store takes and gives: messages, people, places. Types and pure conversions. */

/** A message that the station has acknowledged. `seq` counts 1, 2, 3... in the room; `at` is ms since 1970. */
export interface ClientMessage {
  /** A place: a room's name, or '@name' for a conversation. */
  readonly room: string;
  readonly seq: number;
  readonly id: string;
  readonly from: string;
  readonly at: number;
  readonly type: string;
  readonly body: Uint8Array;
  /** The key that posted it; null where the station did not say. */
  readonly key: string | null;
  /** The seq of the message that it answers. */
  readonly replyTo?: number | undefined;
  /** When it was edited last, ms since 1970. */
  readonly edited?: number | undefined;
  /** It was deleted: the body is empty. */
  readonly deleted?: true | undefined;
  /** Which of the place's changes made it so; absent for none. Of two copies the higher is kept. */
  readonly revision?: number | undefined;
}

export interface FoundMessage extends ClientMessage {
  readonly station: string;
}

/** A message on its way out. `at` is our clock, ms since 1970. */
export interface OutboxMessage {
  readonly station: string;
  readonly room: string;
  readonly id: string;
  readonly type: string;
  readonly body: Uint8Array;
  readonly at: number;
  readonly replyTo?: number | undefined;
}

/** What the user wants of a person, who is a key. */
export interface StoredPerson {
  readonly key: string;
  /** What it was called last. */
  readonly name: string;
  /** Volume, dB. */
  readonly db: number;
  readonly muted: boolean;
  readonly blocked: boolean;
  readonly ignored: boolean;
  readonly priority: boolean;
}

/** What is kept of a place besides its messages. */
export interface StoredPlace {
  /** The highest seq that the user has read. */
  readonly readTo: number;
  /** All changes up to it are in the messages; null before the first visit. */
  readonly revision: number | null;
  readonly topic: string;
  /** The other one of a conversation, if it is known. */
  readonly peer: { readonly name: string; readonly key: string } | null;
}

/** `target` is what the user types to get there, `name` what the station calls itself. */
export interface KnownStation {
  readonly fingerprint: string;
  readonly target: string;
  readonly name: string;
  readonly at: number;
}

/** As SQLite has a message: it has no booleans, and null for what is not there. */
export interface MessageRow extends Omit<ClientMessage, 'replyTo' | 'edited' | 'deleted' | 'revision'> {
  readonly replyTo: number | null;
  readonly edited: number | null;
  readonly deleted: number;
  readonly revision: number;
}

export function messageOf<T extends MessageRow>(row: T) {
  const { replyTo, edited, deleted, revision, ...rest } = row;
  return {
    ...rest,
    ...(replyTo === null ? {} : { replyTo }),
    ...(edited === null ? {} : { edited }),
    ...(deleted === 0 ? {} : { deleted: true as const }),
    ...(revision === 0 ? {} : { revision }),
  };
}

export function rowOf(message: ClientMessage): MessageRow {
  const { room, seq, id, from, at, type, body, key } = message;
  const { replyTo = null, edited = null, deleted = false, revision = 0 } = message;
  return { room, seq, id, from, at, type, body, key, replyTo, edited, deleted: Number(deleted), revision };
}
