/** Lines that a guest types, with and without a terminal. */
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineInput, MAX_LINE } from '../../src/guest/line-input.ts';
import { GuestInput, GuestOutput } from '../../src/guest/streams.ts';

const SIZE = { columns: 80, rows: 24 };

function typist(hasTerminal: boolean) {
  const input = new GuestInput();
  let echo = '';
  const send = (bytes: Uint8Array): void => {
    echo += Buffer.from(bytes).toString();
  };
  const output = new GuestOutput({ size: SIZE, send, translate: (shown) => shown });
  const terminal = hasTerminal ? { type: 'dumb', ...SIZE } : null;
  const lines = new LineInput({ input, output, visitor: { terminal } });
  return { input, lines, read: text(lines), echo: () => echo };
}

test('without a terminal lines come as they are, the last one also without its end, and nothing is echoed', async () => {
  const { input, read, echo } = typist(false);
  await input.typed(Buffer.from('one\ntwo \x03\x7f\r\nthree'));
  await input.typedAll();
  expect(await read).toBe('one\ntwo \x03\x7f\r\nthree\n');
  expect(echo()).toBe('');
});

test('with one, keys are echoed and erase what they erase', async () => {
  const { input, read, echo } = typist(true);
  await input.typed(Buffer.from('hellp\x7fo wrold\x17world\r'));
  await input.typed(Buffer.from('gone\x15\x1b[Akept\r\x04'));
  expect(await read).toBe('hello world\n[Akept\n');
  expect(echo()).toContain('hellp\b \bo wrold');
  expect(echo()).not.toContain('\x1b');
});

test('^C ends it, and ^D only where nothing was typed', async () => {
  const interrupted = typist(true);
  await interrupted.input.typed(Buffer.from('half\x03more\r'));
  expect(await interrupted.read).toBe('');
  const ended = typist(true);
  await ended.input.typed(Buffer.from('a\x04b\r\x04never\r'));
  expect(await ended.read).toBe('ab\n');
});

test('a line without an end takes no more memory than one that is too long', async () => {
  const { input, lines, read } = typist(false);
  await input.typed(Buffer.from('x'.repeat(16 * 1024)));
  await input.typed(Buffer.from('\nnext\n'));
  await turn();
  expect(lines.writableLength).toBeLessThanOrEqual(MAX_LINE + 10);
  await input.typedAll();
  expect(await read).toBe(`${'x'.repeat(MAX_LINE)}\nnext\n`);
});

test('characters that come in pieces are put together', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 5 }), async (typed, size) => {
      const line = typed.replaceAll(/[\p{C}]/gu, '');
      const { input, read } = typist(false);
      const bytes = Buffer.from(`${line}\n`);
      for (let at = 0; at < bytes.length; at += size) await input.typed(bytes.subarray(at, at + size));
      await input.typedAll();
      expect(await read).toBe(`${line}\n`);
    }),
    { seed: 5, numRuns: 50 },
  );
});
