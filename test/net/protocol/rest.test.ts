/** A session that nobody uses: what it costs, and that whoever talks after a rest is heard, whatever died meanwhile. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNEL, STREAM_ROUTE } from '../../../src/net/protocol/constants.ts';
import { type LinkOptions, Simulation, type Way } from '../../sim/network.ts';

const clean: LinkOptions = { seed: 9, loss: 0, duplicate: 0, delayMs: 25, jitterMs: 5 };
const HOUR_MS = 3_600_000;
const FRAME_MS = 20;

class Idle extends Simulation {
  #n = 0;

  constructor(options: LinkOptions = clean, further = 0, stream = true) {
    super(options);
    this.openRoutes(further, stream);
  }

  /** Frames of one end, one each 20 ms, until `until`. */
  talk(end: 'client' | 'station', until: number): void {
    while (this.now < until) {
      this.#n += 1;
      this.send(end, Uint8Array.of(this.#n >>> 8, this.#n));
      this.run(this.now + FRAME_MS);
    }
  }

  /** Looks at what both ends say of themselves, twice a second. */
  watch(until: number, look: () => void): void {
    while (this.now < until) {
      this.run(Math.min(until, this.now + 500));
      look();
    }
  }

  packetsSince(since: number, route?: number): number {
    return this.wire.filter((f) => f.at >= since && (route === undefined || f.route === route)).length;
  }

  /** Whether the client pings seldom: one round on each route at most in that time. */
  get rests(): boolean {
    return this.packetsSince(this.now - 12_000) <= 6;
  }
}

/** A session that has rested for a while. */
function rested(options: LinkOptions = clean, further = 0): Idle {
  const sim = new Idle(options, further);
  sim.run(60_000);
  expect(sim.rests).toBe(true);
  return sim;
}

describe('a session at rest', () => {
  it('costs less than 700 packets an hour, and sends by UDP often enough for NAT boxes', () => {
    const sim = new Idle();
    sim.run(60_000);
    const before = sim.wire.length;
    sim.run(60_000 + HOUR_MS);
    expect(sim.wire.length - before).toBeLessThan(700);
    const times = sim.wire.filter((f) => f.route === 0 && f.at > 20_000).map(({ at }) => at);
    const pauses = times.map((at, n) => at - (times[n - 1] ?? at));
    expect(Math.max(...pauses)).toBeLessThan(16_000);
  });

  it('never says that anything is missing, and changes nothing', () => {
    const sim = new Idle();
    sim.run(3000);
    sim.watch(HOUR_MS / 4, () => {
      const client = sim.client.stats(sim.now);
      expect(client).toMatchObject({ silent: false, confirmed: true, up: 0, down: 0 });
      expect(client.heardAgoMs).toBeLessThan(1500);
      expect(client.acknowledgedAgoMs).toBeLessThan(1500);
      expect(sim.now - (sim.client.liveness.answeredByUdpAt(sim.now) ?? 0)).toBeLessThan(1500);
      expect(client.routes.map(({ up, down }) => up && down)).toEqual([true, true]);
      const station = sim.station.stats(sim.now);
      expect(station).toMatchObject({ confirmed: true, up: 0, down: 0 });
      expect(sim.station.liveness.silenceMs(sim.now)).toBeLessThan(1500);
    });
  });

  it('goes on in spite of loss, with few packets', () => {
    const sim = new Idle({ ...clean, loss: 0.1 });
    sim.run(60_000);
    const before = sim.wire.length;
    sim.watch(60_000 + HOUR_MS, () =>
      expect(sim.client.stats(sim.now)).toMatchObject({ silent: false, confirmed: true }),
    );
    expect(sim.wire.length - before).toBeLessThan(6000);
  });

  it('rests on the stream too where UDP is blocked, and goes back to UDP when that answers', () => {
    const sim = new Idle();
    sim.blocked.add('up0').add('down0');
    sim.run(60_000);
    expect(sim.rests).toBe(true);
    const before = sim.wire.length;
    sim.run(60_000 + HOUR_MS);
    expect(sim.wire.length - before).toBeLessThan(1400);
    sim.blocked.clear();
    sim.run(sim.now + 60_000);
    expect([sim.client.stats(sim.now).up, sim.station.stats(sim.now).up]).toEqual([0, 0]);
    expect(sim.rests).toBe(true);
  });

  it('does not begin without a stream beside it, nor while each direction has its own route', () => {
    const bare = new Idle(clean, 2, false);
    bare.run(60_000);
    const split = new Idle();
    split.blocked.add('down0');
    split.run(60_000);
    for (const sim of [bare, split]) {
      const before = sim.wire.length;
      sim.run(120_000);
      expect(sim.wire.length - before).toBeGreaterThan(100);
    }
  });

  it('ends with the stream', () => {
    const sim = rested();
    sim.client.openStream(false, sim.now);
    sim.drain();
    sim.run(sim.now + 100);
    expect(sim.packetsSince(sim.now - 200, 0)).toBeGreaterThan(0);
    const before = sim.wire.length;
    sim.run(sim.now + 60_000);
    expect(sim.wire.length - before).toBeGreaterThan(100);
  });

  it('checks a size that was found only when it matters', () => {
    const sim = rested();
    expect(sim.client.maxPayload()).toBeGreaterThan(1200);
    sim.maxPacket = 1300;
    sim.run(sim.now + 120_000);
    sim.talk('client', sim.now + 14_000);
    expect(sim.client.maxPayload()).toBe(1200);
  });
});

const DEATHS: readonly (readonly Way[])[] = [['up0'], ['down0'], ['up0', 'down0']];
const deaths = fc.record({
  ways: fc.constantFrom(...DEATHS),
  further: fc.integer({ min: 0, max: 2 }),
  diedMs: fc.integer({ min: 0, max: 40_000 }),
  end: fc.constantFrom('client' as const, 'station' as const),
  seed: fc.integer(),
});

describe('whoever talks after a rest', () => {
  it('is heard at once, and soon by one route alone', () => {
    for (const end of ['client', 'station'] as const) {
      const sim = rested();
      sim.run(sim.now + 7000);
      const from = sim.now;
      sim.talk(end, from + 3000);
      const other = end === 'client' ? 'station' : 'client';
      expect(sim.heard[other][0]?.at).toBeLessThan(from + 100);
      const twice = sim.wire.filter(
        (f) => f.route === STREAM_ROUTE && f.channel === CHANNEL.voice && f.at >= from,
      );
      expect(twice.length).toBeLessThan(10);
      expect(sim.packetsSince(from + 1000, 0)).toBeGreaterThan(60);
    }
  });

  it('is heard in less than 3 s on a path that died meanwhile, and then without a pause', () => {
    fc.assert(
      fc.property(deaths, ({ ways, further, diedMs, end, seed }) => {
        const sim = rested({ ...clean, seed }, further);
        for (const way of ways) sim.blocked.add(way);
        sim.run(sim.now + diedMs);
        const from = sim.now;
        sim.talk(end, from + 10_000);
        const heard = sim.heard[end === 'client' ? 'station' : 'client'].map(({ at }) => at);
        expect(heard[0]).toBeLessThan(from + 3000);
        const pauses = heard.map((at, n) => at - (heard[n - 1] ?? from));
        expect(Math.max(...pauses)).toBeLessThan(2000);
        expect(sim.client.stats(sim.now).silent).toBe(false);
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  it('finds a client that moved meanwhile', () => {
    const sim = rested();
    sim.clientAddress = { address: '203.0.113.5', port: 40500 };
    sim.run(sim.now + 2000);
    const from = sim.now;
    sim.talk('station', from + 4000);
    expect(sim.heard.client[0]?.at).toBeLessThan(from + 200); // by the stream
    expect(sim.station.remote).toEqual(sim.clientAddress);
  });
});

describe('a path that dies at rest', () => {
  it('is missed at the next ping, and told', () => {
    const sim = rested();
    for (const way of ['up0', 'down0', 'up7', 'down7'] as const) sim.blocked.add(way);
    sim.run(sim.now + 15_000 + 4500);
    const { silent, heardAgoMs, acknowledgedAgoMs } = sim.client.stats(sim.now);
    expect(silent).toBe(true);
    expect(heardAgoMs).toBeGreaterThan(3500);
    expect(acknowledgedAgoMs).toBeGreaterThan(3000);
    sim.blocked.clear();
    sim.run(sim.now + 1500);
    expect(sim.client.stats(sim.now)).toMatchObject({ silent: false });
  });

  it('is missed on the stream as well, which is then asked often', () => {
    const sim = rested();
    const died = sim.now;
    sim.blocked.add('up7').add('down7');
    const missed = (): number => sim.client.liveness.streamUnansweredMs(sim.now);
    while (missed() < 10_000 && sim.now < died + 120_000) sim.run(sim.now + 250);
    expect(sim.now - died).toBeLessThan(72_000);
    expect(
      sim.wire.filter((f) => f.route === STREAM_ROUTE && f.at > sim.now - 10_000).length,
    ).toBeGreaterThan(3);
    expect(sim.client.stats(sim.now)).toMatchObject({ silent: false, up: 0, down: 0 });
  });

  it('lets the station know within seconds when it asks, and after a pause that is due', () => {
    const alive = rested();
    alive.run(alive.now + 9000);
    alive.station.rouse(alive.now);
    alive.drain();
    const asked = alive.now;
    alive.run(asked + 100);
    expect(alive.packetsSince(asked, 0)).toBeGreaterThan(1);
    alive.run(asked + 5000);
    expect(alive.station.liveness.silenceMs(alive.now)).toBeLessThan(1500);

    for (const asks of [true, false]) {
      const dead = rested();
      const heardAt = Math.max(...dead.wire.filter((f) => f.to === 'station').map(({ at }) => at));
      dead.client.close();
      if (asks) dead.station.rouse(dead.now);
      dead.run(asks ? dead.now + 5000 : heardAt + 20_000);
      expect(dead.station.liveness.silenceMs(dead.now)).toBeGreaterThanOrEqual(5000);
    }
  });
});
