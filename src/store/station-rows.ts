/** What the station's store takes and gives, and how a message's row becomes one. Pure. */

/** A message as it comes from a member. `at` is the station's clock, ms since 1970. */
export interface Post {
  /** A room's name, or directName() of the two keys. */
  readonly room: string;
  /** Made by the client; unique within the key that posts. */
  readonly id: string;
  readonly from: string;
  readonly fingerprint: string;
  readonly type: string;
  readonly body: Uint8Array;
  readonly at: number;
  /** The seq of the message that it answers. */
  readonly replyTo?: number | undefined;
  /** For a conversation: the other, who may hear of it for the first time. */
  readonly to?: { readonly key: string; readonly name: string } | undefined;
}

/** Where a post stands. For a duplicate these are the first one's, also if it went to another room. */
export interface Posted {
  readonly seq: number;
  readonly at: number;
  readonly duplicate: boolean;
}

export interface StoredMessage {
  readonly room: string;
  readonly seq: number;
  readonly id: string;
  readonly from: string;
  readonly fingerprint: string;
  readonly at: number;
  readonly type: string;
  readonly body: Uint8Array;
  readonly replyTo?: number | undefined;
  /** When it was edited last. */
  readonly edited?: number | undefined;
  readonly deleted?: true | undefined;
  /** The room's revision that its last change made. */
  readonly revision?: number | undefined;
}

/** As 'room.history' of net/control/schema-text.ts says. Several bounds together must all hold. */
export interface HistoryQuery {
  readonly room: string;
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly since?: number | undefined;
  readonly limit: number;
}

export interface Page {
  readonly messages: StoredMessage[];
  /** There is more than the page holds. */
  readonly more: boolean;
}

/** A message as SELECT with MESSAGE_COLUMNS gives it. */
export interface MessageRow
  extends Pick<StoredMessage, 'room' | 'seq' | 'id' | 'from' | 'fingerprint' | 'at' | 'type' | 'body'> {
  /** Its row's number, which grows with every post to any room. */
  readonly key: number;
  readonly reply_to: number | null;
  readonly edited: number | null;
  readonly deleted: number;
  readonly revision: number | null;
}

/** For queries that call the messages `m` and the rooms `rooms`. */
export const MESSAGE_COLUMNS =
  'm.key, rooms.name AS room, m.seq, m.id, m.sender AS "from", m.fingerprint, m.at, m.type, m.body, m.reply_to, m.edited, m.deleted, m.revision';

/** What is not so is left out, as on the wire. */
export function messageOf(row: MessageRow): StoredMessage {
  const { room, seq, id, from, fingerprint, at, type, body, reply_to, edited, deleted, revision } = row;
  return {
    room,
    seq,
    id,
    from,
    fingerprint,
    at,
    type,
    body,
    ...(reply_to === null ? {} : { replyTo: reply_to }),
    ...(edited === null ? {} : { edited }),
    ...(deleted === 0 ? {} : { deleted: true }),
    ...(revision === null ? {} : { revision }),
  };
}

/** Cuts what was read with a limit of one more than `limit`. */
export function pageOf(rows: readonly MessageRow[], limit: number): Page {
  return { messages: rows.slice(0, limit).map(messageOf), more: rows.length > limit };
}
