/** Opus packets taken apart and put together as RFC 6716 has it, and garbage that must break nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameSamplesOf, readOpus, writeOpus } from '../../src/bridge/opus-packet.ts';

const SEED = 6716;

test('durations of all configurations (RFC 6716, table 2)', () => {
  const ms = Array.from({ length: 32 }, (_, config) => frameSamplesOf(config << 3) / 48);
  const silk = [10, 20, 40, 60];
  const celt = [2.5, 5, 10, 20];
  expect(ms).toEqual([silk, silk, silk, [10, 20], [10, 20], celt, celt, celt, celt].flat());
});

describe('the examples of RFC 6716, 3.2.5', () => {
  const toc = 1 << 3; // SILK, narrowband, 20 ms
  const bytes = (...values: number[]) => Uint8Array.from(values);
  test.each([
    ['code 0', bytes(toc, 7, 8), [[7, 8]]],
    ['code 0 without a frame', bytes(toc), [[]]],
    ['code 1', bytes(toc | 1, 7, 8), [[7], [8]]],
    ['code 2', bytes(toc | 2, 1, 7, 8, 9), [[7], [8, 9]]],
    ['code 3, equal', bytes(toc | 3, 3, 7, 8, 9), [[7], [8], [9]]],
    ['code 3, sizes', bytes(toc | 3, 0x83, 0, 2, 7, 8, 9), [[], [7, 8], [9]]],
    ['code 3, padding', bytes(toc | 3, 0x41, 2, 7, 0, 0), [[7]]],
    ['code 3, long padding', bytes(toc | 3, 0x41, 255, 1, 7, ...new Array(255).fill(0)), [[7]]],
  ])('%s', (_, packet, frames) => {
    expect(readOpus(packet)?.frames.map((frame) => [...frame])).toEqual(frames);
  });

  test.each([
    ['nothing', bytes()],
    ['code 1 of odd length', bytes(toc | 1, 7)],
    ['code 2 without a size', bytes(toc | 2)],
    ['code 2 with half a size', bytes(toc | 2, 252)],
    ['code 2 with a size beyond the end', bytes(toc | 2, 5, 7)],
    ['code 3 without a count', bytes(toc | 3)],
    ['code 3 of no frames', bytes(toc | 3, 0)],
    ['more than 120 ms', bytes(toc | 3, 7)],
    ['padding beyond the end', bytes(toc | 3, 0x41, 9, 7)],
    ['padding without an end', bytes(toc | 3, 0x41, 255, 255)],
    ['a frame of 1,276 bytes', bytes(toc, ...new Array(1276).fill(1))],
  ])('refused: %s', (_, packet) => {
    expect(readOpus(packet)).toBeUndefined();
  });
});

test('what is put together is taken apart into the same', () => {
  const frame = fc.uint8Array({ maxLength: 1275 });
  const frames = fc.oneof(
    fc.array(frame, { minLength: 1, maxLength: 6 }),
    fc
      .uint8Array({ maxLength: 300 })
      .chain((one) => fc.integer({ min: 1, max: 6 }).map((n) => Array.from({ length: n }, () => one))),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 63 }), frames, (high, parts) => {
      const toc = high << 2;
      if (frameSamplesOf(toc) * parts.length > 5760) return;
      expect(readOpus(writeOpus(toc, parts))).toEqual({
        toc,
        frameSamples: frameSamplesOf(toc),
        frames: parts,
      });
    }),
    { seed: SEED },
  );
});

test('any bytes are frames within the packet, or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const read = readOpus(bytes);
      const size = read?.frames.reduce((sum, frame) => sum + frame.length, 0) ?? 0;
      expect(size).toBeLessThan(Math.max(1, bytes.length));
      expect((read?.frames.length ?? 0) * (read?.frameSamples ?? 0)).toBeLessThanOrEqual(5760);
    }),
    { seed: SEED, numRuns: 2000 },
  );
});
