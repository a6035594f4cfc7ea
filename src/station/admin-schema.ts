/**
 * What an operator asks a running station through its local socket: the moderation methods of the control protocol, whose
 * asker is the operator, and those below. Lines of JSON-RPC 2.0, as on the control channel. Pure.
 */
import { z } from 'zod';
import { role } from '../net/control/roles.ts';
import { moderationRequests } from '../net/control/schema-moderation.ts';

/** The socket's name in the station's data directory. */
export const ADMIN_SOCKET = 'station.sock';
/** Longest line either way, bytes: an authorized_keys file of the largest size fits, escaped. */
export const MAX_ADMIN_LINE = 4 * 1024 * 1024;

const none = z.object({});
const key = z.object({
  key: z.string(),
  /** Null for a key that never took one. */
  name: z.string().nullable(),
  role,
  comment: z.string(),
  /** "import", or the invitation that let it in. */
  via: z.string(),
  at: z.number(),
});

export const adminRequests = {
  ...moderationRequests,
  'station.status': {
    ask: none,
    answer: z.object({
      name: z.string(),
      pid: z.number(),
      host: z.string(),
      port: z.number(),
      fingerprint: z.string(),
      members: z.number(),
      uptimeS: z.number(),
      publicName: z.object({ host: z.string(), port: z.number() }).nullable(),
    }),
  },
  /** Who is connected: one for each connection. */
  'station.users': {
    ask: none,
    answer: z.object({
      users: z.array(
        z.object({
          name: z.string(),
          key: z.string(),
          role,
          address: z.string(),
          rooms: z.array(z.string()),
          voice: z.string().nullable(),
        }),
      ),
    }),
  },
  'station.rooms': {
    ask: none,
    answer: z.object({
      rooms: z.array(
        z.object({
          room: z.string(),
          members: z.number(),
          messages: z.number(),
          private: z.boolean(),
          slowS: z.number(),
          maxMembers: z.number().nullable(),
        }),
      ),
    }),
  },
  /** Reads the configuration anew; `later` are the keys whose change counts only after a restart. */
  'station.reload': {
    ask: none,
    answer: z.object({ changed: z.array(z.string()), later: z.array(z.string()) }),
  },
  'keys.list': { ask: none, answer: z.object({ keys: z.array(key) }) },
  /** Admits the keys of an authorized_keys file. */
  'keys.import': {
    ask: z.object({ text: z.string().max(1024 * 1024), role: z.enum(['guest', 'member']) }),
    answer: z.object({ added: z.number(), known: z.number(), warnings: z.array(z.string()) }),
  },
  /** Forgets a key that was imported or invited, and ends its connections. */
  'keys.remove': {
    ask: z.object({ who: z.string().max(128) }),
    answer: z.object({ key: z.string(), connections: z.number() }),
  },
} as const;

export type AdminMethod = keyof typeof adminRequests;
export type AdminAsk<M extends AdminMethod> = z.infer<(typeof adminRequests)[M]['ask']>;
export type AdminAnswer<M extends AdminMethod> = z.infer<(typeof adminRequests)[M]['answer']>;
export type AdminHandlers = {
  [M in AdminMethod]: (ask: AdminAsk<M>) => AdminAnswer<M> | Promise<AdminAnswer<M>>;
};
