/**
 * What a running client answers to whoever spoke to its local socket: one line of JSON. Pure.
 *
 *     {"pid":...,"target":...,"mode":...,"talking":...}\n     or     {"error":{"code":...,"message":...}}\n
 */
import { z } from 'zod';
import { ERROR_CODES } from '../errors.ts';
import { type State, TALK_MODES } from '../session/state.ts';

/** Longest answer, bytes: a target has at most 400 characters. */
export const MAX_REMOTE_ANSWER = 4096;

const answerSchema = z.object({
  pid: z.number().int(),
  /** As the user would write it: user@host:port. */
  target: z.string().max(MAX_REMOTE_ANSWER),
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  link: z.enum(['connecting', 'online', 'offline', 'failed']),
  room: z.string().nullable(),
  mode: z.enum(TALK_MODES),
  talking: z.boolean(),
  latched: z.boolean(),
  muted: z.boolean(),
  deafened: z.boolean(),
});
export type RemoteAnswer = z.infer<typeof answerSchema>;

const errorSchema = z.object({ error: z.object({ code: z.enum(ERROR_CODES), message: z.string() }) });
export type RemoteError = z.infer<typeof errorSchema>;

/** What is so in a client, for whoever asked. */
export function answerOf(
  { voice, target, link, current }: State,
  who: { pid: number; startedAt: number },
): RemoteAnswer {
  const { mode, talking, latched, muted, deafened } = voice;
  return { ...who, target, link: link.at, room: current, mode, talking, latched, muted, deafened };
}

/** Reads an answer; undefined for what is none. */
export function parseAnswer(line: string): RemoteAnswer | RemoteError | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return z.union([answerSchema, errorSchema]).safeParse(value).data;
}
