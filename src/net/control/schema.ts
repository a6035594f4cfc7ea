/**
 * The control protocol: every JSON-RPC 2.0 method and notification, as zod schemas that both ends share.
 *
 * Pure: the station, the tunnel worker and the tests import it. An unknown field is ignored (zod strips it), an
 * unknown method gets JSON-RPC's -32601. docs/protocol.md tells the same to a reader.
 */
import { z } from 'zod';
import { MAX_FURTHER_UDP_PORTS, SUITES } from '../protocol/constants.ts';
import { role } from './roles.ts';
import { memberName, port, roomName, uint16, uint32 } from './schema-fields.ts';
import { moderationNotifications, moderationRequests } from './schema-moderation.ts';
import { fileNotifications, fileRequests } from './schema-files.ts';
import { shellNotifications, shellRequests } from './schema-shell.ts';
import { textNotifications, textRequests } from './schema-text.ts';

export { MAX_BODY_BYTES, memberName, placeName, roomName } from './schema-fields.ts';
export type { AuditEntry, Invite, Measure, RoomSettings } from './schema-moderation.ts';
export {
  MAX_FRAME_BYTES,
  MAX_SHELL_INPUT_BYTES,
  MAX_SHELL_TITLE,
  STATION_SHELL_COMMAND,
} from './schema-shell.ts';
export {
  type Conversation,
  MAX_AWAY_CHARS,
  MAX_HISTORY_PAGE,
  MAX_LIST_PAGE,
  MAX_TOPIC_CHARS,
  ME_TYPE,
  type Member,
  type Message,
  TEXT_TYPE,
} from './schema-text.ts';

// SSH subsystems: what a session channel of the connection is for.

/** Lines of this protocol. */
export const CONTROL_SUBSYSTEM = 'voipterm';
/** Sealed datagrams of the same connection's session, where UDP does not get through. */
export const DATAGRAM_SUBSYSTEM = 'voipterm-datagrams';

// Bounds: each protects the other end's memory or screen. -----------------------------------------------

/** Longest control line in bytes, newline included: a history page of the largest messages fits. */
export const MAX_LINE_BYTES = 1024 * 1024;
/** Longest round trip that a client reports, ms: beyond it a connection is dead. */
const MAX_RTT_MS = 60_000;
/** Most rooms that one connection is in. */
export const MAX_ROOMS_PER_MEMBER = 32;
/** Longest host name (RFC 1035, 2.3.4). */
export const MAX_HOST_CHARS = 253;
/** A forward's id on the datagram plane (net/protocol/forward-packet.ts); the station gives it out. */
const forwardId = uint16.min(1);
/** A host name or an IP address without brackets. What the station makes of it is its business. */
const host = z
  .string()
  .min(1)
  .max(MAX_HOST_CHARS)
  .regex(/^[\x21-\x7e]+$/, 'a host is a name or an IP address');
/** Where to listen: an address of the station, 'localhost', or '' for all of them (RFC 4254, 7.1). */
const bindHost = z
  .string()
  .max(MAX_HOST_CHARS)
  .regex(/^[\x21-\x7e]*$/, 'an address to listen on is an IP address, localhost or empty');
/** Seconds without a datagram after which the station forgets a flow; 60 if it is not said. */
const idleS = z.number().int().min(5).max(86_400).optional();
const key = z.base64().length(44);
/** Base64 of 16 bytes. */
const seatToken = z.base64().length(24);
const LOOPBACK_MODES = ['off', 'direct', 'delayed'] as const;
export type LoopbackMode = (typeof LOOPBACK_MODES)[number];

/** Requests: method name to what is asked and what is answered. */
export const requests = {
  /** Must be the first request. `versions` are all that the client speaks; the answer names the one in force. */
  hello: {
    ask: z.object({
      versions: z.array(z.number().int()).min(1).max(16),
      client: z.string().max(64),
      /** To be the member again that an earlier connection was, with its rooms and its datagram session. */
      resume: z.object({ member: uint32, token: seatToken }).optional(),
    }),
    answer: z.object({
      version: z.number().int(),
      station: z.string().max(64),
      /** This connection's member id, also its RTP SSRC. */
      member: uint32,
      name: memberName,
      /** Of this key, at the station as a whole. */
      role: role.optional(),
      /** Shown in a later hello's `resume`. */
      token: seatToken.optional(),
      /** The station did as `resume` asked: rooms and datagram session are as they were. */
      resumed: z.boolean().optional(),
      /** With `resumed`: the rooms that the member is in, some of which it may not know of, as the answer was lost. */
      rooms: z.array(roomName).max(MAX_ROOMS_PER_MEMBER).optional(),
      /** Where the station takes SSH inside TLS, for when nothing else gets through. */
      tlsPort: z.number().int().min(1).max(65535).optional(),
      /** False where nobody may record; what is not said is allowed. */
      allowRecording: z.boolean().optional(),
      /**
       * Most that the station takes of one member's voice, bit/s of RTP packets; 0 for any. A station that says it
       * carries redundant data and reports; to another they must not be sent.
       */
      maxVoiceBitrate: z.number().int().min(0).optional(),
    }),
  },
  /** Opens the datagram session. Keys are base64 of 32 bytes; `clientKey` seals what the client sends. */
  'datagram.open': {
    ask: z.object({ suites: z.array(z.string().max(32)).min(1).max(8) }),
    answer: z.object({
      session: uint32,
      suite: z.enum(SUITES),
      clientKey: key,
      stationKey: key,
      udpPort: z.number().int().min(1).max(65535),
      /** Other UDP ports of the station that take the same packets, best first: for networks that block the first. */
      furtherUdpPorts: z.array(port).max(MAX_FURTHER_UDP_PORTS).optional(),
    }),
  },
  /** New keys for a datagram session, under a new index. The client uses them at once; the old ones last some seconds. */
  'datagram.rekey': {
    ask: z.object({ session: uint32 }),
    answer: z.object({ session: uint32, clientKey: key, stationKey: key }),
  },
  ...textRequests,
  ...shellRequests,
  ...fileRequests,
  ...moderationRequests,
  /** Which joined room this member's voice goes to and comes from; null for none. A join does not change it. */
  'voice.room': { ask: z.object({ room: roomName.nullable() }), answer: z.object({}) },
  /**
   * What this member says comes back to it alone, by the echo's SSRC, instead of going to the room: at once, or after the
   * echo room's pause. It hears the room meanwhile.
   */
  'voice.loopback': { ask: z.object({ mode: z.enum(LOOPBACK_MODES) }), answer: z.object({}) },
  /** Asked before this member records what is said in its voice room, and told when it has stopped. The room is told. */
  'voice.recording': { ask: z.object({ recording: z.boolean() }), answer: z.object({}) },
  /** The same for keeping the last seconds in memory to be heard again. */
  'voice.replay': { ask: z.object({ replay: z.boolean() }), answer: z.object({}) },
  /**
   * Opens a UDP forward whose flows the client begins: to one destination, or, as SOCKS5's UDP ASSOCIATE needs it, to one
   * that each datagram names. The station resolves the destination's name now, once.
   */
  'forward.open': {
    ask: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('udp'), host, port, idleS }),
      z.object({ kind: z.literal('socks-udp'), idleS }),
    ]),
    answer: z.object({ forward: forwardId }),
  },
  /** Has the station listen on a UDP port; its flows begin there. Port 0 lets the station pick one. */
  'forward.listen': {
    ask: z.object({ kind: z.literal('udp'), bind: bindHost, port: uint16, idleS }),
    answer: z.object({ forward: forwardId, port }),
  },
  'forward.close': { ask: z.object({ forward: forwardId }), answer: z.object({}) },
} as const;

export type Method = keyof typeof requests;
export type Ask<M extends Method> = z.infer<(typeof requests)[M]['ask']>;
export type Answer<M extends Method> = z.infer<(typeof requests)[M]['answer']>;

/** Notifications from the client. */
export const clientNotifications = {
  talk: z.object({ talking: z.boolean() }),
  /** The round trip of its datagrams as the client measured it, ms; others read it in member.whois. */
  rtt: z.object({ ms: z.number().min(0).max(MAX_RTT_MS) }),
  /** The client leaves for good; without it the station waits a while for the same member to come back. */
  bye: z.object({}),
} as const;

/** Notifications from the station. */
export const stationNotifications = {
  ...textNotifications,
  ...shellNotifications,
  ...fileNotifications,
  ...moderationNotifications,
  'member.talking': z.object({ room: roomName, id: uint32, name: memberName, talking: z.boolean() }),
  /** A member of the voice room records what is said there, or has stopped to. */
  'voice.recording': z.object({ room: roomName, id: uint32, name: memberName, recording: z.boolean() }),
  /** It keeps the last seconds of what is said there, or does no more. */
  'voice.replay': z.object({ room: roomName, id: uint32, name: memberName, replay: z.boolean() }),
  /** A sentence for the screen, such as that the station is about to stop. */
  notice: z.object({ code: z.string().max(64), text: z.string().max(500) }),
} as const;

export type ClientNotification = {
  [N in keyof typeof clientNotifications]: { method: N; params: z.infer<(typeof clientNotifications)[N]> };
}[keyof typeof clientNotifications];

export type StationNotification = {
  [N in keyof typeof stationNotifications]: { method: N; params: z.infer<(typeof stationNotifications)[N]> };
}[keyof typeof stationNotifications];

/** JSON-RPC error numbers: the standard ones, and ours, whose `data.code` holds an ErrorCode. */
export const RPC_ERROR = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  voipterm: -32000,
} as const;
