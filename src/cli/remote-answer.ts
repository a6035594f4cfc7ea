/**
 * What a running client answers to whoever spoke to its local socket: one line of JSON. Pure.
 *
 *     {"pid":...,"target":...,"mode":...,"talking":...}\n     or     {"error":{"code":...,"message":...}}\n
 */
import { ERROR_CODES, type WireError } from '../errors.ts';
import { type State, TALK_MODES, type TalkMode } from '../session/state.ts';

/** Longest answer, bytes: a target has at most 400 characters. */
export const MAX_REMOTE_ANSWER = 4096;

export interface RemoteAnswer {
  readonly pid: number;
  /** As the user would write it: user@host:port. */
  readonly target: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** It has no screen of its own. */
  readonly background: boolean;
  readonly link: State['link']['at'];
  readonly room: string | null;
  readonly mode: TalkMode;
  readonly talking: boolean;
  readonly latched: boolean;
  readonly muted: boolean;
  readonly deafened: boolean;
}

export interface RemoteError {
  readonly error: WireError;
}

/** What is so in a client, for whoever asked. */
export function answerOf(
  { voice, target, link, current }: State,
  who: Pick<RemoteAnswer, 'pid' | 'startedAt' | 'background'>,
): RemoteAnswer {
  const { mode, talking, latched, muted, deafened } = voice;
  return { ...who, target, link: link.at, room: current, mode, talking, latched, muted, deafened };
}

/**
 * Reads an answer; undefined for what is none. By hand, as loading zod takes longer than everything else that a talk key
 * has to do.
 */
export function parseAnswer(line: string): RemoteAnswer | RemoteError | undefined {
  const value = parseJson(line);
  if (!isObject(value)) return undefined;
  if (isObject(value.error)) {
    const { code, message } = value.error;
    const known = ERROR_CODES.find((name) => name === code);
    return known && typeof message === 'string' ? { error: { code: known, message } } : undefined;
  }
  return isAnswer(value) ? value : undefined;
}

const KINDS = {
  pid: 'number',
  target: 'string',
  startedAt: 'number',
  background: 'boolean',
  talking: 'boolean',
  latched: 'boolean',
  muted: 'boolean',
  deafened: 'boolean',
} as const;
const LINKS: readonly unknown[] = ['connecting', 'online', 'offline', 'failed'];

function isAnswer(value: object): value is RemoteAnswer {
  const { link, room, mode, ...rest }: { readonly [key: string]: unknown } = { ...value };
  return (
    Object.entries(KINDS).every(([key, kind]) => typeof rest[key] === kind) &&
    LINKS.includes(link) &&
    (room === null || typeof room === 'string') &&
    TALK_MODES.some((name) => name === mode)
  );
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
