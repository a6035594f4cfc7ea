/**
 * The control protocol's methods and notifications about who may do what: roles, rooms' rules, kick, ban, silence,
 * invitations, the audit log. Pure.
 *
 * `room: null` means the station as a whole. `who` is a member's name, a key ("SHA256:..."), or where somebody is banned an
 * address or prefix ("203.0.113.7", "2001:db8::/32"). Names belong to keys: what is said of a name is kept for its key.
 */
import { z } from 'zod';
import { role } from './roles.ts';
import { keyFingerprint, memberName, millis, port, roomName, seq } from './schema-fields.ts';

/** Longest reason, UTF-16 units: a sentence on a wide screen. */
const MAX_REASON_CHARS = 200;
/** Longest slow mode, seconds: six hours. */
const MAX_SLOW_S = 21_600;
/** Most members of one room: the answer to a join, which lists them, stays under 50 KB. */
const MAX_ROOM_MEMBERS = 500;
/** Longest ban or silence that ends by itself, seconds: ten years. */
const MAX_MEASURE_S = 315_360_000;
/** How often one invitation may be used, and how long it may last, seconds: a year. */
const MAX_INVITE_USES = 1000;
const MAX_INVITE_S = 31_536_000;
/** Most entries in one answer: each has at most some 600 bytes. */
export const MAX_MODERATION_PAGE = 256;
/** Bytes of an invitation's token: 144 bits cannot be guessed, and 24 characters can be pasted. */
export const INVITE_TOKEN_BYTES = 18;

/** Base64url of INVITE_TOKEN_BYTES. */
export const inviteToken = z.string().regex(/^[A-Za-z0-9_-]{24}$/);
/** Names an invitation in lists; it opens nothing. */
const inviteId = z.string().regex(/^[a-z0-9]{8}$/, 'an invitation has a name of 8 letters and digits');

/** No control or format characters: what others wrote stands in one line, in the order in which it was written. */
const reason = z
  .string()
  .max(MAX_REASON_CHARS)
  .refine((text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text), 'a reason is one line of plain text');
const place = roomName.nullable();
const who = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, 'say a name, a key (SHA256:...) or an address');
const seconds = z.number().int().min(1).max(MAX_MEASURE_S);
const most = z.number().int().min(1).max(MAX_ROOM_MEMBERS).nullable();
const slow = z.number().int().min(0).max(MAX_SLOW_S);

/** The least role for each of these in a room. */
const rules = { read: role, post: role, speak: role, topic: role, invite: role } as const;

const roomSettings = {
  /** Only those with a role in it, and the station's owners, know it. */
  private: z.boolean(),
  /** Most members; null for the station's own bound. */
  maxMembers: most,
  /** Seconds between two posts of one person below a moderator; 0 for none. */
  slowS: slow,
  ...rules,
} as const;
export const roomSettingsSchema = z.object(roomSettings);
export type RoomSettings = z.infer<typeof roomSettingsSchema>;

const roleHolder = z.object({ name: memberName.nullable(), key: keyFingerprint, role });
const measure = z.object({
  id: z.number().int(),
  room: place,
  /** One of these two. */
  key: keyFingerprint.nullable(),
  address: z.string().max(64).nullable(),
  name: memberName.nullable(),
  reason: z.string(),
  by: z.string().max(64),
  at: millis,
  /** When it ends; null for never. */
  until: millis.nullable(),
});
export type Measure = z.infer<typeof measure>;

const invite = z.object({
  id: inviteId,
  room: place,
  role,
  uses: z.number().int(),
  left: z.number().int(),
  by: z.string().max(64),
  at: millis,
  expires: millis.nullable(),
  state: z.enum(['open', 'used', 'expired', 'revoked']),
});
export type Invite = z.infer<typeof invite>;

const auditEntry = z.object({
  id: seq,
  at: millis,
  by: z.string().max(64),
  action: z.string().max(32),
  room: place,
  /** Whom or what it was done to. */
  target: z.string().max(128),
  detail: z.string().max(512),
});
export type AuditEntry = z.infer<typeof auditEntry>;

const MODERATED = ['kicked', 'banned', 'unbanned', 'silenced', 'heard', 'role', 'settings'] as const;

export const moderationRequests = {
  /** What a room is like for whoever asks, and who has a role in it. `role` is the asker's there. */
  'room.info': {
    ask: z.object({ room: roomName }),
    answer: z.object({ room: roomName, role, ...roomSettings, roles: z.array(roleHolder) }),
  },
  /** Changes what is said and leaves the rest. */
  'room.configure': {
    ask: z.object({ room: roomName, change: roomSettingsSchema.partial() }),
    answer: roomSettingsSchema,
  },
  /** Out of the room, or off the station; both may come back. */
  'moderate.kick': {
    ask: z.object({ room: place, who, reason: reason.optional() }),
    answer: z.object({ name: memberName, connections: z.number().int() }),
  },
  /** Without `seconds` for good. `address` bans the addresses that the member has now as well (only from the station). */
  'moderate.ban': {
    ask: z.object({
      room: place,
      who,
      seconds: seconds.optional(),
      reason: reason.optional(),
      address: z.boolean().optional(),
    }),
    answer: z.object({ connections: z.number().int(), until: millis.nullable() }),
  },
  'moderate.unban': { ask: z.object({ room: place, who }), answer: z.object({ lifted: z.number().int() }) },
  /** A silenced member's voice is not carried and its posts are refused. */
  'moderate.mute': {
    ask: z.object({
      room: roomName,
      who,
      on: z.boolean(),
      seconds: seconds.optional(),
      reason: reason.optional(),
    }),
    answer: z.object({ name: memberName.nullable(), until: millis.nullable() }),
  },
  /** Null takes the role away, so that the room or station treats the key as any other. */
  'moderate.role': {
    ask: z.object({ room: place, who, role: role.nullable() }),
    answer: z.object({ name: memberName.nullable(), role: role.nullable() }),
  },
  /** Bans and silences in force. */
  'moderate.list': {
    ask: z.object({ room: place }),
    answer: z.object({ bans: z.array(measure), silences: z.array(measure) }),
  },
  /** `host` and `port` are those that the operator named for the outside; without them the asker's own way here is one. */
  'invite.create': {
    ask: z.object({
      room: place,
      uses: z.number().int().min(1).max(MAX_INVITE_USES),
      seconds: z.number().int().min(1).max(MAX_INVITE_S),
      role: z.enum(['guest', 'member']),
    }),
    answer: z.object({
      id: inviteId,
      token: inviteToken,
      host: z.string().max(253).optional(),
      port: port.optional(),
      expires: millis.nullable(),
    }),
  },
  /** The asker's own, or all of them for who moderates the station. */
  'invite.list': { ask: z.object({}), answer: z.object({ invites: z.array(invite) }) },
  'invite.revoke': { ask: z.object({ id: inviteId }), answer: z.object({}) },
  /** What an invitation gives to a key that is in already: a role in its room. */
  'invite.redeem': { ask: z.object({ token: inviteToken }), answer: z.object({ room: place, role }) },
  /** Newest first. */
  'audit.list': {
    ask: z.object({
      room: place,
      before: seq.optional(),
      limit: z.number().int().min(1).max(MAX_MODERATION_PAGE),
    }),
    answer: z.object({ entries: z.array(auditEntry), more: z.boolean() }),
  },
} as const;

export const moderationNotifications = {
  /** Something was done to a member, or to the room itself (`settings`). For all in the room, or on the station. */
  'room.moderated': z.object({
    room: place,
    what: z.enum(MODERATED),
    by: z.string().max(64),
    name: memberName.optional(),
    key: keyFingerprint.optional(),
    /** With `role`: null where it was taken away. */
    role: role.nullable().optional(),
    until: millis.nullable().optional(),
    reason: z.string().max(MAX_REASON_CHARS).optional(),
    settings: roomSettingsSchema.optional(),
  }),
  /** This member is no longer in the room. */
  'room.removed': z.object({ room: roomName, text: z.string().max(500) }),
  /** This member is sent away; the connection ends now. A client does not come back by itself. */
  removed: z.object({ code: z.enum(['control.kicked', 'control.banned']), text: z.string().max(500) }),
} as const;
