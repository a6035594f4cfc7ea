/** From chunks to frames: nothing is lost, doubled or moved in time. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameAssembler } from '../../src/audio/assembler.ts';

test('frames are what the chunks were, in order, each with the time of its last sample', () => {
  const chunks = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 });
  fc.assert(
    fc.property(chunks, fc.constantFrom(1, 2, 4, 6), fc.constantFrom(1, 2), (chunks, ticks, channels) => {
      const assembler = new FrameAssembler(ticks * 480, channels);
      let [said, at] = [0, 0n];
      const frames = chunks.flatMap((length) => {
        const chunk = Int16Array.from({ length: length * 480 * channels }, () => said++ % 30_000);
        at += BigInt(length) * 10_000_000n;
        return assembler.push(chunk, at);
      });
      const size = ticks * 480 * channels;
      expect(frames).toHaveLength(Math.floor(said / size));
      expect(assembler.partial).toBe(said % size > 0);
      for (const [i, { samples, captureNs }] of frames.entries()) {
        expect(captureNs).toBe(BigInt((i + 1) * ticks) * 10_000_000n);
        expect([samples[0], samples.at(-1)]).toEqual([(i * size) % 30_000, ((i + 1) * size - 1) % 30_000]);
      }
    }),
    { seed: 20264, numRuns: 50 },
  );
});

test('what waits is filled up with silence, or forgotten', () => {
  const assembler = new FrameAssembler(960, 1);
  expect(assembler.flush()).toBeUndefined();
  assembler.push(new Int16Array(480).fill(5), 10_000_000n);
  const rest = assembler.flush()!;
  expect([rest.samples[479], rest.samples[480], rest.captureNs]).toEqual([5, 0, 20_000_000n]);
  assembler.push(new Int16Array(480).fill(5), 30_000_000n);
  assembler.clear();
  expect(assembler.partial).toBe(false);
  assembler.push(new Int16Array(480), 40_000_000n);
  expect(assembler.push(new Int16Array(480), 50_000_000n)[0]!.samples.every((one) => one === 0)).toBe(true);
});
