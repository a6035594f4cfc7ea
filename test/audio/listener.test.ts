/** The receiving side: several speakers, their number, and what is counted. */
import { afterEach, expect, test } from 'vitest';
import { type Heard, Listener, MAX_SPEAKERS, SPEAKER_IDLE_MS } from '../../src/audio/listener.ts';
import { OpusEncoder } from '../../src/audio/opus.ts';
import { encodeVoiceFrame } from '../../src/net/protocol/rtp.ts';

const MS = 1_000_000n;
const encoder = new OpusEncoder({ bitrate: 32_000, complexity: 0, frameMs: 20, channels: 1 });
const tone = Int16Array.from({ length: 960 }, (_, i) => Math.round(9000 * Math.sin((2 * Math.PI * i) / 96)));
const payloads = Array.from({ length: 10 }, () => encoder.encode(tone));

function packet(ssrc: number, n: number, last = false): Uint8Array {
  const payload = payloads[n % payloads.length]!;
  return encodeVoiceFrame({ seq: n, timestamp: n * 960, ssrc, marker: n === 0, last, level: 10, payload });
}

const open: Listener[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function listener() {
  const speaking: [number, boolean][] = [];
  const heard: Heard[] = [];
  const one = new Listener({
    playoutDelayMs: 40,
    onSpeaking: (ssrc, on) => speaking.push([ssrc, on]),
    onHeard: (frame) => heard.push(frame),
  });
  open.push(one);
  return { one, speaking, heard };
}

const pull = (one: Listener, ms: number): Int16Array => one.pull(BigInt(ms) * MS, BigInt(ms + 10) * MS);
const loudness = (samples: Int16Array): number => Math.sqrt(samples.reduce((sum, s) => sum + s * s, 0) / 480);

test('two speakers are mixed; each one comes and goes', () => {
  const { one, speaking, heard } = listener();
  const loud: number[] = [];
  for (let ms = 0; ms <= 160; ms += 10) {
    const n = ms / 20;
    if (Number.isInteger(n) && n < 5) one.receive(packet(1, n, n === 4), BigInt(ms) * MS);
    if (Number.isInteger(n) && n < 3) one.receive(packet(2, n, n === 2), BigInt(ms) * MS);
    loud.push(loudness(pull(one, ms)));
  }
  expect(loud.slice(0, 4)).toEqual([0, 0, 0, 0]);
  expect(loud[7]!).toBeGreaterThan(loud[12]! * 1.7); // both at once, then one
  expect(loud[14]).toBe(0);
  expect(speaking).toEqual([
    [1, true],
    [2, true],
    [2, false],
    [1, false],
  ]);
  expect(heard).toHaveLength(8);
  expect(heard[0]).toEqual({
    ssrc: 1,
    seq: 0,
    timestamp: 0,
    receiveNs: 0n,
    playoutNs: 50n * MS,
    source: 'packet',
  });
  expect(one.report()).toMatchObject({
    frames: { received: 8, recovered: 0, concealed: 0, late: 0, dropped: 0 },
    playoutDelayMs: { p50: 50, p95: 50 },
    jitterMs: 0,
  });
  expect(one.speakers().map(({ ssrc, received, speaking: on }) => [ssrc, received, on])).toEqual([
    [1, 5, false],
    [2, 3, false],
  ]);
});

test('who hooks in gets what each speaker says, sets gains, adds to the mix and gets the result', () => {
  const said: [number, number][] = [];
  const mixes: number[] = [];
  const one = new Listener({
    playoutDelayMs: 0,
    onSpeaking: () => undefined,
    onHeard: () => undefined,
    onSpeakerFrame: ({ ssrc, samples, timestamp }) => said.push([ssrc, timestamp + samples.length]),
    gainOf: (ssrc) => (ssrc === 1 ? 1 : 0),
    mixIn: (sum) => sum.fill(100),
    onMixed: (samples) => mixes.push(samples[0]!),
  });
  open.push(one);
  for (const ssrc of [1, 2]) one.receive(packet(ssrc, 0, true), 0n);
  for (let ms = 10; ms <= 60; ms += 10) pull(one, ms);
  expect(said).toEqual([
    [1, 480],
    [2, 480],
    [1, 960],
    [2, 960],
  ]);
  expect(mixes).toEqual(Array(6).fill(100));
});

test('deafened, nothing is heard and everything is counted', () => {
  const { one } = listener();
  one.deafened = true;
  one.receive(packet(1, 0, true), 0n);
  expect(loudness(pull(one, 40))).toBe(0);
  expect(one.report().frames.received).toBe(1);
  expect(one.report().playoutDelayMs).not.toBeNull();
});

test('there is a bound on speakers, and who is silent makes room', () => {
  const { one } = listener();
  for (let ssrc = 1; ssrc <= MAX_SPEAKERS; ssrc++) one.receive(packet(ssrc, 0, true), 0n);
  one.receive(packet(1000, 0, true), 0n);
  expect(one.report().frames).toMatchObject({ received: MAX_SPEAKERS, dropped: 1 });
  pull(one, 40);
  pull(one, 50); // all spurts are over
  one.receive(packet(1000, 1, true), 50n * MS);
  expect(one.report().frames).toMatchObject({ received: MAX_SPEAKERS + 1, dropped: 1 });
});

test('a decoder of someone who left is freed, and the counters stay', () => {
  const { one, speaking } = listener();
  one.receive(packet(1, 0), 0n);
  for (let ms = 40; ms <= 160; ms += 10) pull(one, ms);
  expect(one.report().frames).toMatchObject({ received: 1, concealed: 5 });
  pull(one, SPEAKER_IDLE_MS + 200);
  expect(one.report().frames).toMatchObject({ received: 1, concealed: 5 });
  expect(speaking).toEqual([
    [1, true],
    [1, false],
  ]);
  // The timestamps of the one who is back mean nothing to a new jitter buffer.
  one.receive(packet(1, 0, true), BigInt(SPEAKER_IDLE_MS + 300) * MS);
  pull(one, SPEAKER_IDLE_MS + 340);
  expect(loudness(pull(one, SPEAKER_IDLE_MS + 350))).toBeGreaterThan(0);
});

test('nothing heard is no delay, not a delay of 0', () => {
  const { one } = listener();
  expect(one.report()).toEqual({
    frames: { received: 0, recovered: 0, concealed: 0, late: 0, dropped: 0 },
    jitterMs: null,
    playoutDelayMs: null,
    speakers: [],
  });
});

test('other bounds of the delay hold for a voice that is heard already, from its next spurt on', () => {
  const { one } = listener();
  const delayOf = (): number => one.speakers()[0]!.playoutDelayMs;
  const speak = (from: number, frames: number): void => {
    for (let ms = from * 20; ms < (from + frames) * 20; ms += 10) {
      if (ms % 20 === 0) one.receive(packet(1, ms / 20, ms / 20 === from + frames - 1), BigInt(ms) * MS);
      pull(one, ms);
    }
    for (let ms = (from + frames) * 20; ms < (from + frames + 50) * 20; ms += 10) pull(one, ms);
  };
  speak(0, 100);
  expect(delayOf()).toBeLessThan(90);
  one.setDelays({ playoutDelayMs: 200 });
  expect(one.maxDelayMs).toBe(250);
  speak(150, 50);
  expect(delayOf()).toBeGreaterThan(150);
  one.setDelays({ playoutDelayMs: 300 });
  expect(one.maxDelayMs).toBe(300);
  one.setDelays({ playoutDelayMs: 10, maxPlayoutDelayMs: 100 });
  expect(one.maxDelayMs).toBe(100);
  speak(250, 50);
  expect(delayOf()).toBeLessThan(110);
});
