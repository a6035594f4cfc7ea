/** A call that changes its way: what blocks a route, and how soon both directions are on another. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNEL, STREAM_ROUTE } from '../../../src/net/protocol/constants.ts';
import { type LinkOptions, Simulation } from '../../sim/network.ts';

const FRAME_MS = 20;
const clean = { seed: 3, loss: 0, duplicate: 0, delayMs: 25, jitterMs: 5 };
const number = (n: number): Uint8Array => Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);

class Call extends Simulation {
  #n = 0;

  constructor(options: LinkOptions, further = 0, stream = true) {
    super(options);
    this.openRoutes(further, stream);
  }

  /** Both ends talk, a frame each 20 ms, until `until`. `seen` runs after each frame. */
  talk(until: number, seen: () => void = () => undefined): void {
    while (this.now < until) {
      this.#n += 1;
      this.send('client', number(this.#n));
      this.send('station', number(this.#n));
      this.run(this.now + FRAME_MS);
      seen();
    }
  }

  /** Longest pause between two frames that `end` heard since `since`, ms. */
  longestPause(end: 'client' | 'station', since: number): number {
    const times = this.heard[end].map(({ at }) => at).filter((at) => at >= since);
    let longest = 0;
    let before = since;
    for (const at of [...times, this.now]) {
      longest = Math.max(longest, at - before);
      before = at;
    }
    return longest;
  }

  get ways(): { up: unknown; down: unknown } {
    const { up } = this.client.stats(this.now);
    return { up, down: this.station.stats(this.now).up };
  }

  /** Voice packets of `end` that were put on `route` since `since`. */
  sentOn(end: 'client' | 'station', route: number, since: number): number {
    const to = end === 'client' ? 'station' : 'client';
    return this.wire.filter(
      (f) => f.to === to && f.route === route && f.channel === CHANNEL.voice && f.at >= since,
    ).length;
  }
}

describe('routes', () => {
  it('use UDP alone while it works, and the stream carries nothing but a few probes', () => {
    const call = new Call(clean);
    call.talk(3000);
    call.talk(20_000);
    expect(call.ways).toEqual({ up: 0, down: 0 });
    expect(call.sentOn('client', STREAM_ROUTE, 3000)).toBe(0);
    expect(call.sentOn('station', STREAM_ROUTE, 3000)).toBe(0);
    expect(call.client.stats(call.now)).toMatchObject({ silent: false, confirmed: true });
  });

  it('move a call to the stream in less than 3 s when UDP dies, with duplicates in between', () => {
    const times = fc.integer({ min: 5000, max: 7000 });
    fc.assert(
      fc.property(times, fc.integer(), (blockedAt, seed) => {
        const call = new Call({ ...clean, seed });
        call.talk(blockedAt);
        call.blocked.add('up0').add('down0');
        let movedAt = Number.POSITIVE_INFINITY;
        call.talk(blockedAt + 6000, () => {
          if (call.ways.up === STREAM_ROUTE && call.ways.down === STREAM_ROUTE)
            movedAt = Math.min(movedAt, call.now);
        });
        expect(movedAt - blockedAt).toBeLessThan(3000);
        for (const end of ['client', 'station'] as const) {
          expect(call.longestPause(end, blockedAt)).toBeLessThan(2000);
        }
      }),
      { numRuns: 30, seed: 7 },
    );
  });

  it('leave the other direction where it is when one way is blocked', () => {
    for (const way of ['up', 'down'] as const) {
      const call = new Call(clean);
      call.talk(5000);
      call.blocked.add(`${way}0`);
      call.talk(20_000);
      expect(call.ways).toEqual({
        up: way === 'up' ? STREAM_ROUTE : 0,
        down: way === 'down' ? STREAM_ROUTE : 0,
      });
      expect(call.longestPause('client', 9000)).toBeLessThan(200);
      expect(call.longestPause('station', 9000)).toBeLessThan(200);
      // Nothing is sent twice once that is known.
      const open = way === 'up' ? 'station' : 'client';
      expect(call.sentOn(open, STREAM_ROUTE, 12_000)).toBe(0);
    }
  });

  it('come back to UDP when it answers again', () => {
    const call = new Call(clean);
    call.talk(5000);
    call.blocked.add('up0').add('down0');
    call.talk(15_000);
    call.blocked.clear();
    call.talk(25_000);
    expect(call.ways).toEqual({ up: 0, down: 0 });
    expect(call.longestPause('client', 15_000)).toBeLessThan(200);
  });

  it('go to a further UDP port when the first one is blocked', () => {
    const call = new Call(clean, 2);
    call.talk(5000);
    call.blocked.add('up0').add('down0');
    call.talk(15_000);
    expect(call.ways).toEqual({ up: 1, down: 1 });
    call.blocked.add('up1').add('down1');
    call.talk(25_000);
    expect(call.ways).toEqual({ up: 2, down: 2 });
  });

  it('do not flap with a UDP that comes and goes', () => {
    const call = new Call(clean);
    let changes = 0;
    let before: unknown = 0;
    for (let cycle = 0; cycle < 30; cycle++) {
      call.talk(call.now + 4000, () => {
        if (call.ways.up !== before) changes += 1;
        before = call.ways.up;
      });
      if (cycle % 2 === 0) call.blocked.add('up0').add('down0');
      else call.blocked.clear();
    }
    expect(changes).toBeLessThan(10);
    expect(call.longestPause('client', 60_000)).toBeLessThan(300); // settled on the stream
  });

  it('survive a box that lets UDP through for 30 s for each local port', () => {
    const call = new Call(clean);
    call.talk(30_000);
    call.blocked.add('up0').add('down0');
    call.talk(36_000);
    expect(call.ways).toEqual({ up: STREAM_ROUTE, down: STREAM_ROUTE });
    call.clientAddress = { ...call.clientAddress, port: 40100 };
    call.blocked.clear();
    call.client.reopened(call.now);
    call.talk(50_000);
    expect(call.ways).toEqual({ up: 0, down: 0 });
    expect(call.longestPause('client', 31_000)).toBeLessThan(2000);
  });

  it('start on the stream where UDP never worked, and try UDP on', () => {
    const call = new Call({ ...clean, loss: 1 });
    call.talk(4000);
    expect(call.ways).toEqual({ up: STREAM_ROUTE, down: STREAM_ROUTE });
    expect(call.longestPause('station', 500)).toBeLessThan(200);
    const pings = call.wire.filter((f) => f.to === 'station' && f.route === 0 && f.channel === CHANNEL.probe);
    call.talk(14_000);
    const later = call.wire.filter((f) => f.to === 'station' && f.route === 0 && f.channel === CHANNEL.probe);
    expect(later.length - pings.length).toBeGreaterThan(3);
    expect(later.length - pings.length).toBeLessThan(15);
  });

  it('stay on UDP through heavy loss, and count no loss for what a dead route loses', () => {
    const call = new Call({ ...clean, loss: 0.3 });
    call.talk(60_000);
    expect(call.ways).toEqual({ up: 0, down: 0 });
    const quiet = new Call(clean);
    quiet.talk(3000);
    quiet.blocked.add('up0').add('down0');
    quiet.run(40_000);
    expect(quiet.ways).toEqual({ up: STREAM_ROUTE, down: STREAM_ROUTE });
    expect(quiet.client.stats(quiet.now)).toMatchObject({ lossOut: 0, lossIn: 0, silent: false });
  });

  it('say that nothing answers when nothing does, and are well again with the first answer', () => {
    const call = new Call(clean);
    call.talk(5000);
    for (const way of ['up0', 'down0', 'up7', 'down7'] as const) call.blocked.add(way);
    call.talk(12_000);
    const { silent, confirmed, acknowledgedAgoMs, heardAgoMs } = call.client.stats(call.now);
    expect({ silent, confirmed }).toEqual({ silent: true, confirmed: false });
    expect(acknowledgedAgoMs).toBeGreaterThan(6000);
    expect(heardAgoMs).toBeGreaterThan(6000);
    call.blocked.clear();
    call.talk(14_500);
    expect(call.client.stats(call.now)).toMatchObject({ silent: false, confirmed: true });
  });

  it('tell heard from acknowledged when only the way up is blocked', () => {
    const call = new Call(clean, 0, false);
    call.talk(5000);
    call.blocked.add('up0');
    call.talk(12_000);
    const { heardAgoMs, acknowledgedAgoMs } = call.client.stats(call.now);
    expect(heardAgoMs).toBeLessThan(100);
    expect(acknowledgedAgoMs).toBeGreaterThan(6000);
  });

  it('deliver nothing twice, whatever goes over two of them', () => {
    const call = new Call({ ...clean, duplicate: 0.2 });
    for (let n = 0; n < 10; n++) {
      call.talk(call.now + 3000);
      if (n % 2 === 0) call.blocked.add('up0');
      else call.blocked.clear();
    }
    for (const end of ['client', 'station'] as const) {
      const heard = call.heard[end].map(({ payload }) => Buffer.from(payload).readUInt32BE());
      expect(new Set(heard).size).toBe(heard.length);
    }
  });
});
