/** Forwarded TCP beside a stream in one connection: how old voice becomes, and how much of the path forwards use. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sluice } from '../../../src/net/protocol/sluice.ts';
import { encodeMark } from '../../../src/net/protocol/stream-frames.ts';

const FRAME_BYTES = 150;
const FRAME_MS = 20;

/** A connection of a rate and a round trip with an unbounded queue before it, as a kernel's; forwards that always want more. */
class Pipe {
  readonly sluice = new Sluice();
  now = 0;
  rate: number;
  rttMs: number;
  /** Ages of voice frames as they arrive, ms, and bytes of forwards that arrived. */
  readonly ages: number[] = [];
  arrivedBulk = 0;
  #clearAt = 0;
  #stream = 0;
  #events: Array<{ at: number; run: () => void }> = [];

  constructor(rate: number, rttMs: number) {
    this.rate = rate;
    this.rttMs = rttMs;
  }

  /** Voice frames, if any, and all the forwards that may, for so long. */
  run(ms: number, voice: boolean): void {
    for (const until = this.now + ms; this.now < until; this.now += 1) {
      if (voice && this.now % FRAME_MS === 0) this.#frame(FRAME_BYTES, true);
      this.#forward();
      for (let due = this.#due(); due; due = this.#due()) {
        due.run();
        this.#forward();
      }
    }
  }

  #due(): { run: () => void } | undefined {
    const at = this.#events.findIndex((event) => event.at <= this.now);
    return at < 0 ? undefined : this.#events.splice(at, 1)[0];
  }

  #forward(): void {
    for (let room = this.sluice.room(this.now); room > 0; room = this.sluice.room(this.now)) {
      const bytes = Math.min(room, 16_384);
      this.sluice.wroteBulk(bytes, this.now);
      this.#pass(bytes, () => {
        this.arrivedBulk += bytes;
      });
      if (this.sluice.markDue(this.now)) this.#frame(encodeMark().length, false);
    }
    if (this.sluice.markDue(this.now)) this.#frame(encodeMark().length, false);
  }

  #frame(bytes: number, voice: boolean): void {
    if (voice) this.sluice.carried(1, this.now);
    this.sluice.wroteStream(bytes, this.now);
    this.#stream += bytes;
    const [since, received] = [this.now, this.#stream];
    this.#pass(bytes, () => {
      if (voice) this.ages.push(this.now - since);
      this.#events.push({
        at: this.now + this.rttMs / 2,
        run: () => this.sluice.acknowledged(received % 2 ** 32, this.now),
      });
    });
  }

  /** In order, behind all that was written before. */
  #pass(bytes: number, run: () => void): void {
    this.#clearAt = Math.max(this.now, this.#clearAt) + bytes / this.rate;
    this.#events.push({ at: this.#clearAt + this.rttMs / 2, run });
  }
}

const worst = (ages: readonly number[]): number => Math.max(...ages);

describe('the sluice', () => {
  it.each([
    [32, 40],
    [32, 200],
    [250, 40],
    [2500, 80],
    [60, 4],
  ])(
    'keeps voice fresh for a minute beside forwards that want more than %i bytes/ms and %i ms carry',
    (rate, rtt) => {
      const pipe = new Pipe(rate, rtt);
      pipe.run(2000, true);
      pipe.run(60_000, true);
      const settled = pipe.ages.slice(150);
      expect(worst(settled)).toBeLessThan(rtt + 160);
      expect(settled.toSorted((a, b) => a - b)[settled.length >> 1]).toBeLessThan(rtt / 2 + 100);
      // Nothing is kept back for nothing.
      const voice = FRAME_BYTES / FRAME_MS;
      expect(pipe.arrivedBulk / 62_000).toBeGreaterThan((rate - voice) * 0.85);
    },
  );

  it('lets forwards have it all while there is no voice, and makes room soon when there is', () => {
    const pipe = new Pipe(125, 100);
    pipe.run(10_000, false);
    expect(pipe.arrivedBulk).toBeGreaterThan(125 * 10_000 * 0.8);
    pipe.run(5000, true);
    expect(worst(pipe.ages)).toBeLessThan(100 / 2 + 600);
    expect(worst(pipe.ages.slice(50))).toBeLessThan(100 + 160);
  });

  it('follows a path that becomes slower and longer', () => {
    const pipe = new Pipe(1000, 20);
    pipe.run(5000, true);
    pipe.rate = 64;
    pipe.rttMs = 150;
    pipe.run(30_000, true);
    const before = pipe.arrivedBulk;
    pipe.ages.length = 0;
    pipe.run(10_000, true);
    expect(worst(pipe.ages)).toBeLessThan(75 + 200);
    expect((pipe.arrivedBulk - before) / 10_000).toBeGreaterThan(64 * 0.5);
  });

  it('always lets a little through, one step at a time', () => {
    const sluice = new Sluice();
    for (let n = 0; n < 100; n++) sluice.wroteStream(1400, n);
    const room = sluice.room(100);
    expect(room).toBeGreaterThan(0);
    expect(room).toBeLessThan(2000);
    sluice.wroteBulk(room, 100);
    expect(sluice.room(100)).toBe(0);
    expect(sluice.markDue(100)).toBe(true);
  });

  it('ignores acknowledgements that cannot be, and its room stays finite and whole', () => {
    const step = fc.tuple(
      fc.constantFrom('bulk', 'stream', 'ack'),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 0, max: 3000 }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const sluice = new Sluice();
        let now = 0;
        for (const [what, value, ms] of steps) {
          now += ms;
          if (what === 'bulk') sluice.wroteBulk(Math.min(sluice.room(now), value), now);
          else if (what === 'stream') sluice.wroteStream(value % 2000, now);
          else sluice.acknowledged(value, now);
          const room = sluice.room(now);
          expect(Number.isSafeInteger(room) && room >= 0).toBe(true);
        }
      }),
      { seed: 5 },
    );
  });
});
