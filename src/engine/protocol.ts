/**
 * What is said on a client's local socket: JSON-RPC 2.0, a line each. Pure; docs/scripting.md tells the same to a reader.
 *
 * A screen that attaches and a bot speak the same words: the state is the UI's own (session/state.ts), and a command is what
 * its keys and slash commands make (session/commands.ts).
 */
import { z } from 'zod';
import type { Line, State } from '../session/state.ts';
import { commandSchema } from './command-schema.ts';
import type { Op } from './patch.ts';

/** Versions of these words that we speak. */
export const ENGINE_VERSIONS = [1] as const;
/** Longest line to a client, bytes: a post of 8 KiB in which each byte is escaped. */
export const MAX_ASK_BYTES = 64 * 1024;
/** Longest line from a client, bytes: the state of 32 rooms of a thousand long lines. */
export const MAX_TOLD_BYTES = 256 * 1024 * 1024;
/** Requests of one connection that wait for their answers. */
export const MAX_ASKED = 32;

/** What can be watched: the state whole and then each change of it, the levels, each message as it comes. */
const TOPICS = ['state', 'levels', 'messages'] as const;
export type Topic = (typeof TOPICS)[number];

/** Requests: what is asked. */
export const asks = {
  /** First of all. The answer is an About. */
  hello: z.object({ versions: z.array(z.number().int()).min(1).max(16) }),
  /** Answered with the State. */
  state: z.object({}),
  /** Answered with what is so now; notifications follow. */
  watch: z.object({ topics: z.array(z.enum(TOPICS)).min(1).max(TOPICS.length) }),
  /** Carries a command out. Answered when it was, or with what went wrong. */
  do: z.object({ command: commandSchema }),
  /** Ends a client that runs in the background. */
  end: z.object({}),
} as const;
export type AskName = keyof typeof asks;

export interface About {
  readonly version: number;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** As the user would write it: user@host:port. */
  readonly target: string;
  /** It has no screen of its own: it goes on when all who attached have left. */
  readonly background: boolean;
}

export interface Watched {
  /** With the topic 'state'. */
  readonly state?: State;
}

/** Notifications. */
export interface Told {
  readonly 'state.changed': { readonly ops: readonly Op[] };
  /** Levels in -dBov. */
  readonly levels: { readonly mic: number; readonly speaker: number };
  /** A message as it came, of others or our own. */
  readonly message: { readonly room: string; readonly message: Extract<Line, { kind: 'message' }> };
}
