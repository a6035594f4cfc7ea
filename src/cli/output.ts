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
