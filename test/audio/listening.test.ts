/** Volumes, tones, replay and recording hooked into a Listener, as the voice pipeline has them. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { audioLevel } from '../../src/audio/level.ts';
import { Listener } from '../../src/audio/listener.ts';
import { Listening } from '../../src/audio/listening.ts';
import type { HeardVoice } from '../../src/audio/messages.ts';
import type { ListeningOptions } from '../../src/audio/options.ts';
import { OpusEncoder } from '../../src/audio/opus.ts';
import { loadWav } from '../../src/audio/wav-read.ts';
import { encodeVoiceFrame } from '../../src/net/protocol/rtp.ts';
import { sidesOf } from './sides.ts';

const OPTIONS: ListeningOptions = { attenuateDb: 20, attenuateWhileTalking: false, tones: true };
const TICK_MS = 10;

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'voipterm-listening-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

/** Speakers with a tone each, 20 ms a packet, and the mix that is heard, tick by tick on the machine's clock. */
function bench(options: Partial<ListeningOptions> = {}, channels: 1 | 2 = 1) {
  const emit = vi.fn();
  const listening = new Listening({ ...OPTIONS, ...options }, emit, channels);
  const listener = new Listener({
    ...listening.hooks,
    channels,
    playoutDelayMs: 20,
    onSpeaking: (ssrc, on) => listening.setSpeaking(ssrc, on),
    onHeard: () => undefined,
  });
  const encoders = new Map<number, OpusEncoder>();
  const startNs = process.hrtime.bigint();
  let tick = 0;
  const say = (ssrc: number): void => {
    const encoder =
      encoders.get(ssrc) ?? new OpusEncoder({ bitrate: 32_000, complexity: 0, frameMs: 20, channels: 1 });
    encoders.set(ssrc, encoder);
    const at = tick * 480;
    const samples = Int16Array.from(
      { length: 960 },
      (_, i) => 6000 * Math.sin((2 * Math.PI * 300 * ssrc * (at + i)) / 48_000),
    );
    const payload = encoder.encode(samples);
    const frame = {
      seq: (tick / 2) & 0xffff,
      timestamp: at,
      ssrc,
      marker: false,
      last: false,
      level: 20,
      payload,
    };
    const packet = encodeVoiceFrame(frame);
    const now = startNs + BigInt(tick * TICK_MS) * 1_000_000n;
    listening.packet(packet, now);
    listener.receive(packet, now);
  };
  /** Runs for so long while these speak; returns what is heard. */
  const hear = (ms: number, ...speakers: readonly number[]): Int16Array => {
    const heard: number[] = [];
    for (let n = 0; n < ms / TICK_MS; n++, tick++) {
      if (tick % 2 === 0) for (const ssrc of speakers) say(ssrc);
      const now = startNs + BigInt(tick * TICK_MS) * 1_000_000n;
      heard.push(...listener.pull(now, now));
    }
    return Int16Array.from(heard);
  };
  /** The same; returns the level of the last 100 ms, dBov. */
  const run = (ms: number, ...speakers: readonly number[]): number =>
    -audioLevel(hear(ms, ...speakers).slice(-4800 * channels));
  const close = (): void => {
    listener.close();
    for (const encoder of encoders.values()) encoder.close();
  };
  return { listening, listener, emit, hear, run, close };
}

const voice = (ssrc: number, more: Partial<HeardVoice> = {}): HeardVoice => ({
  ssrc,
  name: `v${ssrc}`,
  gainDb: 0,
  priority: false,
  ...more,
});

test('volumes are heard, and others give way to one with priority', () => {
  const { listening, run, close } = bench();
  const plain = run(500, 1);
  listening.setVoices([voice(1, { gainDb: -12 })]);
  expect(run(300, 1) - plain).toBeCloseTo(-12, 0);
  listening.setVoices([voice(1, { gainDb: null })]);
  expect(run(300, 1)).toBe(-127);
  listening.setVoices([voice(1), voice(2, { gainDb: -40, priority: true })]);
  expect(run(300, 1, 2) - plain).toBeLessThan(-17);
  expect(run(2500, 1) - plain).toBeCloseTo(0, 0);
  close();
});

test('how much others give way, and whether there are tones, changes while sound runs', () => {
  const { listening, run, close } = bench();
  const plain = run(500, 1);
  listening.setVoices([voice(1), voice(2, { gainDb: -60, priority: true })]);
  expect(run(300, 1, 2) - plain).toBeLessThan(-17);
  listening.configure({ attenuateDb: 0 });
  expect(run(500, 1, 2) - plain).toBeCloseTo(0, 0);
  run(2000);
  listening.configure({ tones: false });
  listening.tone('mute');
  expect(run(100)).toBe(-127);
  listening.configure({ tones: true });
  listening.tone('mute');
  expect(run(100)).toBeGreaterThan(-45);
  close();
});

test('tones are heard above nothing, and those about others not by somebody who is deaf', () => {
  const { listening, listener, run, close } = bench();
  expect(run(200)).toBe(-127);
  listening.tone('join');
  expect(run(100)).toBeGreaterThan(-45);
  expect(run(300)).toBe(-127);
  listener.deafened = true;
  listening.deafened = true;
  listening.tone('leave');
  expect(run(100)).toBe(-127);
  listening.tone('mute');
  expect(run(100)).toBeGreaterThan(-45);
  close();
  const quiet = bench({ tones: false });
  quiet.listening.tone('join');
  expect(quiet.run(100)).toBe(-127);
  quiet.close();
});

test('in stereo, gains, tones and replays are on both sides and last as long', () => {
  const { listening, hear, run, close } = bench({}, 2);
  const plain = run(500, 1);
  listening.keep(true);
  listening.setVoices([voice(1), voice(2, { gainDb: -40, priority: true })]);
  expect(run(300, 1, 2) - plain).toBeLessThan(-17);
  expect(run(400, 1) - plain).toBeLessThan(-17); // the priority holds for half a second
  run(1000);
  expect(run(2500, 1) - plain).toBeCloseTo(0, 0);
  run(200);
  listening.tone('mute');
  const tone = hear(200);
  expect(audioLevel(tone.slice(0, 2 * 6720))).toBeLessThan(45);
  expect(audioLevel(tone.slice(2 * 6720))).toBe(127);
  const seconds = listening.replay(30, 1);
  // Two spurts with 0.1 s of concealment behind each, as nobody said that they end, and a shortened pause.
  expect(seconds).toBeCloseTo(0.3 + 0.4 + 0.1 + 0.3 + 2.5 + 0.1, 1);
  const again = hear(seconds * 1000 + 100);
  expect(audioLevel(again.slice(2 * 48_000 * (seconds - 0.1), 2 * 48_000 * seconds))).toBeLessThan(40);
  expect(audioLevel(again.slice(2 * 48_000 * seconds))).toBe(127);
  for (const sound of [tone, again]) {
    const [left, right] = sidesOf(sound);
    expect(left).toEqual(right);
  }
  close();
});

test('the last seconds are heard again if they were kept, without those who are muted', () => {
  const { listening, run, close } = bench();
  expect(() => listening.replay(10, null)).toThrow(/replay on/);
  listening.keep(true);
  listening.setVoices([voice(1), voice(2, { gainDb: null })]);
  const live = run(300, 1, 2);
  expect(run(700)).toBe(-127);
  expect(listening.replay(10, 2)).toBe(0);
  expect(listening.replay(10, 1)).toBeGreaterThan(0.2);
  expect(run(200) - live).toBeGreaterThan(-3);
  listening.replay(0, null);
  expect(run(100)).toBe(-127);
  listening.keep(false);
  expect(() => listening.replay(10, 1)).toThrow();
  close();
});

test('a recording has everybody who is heard, in files named after them, and us', async () => {
  const { listening, run, close } = bench();
  const directory = join(place, 'call');
  listening.setVoices([voice(1, { name: 'bob' }), voice(2, { name: 'eve', gainDb: null })]);
  listening.record(directory, 'wav', 'ann');
  expect(() => listening.record(join(place, 'again'), 'wav', 'ann')).toThrow(/is running/);
  run(600, 1, 2, 3);
  listening.spoken(new Int16Array(960).fill(1000), process.hrtime.bigint());
  run(100);
  const end = await listening.stopRecording();
  expect(end).toMatchObject({ directory, failure: null });
  expect(readdirSync(directory).sort()).toEqual(['ann.wav', 'bob.wav', 'member-3.wav', 'mix.wav']);
  expect(await listening.stopRecording()).toBeUndefined();
  expect(audioLevel(await loadWav(join(directory, 'bob.wav')))).toBeLessThan(40);
  close();
});

test('a recording in stereo has us on both sides where we were', async () => {
  const { listening, close } = bench({}, 2);
  const directory = join(place, 'wide');
  const beforeNs = process.hrtime.bigint();
  listening.record(directory, 'wav', 'ann');
  const afterNs = process.hrtime.bigint();
  // As if some time had passed: places go by when something was captured, not by when it comes.
  const captureNs = afterNs + 200_000_000n;
  const said = Int16Array.from({ length: 2 * 4800 }, (_, i) => (i % 2 === 0 ? 1000 : -500));
  listening.spoken(said, captureNs);
  expect(await listening.stopRecording()).toMatchObject({ files: ['mix.wav', 'ann.wav'], failure: null });
  const [left, right] = sidesOf(await loadWav(join(directory, 'ann.wav'), 2));
  const at = left.indexOf(1000);
  // It began 100 ms before the last of it was captured.
  const msAfter = (ns: bigint): number => Number(captureNs - ns) / 1e6 - 100;
  expect(at / 48).toBeGreaterThan(msAfter(afterNs) - 1);
  expect(at / 48).toBeLessThan(msAfter(beforeNs) + 1);
  expect(left.lastIndexOf(1000) - at).toBe(4799);
  expect([right.indexOf(-500), right.lastIndexOf(-500)]).toEqual([at, at + 4799]);
  close();
});

test('a recording that fails ends by itself, once, and the sound goes on', async () => {
  const { listening, emit, run, close } = bench();
  const directory = join(place, 'call');
  listening.record(directory, 'ogg', 'ann');
  rmSync(directory, { recursive: true });
  await vi.waitFor(() => {
    expect(run(100, 1)).toBeGreaterThan(-40);
    expect(emit).toHaveBeenCalledWith({
      event: 'recording-ended',
      end: expect.objectContaining({ failure: expect.stringMatching(/cannot record/) }),
    });
  });
  run(200, 1);
  expect(emit.mock.calls.filter(([{ event }]) => event === 'recording-ended')).toHaveLength(1);
  close();
});
