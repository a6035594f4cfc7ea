import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INVALID_LINE, LineDecoder } from '../../../src/net/control/lines.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Cuts `whole` at the given places, in order. */
function cut(whole: Uint8Array, at: number[]): Uint8Array[] {
  const places = [0, ...at.map((place) => place % (whole.length + 1)), whole.length].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => whole.slice(places[index], end));
}

describe('LineDecoder', () => {
  it('gives back the lines however the stream is cut', () => {
    const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ' '));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat()), (lines, at) => {
        const decoder = new LineDecoder(4096);
        const stream = bytes(lines.map((text) => `${text}\n`).join(''));
        const got = cut(stream, at).flatMap((chunk) => decoder.push(chunk).lines);
        expect(got).toEqual(lines);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('takes a line of exactly the bound and refuses one byte more, for good', () => {
    const decoder = new LineDecoder(8);
    expect(decoder.push(bytes('1234567\n'))).toEqual({ lines: ['1234567'], overflow: false });
    expect(decoder.push(bytes('ok\n12345678'))).toEqual({ lines: ['ok'], overflow: true });
    expect(decoder.push(bytes('\nok\n'))).toEqual({ lines: [], overflow: true });
    expect(decoder.heldBytes).toBe(0);
  });

  it('skips longer lines up to a second bound if it is told to, and says how they began, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(60), { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 5 }),
        (lengths, at) => {
          const decoder = new LineDecoder(16, 40);
          const lines = lengths.map((length, index) => String(index).padEnd(length, '.'));
          const fatal = lines.findIndex((line) => line.length > 40);
          const whole = fatal < 0 ? lines : lines.slice(0, fatal);
          const got = cut(bytes(lines.map((line) => `${line}\n`).join('')), at).map((chunk) =>
            decoder.push(chunk),
          );
          expect(got.flatMap((one) => one.lines)).toEqual(whole.filter((line) => line.length < 16));
          const begun = (line: string): string => line.slice(0, 15); // as much as there is room to hold
          const told = got.flatMap((one) => one.tooLong ?? []);
          expect(told.map(begun)).toEqual(whole.filter((line) => line.length >= 16).map(begun));
          expect(got.some(({ overflow }) => overflow)).toBe(fatal >= 0);
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });

  it('names a line that is not UTF-8 as invalid and goes on', () => {
    const decoder = new LineDecoder(64);
    const stream = Uint8Array.of(0x61, 0x0a, 0xff, 0xc0, 0x0a, 0x62, 0x0a);
    expect(decoder.push(stream)).toEqual({ lines: ['a', INVALID_LINE, 'b'], overflow: false });
  });

  it('holds no more than the bound through 10 MB without a newline, a byte at a time', () => {
    const bound = 64 * 1024;
    const decoder = new LineDecoder(bound);
    const byte = Uint8Array.of(0x78);
    let most = 0;
    let overflowAt = 0;
    for (let sent = 1; sent <= 10_000_000; sent += 1) {
      const { lines, overflow } = decoder.push(byte);
      if (lines.length > 0) throw new Error('a line came out of nothing');
      if (overflow && overflowAt === 0) overflowAt = sent;
      most = Math.max(most, decoder.heldBytes);
    }
    expect(overflowAt).toBe(bound);
    expect(most).toBe(bound);
  });

  it('copies a long line only a few times when it comes a byte at a time', () => {
    const decoder = new LineDecoder(1024 * 1024);
    const byte = Uint8Array.of(0x78);
    const start = performance.now();
    for (let sent = 1; sent < 1024 * 1024; sent += 1) decoder.push(byte);
    const { lines } = decoder.push(bytes('\n'));
    expect(lines[0]?.length).toBe(1024 * 1024 - 1);
    expect(performance.now() - start).toBeLessThan(5000); // quadratic copying takes minutes
    expect(decoder.heldBytes).toBeLessThanOrEqual(4096);
  });
});
