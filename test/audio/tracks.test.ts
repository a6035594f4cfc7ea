/** What a recording is made of: packets in order, places on a clock, fillers, and Ogg pages that others can read. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BUS_SAMPLES, MixBus } from '../../src/audio/mix-bus.ts';
import { OggOpus, oggCrc, PRE_SKIP } from '../../src/audio/ogg.ts';
import { fill } from '../../src/audio/opus-fill.ts';
import { Reorder } from '../../src/audio/reorder.ts';
import { Timeline } from '../../src/audio/timeline.ts';
import { opusDuration, type VoicePacket } from '../../src/net/protocol/rtp.ts';
import { readOgg } from './ogg-read.ts';

/** An Opus packet of 20 ms that says which one it is. */
const opus = (n: number): Uint8Array => Uint8Array.of(0x78, n & 0xff, (n >> 8) & 0xff);

function packet(n: number, more: Partial<VoicePacket> = {}): VoicePacket {
  const header = {
    seq: n & 0xffff,
    timestamp: (n * 960) >>> 0,
    ssrc: 7,
    marker: false,
    last: false,
    level: 30,
  };
  return { ...header, payload: opus(n), cover: false, redundant: [], ...more };
}

describe('packets', () => {
  test('come out once each and in order, whatever the network did, and copies stand in for lost ones', () => {
    const network = fc.record({
      count: fc.integer({ min: 1, max: 120 }),
      lost: fc.array(fc.boolean(), { minLength: 120, maxLength: 120 }),
      late: fc.array(fc.nat(6), { minLength: 120, maxLength: 120 }),
      start: fc.constantFrom(0, 2 ** 31, 2 ** 32 - 960 * 20),
    });
    fc.assert(
      fc.property(network, ({ count, lost, late, start }) => {
        const sent = Array.from({ length: count }, (_, n) => ({ n, at: n + late[n]! }))
          .filter(({ n }) => !lost[n])
          .sort((a, b) => a.at - b.at);
        const order = new Reorder();
        const out = sent.flatMap(({ n }) => {
          const timestamp = (start + n * 960) >>> 0;
          const redundant = [2, 1]
            .filter((back) => n >= back)
            .map((back) => ({ offset: back * 960, payload: opus(n - back) }));
          return order.push(packet(n, { timestamp, redundant }), 5n);
        });
        out.push(...order.flush());
        const numbers = out.map(({ timestamp }) => ((timestamp - start) >>> 0) / 960);
        const expected = new Set(sent.flatMap(({ n }) => [n, n - 1, n - 2].filter((one) => one >= 0)));
        expect(numbers).toEqual([...expected].sort((a, b) => a - b));
        expect(out.every(({ payload }, i) => payload[1] === numbers[i])).toBe(true);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  test('that are no Opus, or of another clock, do no harm', () => {
    const order = new Reorder();
    order.push(packet(1), 0n);
    expect(order.push(packet(2, { payload: new Uint8Array(0) }), 0n)).toEqual([]);
    const jumped = order.push(packet(3, { timestamp: 3_000_000_000 }), 0n);
    expect(jumped.map(({ timestamp }) => timestamp)).toEqual([960]);
    expect(order.flush().map(({ timestamp }) => timestamp)).toEqual([3_000_000_000]);
    for (let n = 0; n < 5000; n++) order.push(packet(0, { timestamp: (n * 7) % 960 }), 0n);
    expect(order.flush().length).toBeLessThanOrEqual(200);
  });
});

describe('places on the clock', () => {
  test('follow without a gap within a spurt, and begin where they arrive after a pause', () => {
    const line = new Timeline();
    expect(line.place(1000, 960, 4800)).toBe(4800);
    expect(line.place(1960, 960, 7000)).toBe(5760);
    expect(line.place(1960, 960, 7000)).toBeUndefined(); // again
    expect(line.place(3880, 960, 7100)).toBe(7680); // one was lost
    expect(line.place(3880 + 48_960, 960, 57_000)).toBe(57_000);
    expect(line.place(17, 960, 60_000)).toBe(60_000); // another clock
  });

  test('never go back, never overlap, and never run away from the clock', () => {
    const step = fc.record({
      timestamp: fc.nat(2 ** 32 - 1),
      near: fc.boolean(),
      samples: fc.constantFrom(480, 960, 5760),
      ms: fc.nat(400),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const line = new Timeline();
        let wall = 0;
        let end = 0;
        let last = 0;
        for (const { timestamp, near, samples, ms } of steps) {
          wall += ms * 48;
          last = near ? (last + samples) >>> 0 : timestamp;
          const at = line.place(last, samples, wall);
          if (at === undefined) continue;
          expect(at).toBeGreaterThanOrEqual(end);
          expect(at).toBeLessThanOrEqual(wall + 48_000);
          end = at + samples;
          expect(line.end).toBe(end);
        }
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  test('of what is heard do not jump with the device, and do with a pause', () => {
    const line = new Timeline();
    const places = [0, 500, 900, 1500, 1900].map((wall) => line.follow(480, wall));
    expect(places).toEqual([0, 480, 960, 1440, 1920]);
    expect(line.follow(480, 48_000)).toBe(48_000);
    for (let n = 0; n < 200; n++) line.follow(480, 48_000);
    expect(line.end).toBeLessThanOrEqual(48_000 * 2 + 960);
  });

  test('make a mix, in order and saturated', () => {
    const bus = new MixBus();
    bus.add(2, Int16Array.of(100, 200), 1);
    bus.add(3, Int16Array.of(32_000), 2);
    expect([...bus.take(5)]).toEqual([0, 0, 100, 32_767, 0]);
    bus.add(4, Int16Array.of(9), 1); // taken already
    bus.add(bus.base + BUS_SAMPLES, Int16Array.of(9), 1); // too far ahead
    expect(bus.take(BUS_SAMPLES).some((sample) => sample !== 0)).toBe(false);
    bus.add(bus.base, Int16Array.of(5), 1);
    expect(bus.take(1)[0]).toBe(5);
  });

  test('make a mix of stereo, side by side, all the way around', () => {
    const bus = new MixBus(2);
    bus.add(1, Int16Array.of(1, -1, 2, -2), 10);
    bus.add(2, Int16Array.of(5, 6), 1);
    expect([...bus.take(4)]).toEqual([0, 0, 10, -10, 25, -14, 0, 0]);
    bus.take(BUS_SAMPLES - 5);
    bus.add(BUS_SAMPLES - 1, Int16Array.of(7, 8, 9, 10), 1);
    expect([...bus.take(3)]).toEqual([7, 8, 9, 10, 0, 0]);
  });
});

test('fillers are Opus of exactly the time that is missing, to 10 ms', () => {
  const tocs = fc.option(
    fc.nat(255).filter((toc) => opusDuration(Uint8Array.of(toc, 1)) > 0),
    { nil: undefined },
  );
  fc.assert(
    fc.property(fc.nat(200_000), tocs, (samples, toc) => {
      const packets = fill(samples, toc);
      for (const { payload, samples: claimed } of packets) expect(opusDuration(payload)).toBe(claimed);
      const total = packets.reduce((sum, one) => sum + one.samples, 0);
      expect(samples - total).toBeGreaterThanOrEqual(0);
      expect(samples - total).toBeLessThan(480);
    }),
    { seed: 8 },
  );
});

describe('Ogg', () => {
  const write = (packets: readonly Uint8Array[], samples = 960): Buffer => {
    const ogg = new OggOpus({ serial: 0xdeadbeef, tags: { TITLE: 'bob', DATE: '2026-11-21T17:53:05.000Z' } });
    const pages = [
      ogg.head(),
      ...packets.map((one) => ogg.packet(one, samples) ?? new Uint8Array(0)),
      ogg.end(Number.POSITIVE_INFINITY),
    ];
    return Buffer.concat(pages);
  };

  test('pages hold every packet, with numbers, checksums, flags and granules that grow', () => {
    const sizes = fc.array(fc.nat(1275), { maxLength: 120 });
    fc.assert(
      fc.property(sizes, (lengths) => {
        const packets = lengths.map((length, n) => new Uint8Array(length).fill(n));
        const read = readOgg(write(packets));
        expect(read.serial).toBe(0xdeadbeef);
        expect(read.packets.slice(2).map((one) => [...one])).toEqual(packets.map((one) => [...one]));
        expect(read.granules.at(-1)).toBe(packets.length * 960);
        expect(read.title).toBe('bob');
        expect(read.preSkip).toBe(PRE_SKIP);
      }),
      { seed: 9, numRuns: 60 },
    );
  });

  test('the checksum is that of the format', () => {
    // The check value of this polynomial without reflection and with zeros at both ends.
    expect(oggCrc(Buffer.from('123456789'))).toBe(0x89a1897f);
  });

  const has = (program: string): boolean =>
    spawnSync(program, ['-version']).status === 0 || spawnSync(program, ['--version']).status === 0;

  function inFile(bytes: Uint8Array): string {
    const directory = mkdtempSync(join(tmpdir(), 'voipterm-ogg-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'track.ogg');
    writeFileSync(path, bytes);
    return path;
  }

  const filled = (): Buffer => {
    const ogg = new OggOpus({ serial: 1, tags: { TITLE: 'bob' } });
    const pages: Uint8Array[] = [ogg.head()];
    for (const { payload, samples } of [
      ...fill(96_000, undefined),
      ...fill(4800, 0x78),
      ...fill(48_000 + PRE_SKIP, undefined),
    ])
      pages.push(ogg.packet(payload, samples) ?? new Uint8Array(0));
    return Buffer.concat([...pages, ogg.end(Number.POSITIVE_INFINITY)]);
  };

  test.skipIf(!has('ffprobe'))('ffprobe finds Opus of the right length (needs ffprobe)', () => {
    const path = inFile(filled());
    const shown = execFileSync('ffprobe', [
      '-v',
      'error',
      '-of',
      'json',
      '-show_format',
      '-show_streams',
      path,
    ]);
    const { format, streams } = JSON.parse(String(shown));
    expect(streams).toMatchObject([{ codec_name: 'opus', channels: 1, tags: { TITLE: 'bob' } }]);
    expect(Number(format.duration)).toBeCloseTo(3.1, 1);
  });

  test.skipIf(!has('ffmpeg'))('ffmpeg decodes it without a word (needs ffmpeg)', () => {
    const run = spawnSync(
      'ffmpeg',
      ['-v', 'warning', '-i', inFile(filled()), '-f', 's16le', '-ac', '1', '-'],
      { maxBuffer: 1e7 },
    );
    expect(String(run.stderr)).toBe('');
    expect(run.stdout.length / 2 / 48_000).toBeCloseTo(3.1, 1);
  });

  test.skipIf(!has('opusinfo'))('opusinfo finds nothing wrong (needs opusinfo)', () => {
    const run = spawnSync('opusinfo', [inFile(filled())], { encoding: 'utf8' });
    expect(run.status).toBe(0);
    expect(run.stdout).not.toMatch(/WARNING|ERROR/i);
  });
});
