/**
 * The control protocol's methods and notifications about text and people: rooms, direct conversations, messages and what
 * becomes of them, read markers, topics, names. Pure.
 *
 * A field `room` that is a `placeName` is a room ("lobby") or a direct conversation ("@bob"). A direct conversation is
 * always named from the side of whoever asks or is told: the one between ann and bob is "@bob" to ann, "@ann" to bob.
 */
import { z } from 'zod';
import { role } from './roles.ts';
import {
  body,
  bodyType,
  keyFingerprint,
  memberName,
  messageId,
  millis,
  placeName,
  roomName,
  seq,
  uint32,
} from './schema-fields.ts';

/** Most messages in one page of history, changes or search. 64 bodies of 8 KiB in base64 stay under MAX_LINE_BYTES. */
export const MAX_HISTORY_PAGE = 64;
/** Most rooms in a page of room.list, and conversations in one of direct.list: with the longest topics some 250 KB. */
export const MAX_LIST_PAGE = 256;
/** Longest topic, UTF-16 units: two lines of a wide screen. */
export const MAX_TOPIC_CHARS = 250;
/** Longest sentence with which a member says why it is away, UTF-16 units. */
export const MAX_AWAY_CHARS = 200;
/** Longest search, UTF-16 units: a sentence, not a pasted page. */
export const MAX_QUERY_CHARS = 256;
/** Most rooms in common that member.whois names: more than one connection can be in. */
export const MAX_WHOIS_ROOMS = 64;
/** Body type of ordinary text. */
export const TEXT_TYPE = 'text/plain';
/** Body type of what somebody does rather than says (/me): the text without the name. */
export const ME_TYPE = 'text/x-me';

/** One connection in a room. A person with two terminals is two members with one key. */
export const memberSchema = z.object({
  id: uint32,
  name: memberName,
  talking: z.boolean(),
  /** The key that it proved: who it is, whatever it is called. */
  key: keyFingerprint.optional(),
  /** What is said in this room is recorded there, or its last seconds are kept; as `talking`, only in its voice room. */
  recording: z.boolean().optional(),
  replay: z.boolean().optional(),
  /** Why it is away; not there while it is not. */
  away: z.string().max(MAX_AWAY_CHARS).optional(),
  role: role.optional(),
});
export type Member = z.infer<typeof memberSchema>;

/** A stored message. `seq` counts 1, 2, 3... within the place; `body` is base64 of opaque bytes. */
export const messageSchema = z.object({
  room: placeName,
  seq,
  id: messageId,
  from: memberName,
  at: millis,
  type: bodyType,
  body,
  /** The key that posted it. */
  key: keyFingerprint.optional(),
  /** The message of the same place that this one answers. */
  replyTo: seq.optional(),
  /** When it was edited last. */
  edited: millis.optional(),
  /** It was deleted: `body` is empty. */
  deleted: z.literal(true).optional(),
  /** The place's revision that its last edit or deletion made; of two copies of a message the higher one is right. */
  revision: seq.optional(),
});
export type Message = z.infer<typeof messageSchema>;

/** How far a place is: its newest message, its newest change, and how far this key has read, on any of its clients. */
const progress = {
  lastSeq: seq,
  revision: seq.optional(),
  readUpTo: seq.optional(),
} as const;

const topic = z.string().max(MAX_TOPIC_CHARS);

/** A direct conversation as a list has it. */
const conversationSchema = z.object({
  room: placeName,
  /** What the other is called now; `room` keeps the name that the conversation began with. */
  name: memberName,
  key: keyFingerprint,
  /** When the last message came. */
  at: millis,
  online: z.boolean(),
  ...progress,
});
export type Conversation = z.infer<typeof conversationSchema>;

const pageLimit = z.number().int().min(1).max(MAX_HISTORY_PAGE);
const listLimit = z.number().int().min(1).max(MAX_LIST_PAGE);
const nothing = z.object({});

/** Requests: method name to what is asked and what is answered. */
export const textRequests = {
  'room.join': {
    ask: z.object({ room: roomName }),
    answer: z.object({
      room: roomName,
      members: z.array(memberSchema),
      ...progress,
      topic: topic.optional(),
    }),
  },
  'room.leave': { ask: z.object({ room: roomName }), answer: nothing },
  /**
   * Fullest rooms first. With `limit` a page of them, from the `skip`th on; `more` says that it was cut. Without, the
   * names and members of all, and nothing else of them.
   */
  'room.list': {
    ask: z.object({ limit: listLimit.optional(), skip: z.number().int().min(0).max(1_000_000).optional() }),
    answer: z.object({
      rooms: z.array(
        z.object({
          room: roomName,
          members: z.number().int().min(0),
          topic: topic.optional(),
          private: z.boolean().optional(),
          lastSeq: seq.optional(),
          readUpTo: seq.optional(),
        }),
      ),
      more: z.boolean().optional(),
    }),
  },
  'room.who': { ask: z.object({ room: roomName }), answer: z.object({ members: z.array(memberSchema) }) },
  /** Answered after the commit. `duplicate` says that this id was there already; seq and at are the first one's. */
  'room.post': {
    ask: z.object({ room: placeName, id: messageId, type: bodyType, body, replyTo: seq.optional() }),
    answer: z.object({ seq, at: millis, duplicate: z.boolean() }),
  },
  /** Gives a message of one's own another body. Answered after the commit; the place hears room.changed. */
  'room.edit': {
    ask: z.object({ room: placeName, seq, type: bodyType, body }),
    answer: z.object({ at: millis, revision: seq.optional() }),
  },
  /** Empties a message of one's own, or of others where the role allows it. To delete a deleted one is harmless. */
  'room.delete': {
    ask: z.object({ room: placeName, seq }),
    answer: z.object({ at: millis, revision: seq.optional() }),
  },
  /**
   * What was edited or deleted since revision `after`: each message once, as it is now, by ascending revision. Whoever
   * has applied them all is at `revision`.
   */
  'room.changes': {
    ask: z.object({ room: placeName, after: seq, limit: pageLimit }),
    answer: z.object({ messages: z.array(messageSchema), more: z.boolean(), revision: seq }),
  },
  /**
   * A page in ascending order. With `after`: the first messages with a greater seq. With `since`: the first at or
   * after that time. With `before` or none: the last ones (before that seq). `more` says that the page was cut.
   */
  'room.history': {
    ask: z.object({
      room: placeName,
      after: seq.optional(),
      before: seq.optional(),
      since: millis.optional(),
      limit: pageLimit,
    }),
    answer: z.object({ messages: z.array(messageSchema), more: z.boolean() }),
  },
  /**
   * Messages that hold every word of `query`, as starts of words, newest first: of one place, or of all that the asker
   * may read. A page may hold fewer than `limit` though there is more: go on with `before` = `next` while `more`.
   */
  'room.search': {
    ask: z.object({
      query: z.string().max(MAX_QUERY_CHARS),
      room: placeName.optional(),
      before: seq.optional(),
      limit: pageLimit,
    }),
    answer: z.object({ messages: z.array(messageSchema), more: z.boolean(), next: seq.optional() }),
  },
  /** This key has read up to `seq`. It never goes back; the answer says where it stands, on all clients of this key. */
  'room.read': {
    ask: z.object({ room: placeName, seq }),
    answer: z.object({ readUpTo: seq.optional() }),
  },
  'room.topic': { ask: z.object({ room: roomName, topic }), answer: nothing },
  /**
   * The conversation with whoever owns a name, which need not have begun. `room` is what it is called from then on:
   * another name of the same key leads to the same conversation.
   */
  'direct.open': { ask: z.object({ name: memberName }), answer: conversationSchema },
  /** One's conversations, the last used first. `before` is the last one of the page before. */
  'direct.list': {
    ask: z.object({
      limit: listLimit,
      before: z.object({ at: millis, room: placeName }).optional(),
    }),
    answer: z.object({ conversations: z.array(conversationSchema), more: z.boolean() }),
  },
  /** This key is away, and why; null: it is back. It ends with the key's last connection. */
  'member.away': {
    ask: z.object({ text: z.string().min(1).max(MAX_AWAY_CHARS).nullable() }),
    answer: nothing,
  },
  /** Another name for this connection. It becomes the key's own, as at a login. */
  'member.nick': { ask: z.object({ name: memberName }), answer: z.object({ name: memberName }) },
  'member.whois': {
    ask: z.object({ name: memberName }),
    answer: z.object({
      name: memberName,
      key: keyFingerprint,
      /** All names of the key. */
      names: z.array(memberName).optional(),
      /** When the station first met the name. */
      since: millis,
      online: z.boolean(),
      away: z.string().max(MAX_AWAY_CHARS).nullable(),
      role,
      /** Rooms that both are in. */
      rooms: z.array(roomName).max(MAX_WHOIS_ROOMS),
      /** Round trip of its datagrams as its client said it; null where it did not. */
      rttMs: z.number().min(0).nullable(),
    }),
  },
} as const;

/** Notifications from the station. */
export const textNotifications = {
  'room.message': messageSchema,
  /** A message was edited or deleted: the whole of it as it is now. */
  'room.changed': messageSchema,
  'room.joined': z.object({ room: roomName, member: memberSchema }),
  'room.left': z.object({ room: roomName, id: uint32, name: memberName }),
  /** To the other connections of a key: one of them has read up to there. */
  'room.read': z.object({ room: placeName, seq }),
  'room.topic': z.object({ room: roomName, topic, by: memberName, at: millis }),
  /** To everybody in a room with it, and to its own connections. */
  'member.away': z.object({
    key: keyFingerprint,
    name: memberName,
    text: z.string().max(MAX_AWAY_CHARS).nullable(),
  }),
  /** One connection goes by another name, in all its rooms. */
  'member.renamed': z.object({ id: uint32, key: keyFingerprint, from: memberName, to: memberName }),
} as const;
