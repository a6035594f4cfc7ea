/** What came during a stall gets to the jitter buffers between the ticks that were missed, as it would have without it. */
import { expect, test } from 'vitest';
import { Arrivals, MAX_WAITING } from '../../src/audio/arrivals.ts';
import { JitterBuffer } from '../../src/audio/jitter.ts';
import { decoderOf, packet } from './jitter-sim.ts';

const MS = 1_000_000;

test.each([100, 300, 900])('a stall of %i ms costs no frame', (stallMs) => {
  const played: number[] = [];
  const buffer = new JitterBuffer({
    minDelayMs: 60,
    maxDelayMs: 250,
    decoder: decoderOf(() => 0),
    onPlayed: ({ seq }) => played.push(seq),
  });
  const arrivals = new Arrivals((bytes, receiveNs) =>
    buffer.push(packet(bytes[0]! * 960, { seq: bytes[0]! }), Number(receiveNs) / MS),
  );
  const out = new Int16Array(480);
  const pull = (ms: number): void => {
    arrivals.release(BigInt(ms * MS));
    buffer.pull(ms, out);
  };
  // A frame comes between every second two ticks. The stall begins at 200 ms: then all of it comes, then all ticks.
  const stalled = (ms: number): boolean => ms >= 200 && ms < 200 + stallMs;
  const missed: number[] = [];
  for (let ms = 0; ms <= 1200; ms += 10) {
    if (!stalled(ms)) for (const tick of missed.splice(0)) pull(tick);
    if (ms % 20 === 0) arrivals.push({ packet: new Uint8Array([ms / 20]), receiveNs: BigInt((ms - 5) * MS) });
    if (stalled(ms)) missed.push(ms);
    else pull(ms);
  }
  expect(buffer.counters).toMatchObject({ received: 61, concealed: 0, late: 0, dropped: 0 });
  expect(played).toEqual(Array.from({ length: 58 }, (_, n) => n)); // three are held back
});

test('a packet waits for the first tick after it, and all are handed on in the end', () => {
  const taken: number[] = [];
  const arrivals = new Arrivals((bytes) => taken.push(bytes[0]!));
  for (const n of [1, 2, 3]) arrivals.push({ packet: new Uint8Array([n]), receiveNs: BigInt(n) });
  arrivals.release(2n);
  expect(taken).toEqual([1, 2]);
  expect(arrivals.waiting).toBe(true);
  arrivals.releaseAll();
  expect(taken).toEqual([1, 2, 3]);
  expect(arrivals.waiting).toBe(false);
});

test('no more wait than the bound, and none of them is lost', () => {
  let taken = 0;
  const arrivals = new Arrivals(() => taken++);
  for (let n = 0; n <= MAX_WAITING; n++) arrivals.push({ packet: new Uint8Array(1), receiveNs: 1n });
  expect(taken).toBe(MAX_WAITING);
  arrivals.release(1n);
  expect(taken).toBe(MAX_WAITING + 1);
});
