/** Lines for a guest, one at a time: who prints waits for who reads, so that nothing piles up. */
import type { GuestOutput } from './streams.ts';

/** Writes one line; resolves when the reader can take more. */
export function printLine(output: GuestOutput, line: string): Promise<void> {
  return new Promise((resolve) => {
    output.write(`${line}\n`, () => resolve());
  });
}
