/** Writing to stdout: whole lines, and a reader that went away (`voipterm tail | head`) is no error. */
import { VoiptermError } from '../errors.ts';

let markReaderGone: () => void = () => undefined;
/** Resolves at the first write that nobody can read any more: what prints without an end has nothing left to do. */
export const readerGone = new Promise<void>((resolve) => {
  markReaderGone = resolve;
});

/** Writes one line; resolves when the stream can take more, so that a slow reader slows us and nothing piles up. */
export function printLine(line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${line}\n`, (error) => {
      const unread = error && 'code' in error && error.code === 'EPIPE';
      if (unread) markReaderGone();
      if (!error || unread) resolve();
      else reject(new VoiptermError('store.unwritable', `the output cannot be written: ${error.message}`));
    });
  });
}

/** Writes one line where standard output is taken by sound. */
export function printToStderr(line: string): Promise<void> {
  return new Promise((resolve) => {
    process.stderr.write(`${line}\n`, () => resolve());
  });
}

/**
 * JSON on one line in which nothing reaches a terminal raw: JSON leaves DEL, C1 controls and direction marks as they
 * are, and an escape inside a string means the same to every reader.
 */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
