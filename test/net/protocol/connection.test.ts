import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNEL, MAX_PAYLOAD_BYTES, SUITES } from '../../../src/net/protocol/constants.ts';
import { Simulation } from '../../sim/network.ts';

const clean = { seed: 1, loss: 0, duplicate: 0, delayMs: 20, jitterMs: 0 };
const number = (n: number): Uint8Array => Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);
const read = (b: Uint8Array): number => Buffer.from(b).readUInt32BE();

describe.each(SUITES)('connection with %s', (suite) => {
  it('carries payloads both ways once the station has heard the client', () => {
    const sim = new Simulation({ ...clean, suite });
    expect(sim.send('station', number(1))).toBe(false); // no address yet
    sim.run(100);
    sim.send('client', number(2));
    sim.send('station', number(3));
    sim.run(200);
    expect(sim.heard.station.map((h) => read(h.payload))).toEqual([2]);
    expect(sim.heard.client.map((h) => read(h.payload))).toEqual([3]);
  });
});

describe('connection', () => {
  it('delivers each datagram at most once and drops only what the link lost', () => {
    const options = fc.record({
      seed: fc.integer(),
      loss: fc.constantFrom(0, 0.1, 0.6),
      duplicate: fc.constantFrom(0, 0.3),
      delayMs: fc.constantFrom(0, 80),
      jitterMs: fc.constantFrom(0, 40),
    });
    fc.assert(
      fc.property(options, (options) => {
        const sim = new Simulation(options);
        for (let n = 0; n < 200; n++) {
          sim.send('client', number(n));
          sim.run(sim.now + 20);
        }
        sim.run(sim.now + 1000);
        const heard = sim.heard.station.map((h) => read(h.payload));
        expect(new Set(heard).size).toBe(heard.length);
        if (options.loss === 0)
          expect([...heard].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
        expect(sim.station.stats(sim.now).dropped.unauthentic).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('measures the round trip and the loss of each direction', () => {
    const sim = new Simulation({ ...clean, delayMs: 40, loss: 0.2, seed: 5 });
    for (let n = 0; n < 1500; n++) {
      sim.send('client', number(n));
      sim.send('station', number(n));
      sim.run(sim.now + 20);
    }
    const stats = sim.client.stats(sim.now);
    expect(stats.rttMs).toBeCloseTo(80, 0);
    expect(stats.lossOut).toBeGreaterThan(0.1);
    expect(stats.lossOut).toBeLessThan(0.3);
    expect(stats.lossIn).toBeGreaterThan(0.1);
    expect(stats.lossIn).toBeLessThan(0.3);
  });

  it('tells a dead path by its unanswered probes and a living one by the first answer', () => {
    const sim = new Simulation(clean);
    sim.run(3000);
    expect(sim.client.stats(sim.now).silent).toBe(false);
    sim.options = { ...clean, loss: 1 };
    sim.run(9000);
    expect(sim.client.stats(sim.now).silent).toBe(true);
    sim.options = clean;
    sim.run(11_000);
    expect(sim.client.stats(sim.now).silent).toBe(false);
  });

  it('measures a round trip that is longer than the first probes are apart', () => {
    const sim = new Simulation({ ...clean, delayMs: 700 });
    sim.run(6000);
    expect(sim.client.stats(sim.now).rttMs).toBeCloseTo(1400, 0);
    expect(sim.client.stats(sim.now).silent).toBe(false);
  });

  it('keeps talking when the client changes its address, and follows only the newest packet', () => {
    const sim = new Simulation(clean);
    sim.run(2500);
    const old = sim.wire.findLast((f) => f.to === 'station')!;
    sim.clientAddress = { address: '203.0.113.9', port: 50123 };
    sim.send('client', number(1));
    sim.run(2600);
    expect(sim.station.remote).toEqual(sim.clientAddress);
    // The old address replays an old packet: nothing moves.
    sim.inject('station', old.bytes, old.from);
    expect(sim.station.remote).toEqual(sim.clientAddress);
    expect(sim.station.stats(sim.now).dropped.replayed).toBe(1);
  });

  it('moves at most once a second', () => {
    const sim = new Simulation(clean);
    sim.run(2500);
    const first = { address: '203.0.113.1', port: 1 };
    sim.clientAddress = first;
    sim.send('client', number(1));
    sim.run(2530);
    sim.clientAddress = { address: '203.0.113.2', port: 2 };
    sim.send('client', number(2));
    sim.run(2560);
    expect(sim.station.remote).toEqual(first);
    expect(sim.heard.station).toHaveLength(2); // heard all the same
  });

  it('does not authenticate a reflected packet', () => {
    const sim = new Simulation(clean);
    sim.run(100);
    sim.send('client', number(1));
    const packet = sim.wire.findLast((f) => f.to === 'station')!;
    sim.inject('client', packet.bytes, { address: '192.0.2.1', port: 2222 });
    expect(sim.client.stats(sim.now).dropped.unauthentic).toBe(1);
    expect(sim.heard.client).toHaveLength(0);
  });

  it('answers nothing to random bytes, bit flips and truncations, and stays open', () => {
    const sim = new Simulation(clean);
    sim.run(2500);
    sim.send('client', number(1));
    const good = sim.wire.findLast((f) => f.to === 'station')!;
    const onWire = sim.wire.length;
    const attacker = { address: '198.51.100.66', port: 6666 };
    const attempts = fc.oneof(
      fc.uint8Array({ maxLength: 1500 }),
      fc.integer({ min: 0, max: good.bytes.length * 8 - 1 }).map((bit) => {
        const bad = Uint8Array.from(good.bytes);
        bad[bit >> 3]! ^= 1 << (bit & 7);
        return bad;
      }),
      fc.integer({ min: 0, max: good.bytes.length - 1 }).map((n) => good.bytes.slice(0, n)),
    );
    fc.assert(
      fc.property(attempts, (bytes) => sim.inject('station', bytes, attacker)),
      { numRuns: 1000 },
    );
    const { dropped } = sim.station.stats(sim.now);
    expect(dropped.malformed + dropped.unauthentic).toBe(1000);
    expect(dropped.replayed).toBe(0);
    expect(sim.wire.length).toBe(onWire);
    expect(sim.station.remote).toEqual(sim.clientAddress);
    sim.run(2600);
    expect(sim.heard.station).toHaveLength(1);
  });

  it('refuses a payload over the bound and takes one at it', () => {
    const sim = new Simulation(clean);
    sim.maxPacket = MAX_PAYLOAD_BYTES + 30;
    sim.run(100);
    expect(sim.send('client', new Uint8Array(MAX_PAYLOAD_BYTES + 1))).toBe(false);
    expect(sim.client.stats(sim.now).dropped.tooLarge).toBe(1);
    expect(sim.send('client', new Uint8Array(MAX_PAYLOAD_BYTES))).toBe(true);
    sim.run(200);
    expect(sim.heard.station[0]?.payload.length).toBe(MAX_PAYLOAD_BYTES);
  });

  it('counts an authentic packet on a channel that nobody handles', () => {
    const sim = new Simulation(clean);
    sim.run(100);
    sim.send('client', number(1), CHANNEL.ip);
    sim.send('client', number(1), CHANNEL.probe);
    sim.run(200);
    expect(sim.station.stats(sim.now).dropped.malformed).toBe(2);
  });

  it('never repeats a counter', () => {
    const sim = new Simulation({ ...clean, loss: 0.3 });
    for (let n = 0; n < 300; n++) {
      sim.send('client', number(n));
      sim.run(sim.now + 20);
    }
    const sent = sim.wire
      .filter((f) => f.to === 'station')
      .map((f) => Buffer.from(f.bytes.subarray(0, 13)).toString('hex'));
    expect(new Set(sent).size).toBe(sent.length);
  });

  it('does nothing once closed', () => {
    const sim = new Simulation(clean);
    sim.run(100);
    sim.client.close();
    expect(sim.send('client', number(1))).toBe(false);
    expect(sim.client.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
  });
});
