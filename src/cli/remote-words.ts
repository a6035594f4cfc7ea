/**
 * What another program may say to a running client through its local socket. Pure; remote-answer.ts has the answers.
 *
 *     WORD [MILLISECONDS]\n        down, up, toggle, mute, unmute, deafen, undeafen, status
 *
 * A line of plain words, so that netcat or socat can say it without the time that a program of ours takes to start.
 * The number tells when the sender was started (milliseconds since 1970): of two programs that a quick finger started,
 * the second may get through first.
 */
const PUSHES = ['down', 'up', 'toggle'] as const;
export const REMOTE_WORDS = [...PUSHES, 'mute', 'unmute', 'deafen', 'undeafen', 'status'] as const;
export type RemoteWord = (typeof REMOTE_WORDS)[number];

/** Longest line that is read, bytes: the longest word and a number. */
export const MAX_REMOTE_LINE = 64;
/** A 'down' that comes after an 'up' sent later counts as overtaken within this time, ms. */
export const OVERTAKEN_MS = 1000;

export interface RemoteLine {
  readonly word: RemoteWord;
  /** When its sender was started, ms since 1970. */
  readonly sentAt?: number | undefined;
}

/** Undefined for anything else. */
export function parseRemoteLine(line: string): RemoteLine | undefined {
  const [, name, stamp] = /^([a-z]{1,16})(?: ([0-9]{1,15}))?\r?$/.exec(line) ?? [];
  const word = REMOTE_WORDS.find((known) => known === name);
  return word && { word, sentAt: stamp === undefined ? undefined : Number(stamp) };
}

/** Which presses were overtaken by their own release. Only a press is ever ignored: a release must close. */
export class PushOrder {
  #up: { readonly sentAt: number; readonly at: number } | undefined;

  /** True if the line counts. `now` in ms, of any clock. */
  counts({ word, sentAt }: RemoteLine, now: number): boolean {
    if (sentAt === undefined) return true;
    if (word === 'up') this.#up = { sentAt, at: now };
    const overtaken = this.#up && now - this.#up.at < OVERTAKEN_MS && sentAt < this.#up.sentAt;
    return !(word === 'down' && overtaken);
  }
}
