/** A whole recording: its files, what is in them and where, and what becomes of it when the disk fails. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RecordingFormat } from '../../src/audio/options.ts';
import { OpusDecoder, OpusEncoder } from '../../src/audio/opus.ts';
import { Recorder } from '../../src/audio/recorder.ts';
import { loadWav } from '../../src/audio/wav-read.ts';
import type { VoiceFrame } from '../../src/net/protocol/rtp.ts';
import { bestCorrelation } from './correlation.ts';
import { readOgg } from './ogg-read.ts';
import { amplitudeOf, interleaved, sidesOf } from './sides.ts';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'voipterm-record-'));
});
afterEach(() => rm(place, { recursive: true, force: true }));

const ms = (value: number): bigint => BigInt(Math.round(value * 1e6));
const START = 1_000_000_000_000n;

/** Noise that is like no other. */
function noise(seed: number, samples: number): Int16Array {
  let state = seed;
  return Int16Array.from({ length: samples }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 16) - 16_384;
  }).map((sample) => sample >> 2);
}

function recorder(
  format: RecordingFormat,
  directory = join(place, 'new', 'call'),
  onFailed = vi.fn(),
  channels: 1 | 2 = 1,
) {
  const date = '2026-11-21T17:53:05Z';
  const made = new Recorder({ directory, format, channels, startNs: START, date, onFailed });
  return { made, directory, onFailed };
}

/** Bob speaks from 500 ms on, we from 1,000 ms on, for half a second each, in 10 ms ticks; it ends at 3 s. */
async function call(format: RecordingFormat) {
  const { made, directory, onFailed } = recorder(format);
  const bob = noise(1, 24_000);
  const own = noise(2, 24_000);
  for (let t = 0; t < 3000; t += 10) {
    const now = START + ms(t);
    const at = (begin: number): number | undefined =>
      t >= begin && t < begin + 500 ? (t - begin) * 48 : undefined;
    const [b, o] = [at(500), at(1000)];
    // The device's idea of time is a little off.
    if (b !== undefined) made.heard(7, 'Bob', bob.subarray(b, b + 480), 1, now + ms((t - 500) % 7));
    if (o !== undefined) made.own('ann', own.subarray(o, o + 480), now);
    made.tick(now);
  }
  const end = await made.stop(START + ms(3000));
  expect(onFailed).not.toHaveBeenCalled();
  return { end, directory, bob, own };
}

test('WAV tracks and the mix stand on one clock, equally long, private, and named after their voices', async () => {
  const { end, directory, bob, own } = await call('wav');
  expect(end).toEqual({ directory, files: ['mix.wav', 'Bob.wav', 'ann.wav'], failure: null });
  expect(readdirSync(directory).sort()).toEqual(['Bob.wav', 'ann.wav', 'mix.wav']);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const [mix, his, mine] = await Promise.all(end.files.map((file) => loadWav(join(directory, file))));
  for (const file of end.files) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
  expect([mix!.length, his!.length, mine!.length]).toEqual([144_000, 144_000, 144_000]);
  expect(his!.subarray(24_000, 48_000)).toEqual(bob);
  expect(mine!.subarray(48_000, 72_000)).toEqual(own);
  expect(his!.subarray(0, 24_000).every((sample) => sample === 0)).toBe(true);
  expect(mix).toEqual(mix!.map((_, i) => his![i]! + mine![i]!));
});

test.each(['wav', 'ogg'] as const)('stereo is recorded in stereo (%s)', async (format) => {
  const { made, directory, onFailed } = recorder(format, undefined, undefined, 2);
  const tones = [440, 660].map((hz) =>
    Int16Array.from({ length: 48_000 }, (_, i) => 6000 * Math.sin((2 * Math.PI * hz * i) / 48_000)),
  );
  const wide = interleaved(tones[0]!, tones[1]!);
  for (let t = 0; t < 2000; t += 10) {
    const now = START + ms(t);
    if (t >= 500 && t < 1500) {
      const at = (t - 500) * 96;
      made.own('ann', wide.subarray(at, at + 960), now);
    }
    made.tick(now);
  }
  const { files } = await made.stop(START + ms(2000));
  expect(onFailed).not.toHaveBeenCalled();
  if (format === 'ogg') {
    const { packets, granules, preSkip } = readOgg(readFileSync(join(directory, 'mix.ogg')), 2);
    expect(granules.at(-1)! - preSkip).toBe(96_000);
    const decoder = new OpusDecoder(2);
    const heard = packets.slice(2).map((packet) => decoder.decode(packet));
    const sides = sidesOf(Int16Array.from(heard.slice(40, 60).flatMap((one) => [...one])));
    for (const [i, [own, other]] of [
      [440, 660],
      [660, 440],
    ].entries())
      expect(amplitudeOf(own!, sides[i]!)).toBeGreaterThan(10 * amplitudeOf(other!, sides[i]!));
    decoder.close();
    return;
  }
  expect(files).toEqual(['mix.wav', 'ann.wav']);
  for (const file of files) {
    const samples = await loadWav(join(directory, file), 2);
    expect(samples).toHaveLength(2 * 96_000);
    expect(samples.subarray(2 * 24_000, 2 * 72_000)).toEqual(wide);
  }
});

test('Ogg tracks hold the very packets that came, in place, and a mix', async () => {
  const { made, directory, onFailed } = recorder('ogg');
  const encoder = new OpusEncoder({ bitrate: 32_000, complexity: 5, frameMs: 20, channels: 1 });
  const said = noise(3, 48_000);
  const packets: Uint8Array[] = [];
  for (let n = 0; n < 50; n++) {
    const samples = said.subarray(n * 960, (n + 1) * 960);
    const payload = encoder.encode(samples);
    packets.push(payload);
    const frame: VoiceFrame = {
      seq: n,
      timestamp: 77 + n * 960,
      ssrc: 7,
      marker: n === 0,
      last: false,
      level: 20,
      payload,
    };
    const now = START + ms(1000 + n * 20);
    made.heard(7, 'bob', samples, 1, now);
    // One in ten is lost, and one in ten of the others comes as a copy in the next packet.
    const redundant = n % 10 === 4 ? [{ offset: 960, payload: packets[n - 1]! }] : [];
    if (n % 10 !== 3 && n % 10 !== 7)
      made.packet(7, 'bob', { ...frame, cover: false, redundant }, now + ms(20));
    made.tick(now);
  }
  encoder.close();
  const end = await made.stop(START + ms(3000));
  expect(end).toEqual({ directory, files: ['mix.ogg', 'bob.ogg'], failure: null });
  expect(onFailed).not.toHaveBeenCalled();
  const track = readOgg(readFileSync(join(directory, 'bob.ogg')));
  expect(track.title).toBe('bob');
  const kept = packets.filter((_, n) => n % 10 !== 7);
  const written = track.packets.slice(2).map((one) => Buffer.from(one).toString('hex'));
  expect(written.filter((one) => kept.some((packet) => Buffer.from(packet).toString('hex') === one))).toEqual(
    kept.map((packet) => Buffer.from(packet).toString('hex')),
  );
  for (const file of end.files) {
    const { granules, preSkip } = readOgg(readFileSync(join(directory, file)));
    expect(granules.at(-1)! - preSkip).toBe(144_000);
  }
  // The mix has all of it, at its place; Opus is made for voices, so noise comes out changed.
  const { peak, lagSamples } = bestCorrelation(said, decode(join(directory, 'mix.ogg')));
  expect(peak).toBeGreaterThan(0.5);
  expect(Math.abs(lagSamples - 48_000)).toBeLessThan(100);
});

/** What a player of the file plays. */
function decode(path: string): Int16Array {
  const { packets, preSkip } = readOgg(readFileSync(path));
  const decoder = new OpusDecoder();
  const samples = packets.slice(2).flatMap((packet) => [...decoder.decode(packet)]);
  decoder.close();
  return Int16Array.from(samples.slice(preSkip));
}

test('a voice that pauses is written down while it does, so that a crash takes little', async () => {
  const { made, directory } = recorder('ogg');
  const encoder = new OpusEncoder({ bitrate: 32_000, complexity: 0, frameMs: 20, channels: 1 });
  const payloads = Array.from({ length: 10 }, (_, n) => encoder.encode(noise(n, 960)));
  encoder.close();
  for (const [n, payload] of payloads.entries()) {
    const frame = { seq: n, timestamp: n * 960, ssrc: 7, marker: n === 0, last: n === 9, level: 20, payload };
    made.packet(7, 'bob', { ...frame, cover: false, redundant: [] }, START + ms(n * 20));
  }
  for (let t = 0; t < 120_000; t += 1000) made.tick(START + ms(t));
  // Long before it is stopped all is on the disk but the last page.
  await vi.waitFor(() => expect(statSync(join(directory, 'bob.ogg')).size).toBeGreaterThan(12_000));
  const text = readFileSync(join(directory, 'bob.ogg'));
  for (const payload of payloads) expect(text.includes(payload)).toBe(true);
  await made.stop(START + ms(120_000));
  const { granules, preSkip } = readOgg(readFileSync(join(directory, 'bob.ogg')));
  expect(granules.at(-1)! - preSkip).toBe(120 * 48_000);
  expect(statSync(join(directory, 'bob.ogg')).size).toBeLessThan(30_000);
});

test('nothing is overwritten, neither a directory nor a voice of the same name', async () => {
  const { made, directory } = recorder('wav');
  expect(() => recorder('wav')).toThrow(/there already/);
  for (const ssrc of [1, 2, 3]) made.heard(ssrc, ssrc === 3 ? 'BOB' : 'bob', noise(ssrc, 480), 1, START);
  made.heard(4, '../../etc/x\n', noise(4, 480), 1, START);
  made.heard(5, 'mix', noise(4, 480), 1, START);
  const { files } = await made.stop(START + ms(100));
  expect(files).toEqual(['mix.wav', 'bob.wav', 'bob-2.wav', 'BOB-3.wav', '.._.._etc_x_.wav', 'mix-2.wav']);
  expect(readdirSync(directory).sort()).toEqual([...files].sort());
  expect(existsSync(join(place, 'etc'))).toBe(false);
});

test('a disk that fails is told once, and stopping does not fail for it', async () => {
  const { made, directory, onFailed } = recorder('wav');
  rmSync(directory, { recursive: true });
  for (let n = 0; n < 200; n++) {
    made.heard(1, 'bob', noise(1, 480), 1, START + ms(n * 10));
    made.tick(START + ms(n * 10));
  }
  await vi.waitFor(() => expect(onFailed).toHaveBeenCalled());
  const { failure } = await made.stop(START + ms(2000));
  expect(failure).toMatch(/cannot record to .*ENOENT/);
  expect(onFailed).toHaveBeenCalledTimes(1);
});
