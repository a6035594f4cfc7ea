/** The sending side: the gate, the numbers on the packets, and where spurts begin and end. */
import { afterEach, expect, test } from 'vitest';
import type { SpokenFrame } from '../../src/audio/packet-stream.ts';
import { Talker, type TalkerOptions } from '../../src/audio/talker.ts';
import { loadWav } from '../../src/audio/wav-read.ts';

const open: Talker[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function talker(firstTimestamp = 2 ** 32 - 960, options: Partial<TalkerOptions> = {}) {
  const talking: boolean[] = [];
  const one = new Talker({
    bitrate: 32_000,
    complexity: 0,
    frameMs: 20,
    channels: 1,
    firstTimestamp,
    onTalking: (on) => talking.push(on),
    ...options,
  });
  open.push(one);
  return { one, talking };
}

const loud = new Int16Array(960).fill(16_384);

/** The frame captured n * 20 ms after the start, give or take what a device's clock jitters. */
function speak(one: Talker, n: number, final = false, offByMs = 0): SpokenFrame | undefined {
  const captureNs = 1_000_000_000n + BigInt(n) * 20_000_000n + BigInt(Math.round(offByMs * 1e6));
  const [frame, ...more] = one.frame(loud, captureNs, final);
  expect(more).toEqual([]);
  return frame;
}

test('nothing is sent before someone wants to talk and there is a session', () => {
  const { one, talking } = talker();
  expect(speak(one, 0)).toBeUndefined();
  one.setTalking(true);
  expect(one.active).toBe(false);
  expect(speak(one, 1)).toBeUndefined();
  one.setSession(true);
  expect(one.active).toBe(true);
  expect(speak(one, 2)).toMatchObject({ marker: true, last: false, level: 6 });
  expect(talking).toEqual([true]);
  expect(one.sent).toBe(1);
});

test('a spurt is marked at both ends; the timestamp advances by one frame and wraps around', () => {
  const { one, talking } = talker();
  one.setSession(true);
  one.setTalking(true);
  const frames = [0, 1, 2].map((n) => speak(one, n, false, n % 2 ? 7 : -7));
  one.setTalking(false);
  frames.push(speak(one, 3));
  expect(frames.map((frame) => frame?.marker)).toEqual([true, false, false, false]);
  expect(frames.map((frame) => frame?.last)).toEqual([false, false, false, true]);
  expect(frames.map((frame) => frame?.timestamp)).toEqual([2 ** 32 - 960, 0, 960, 1920]);
  expect(speak(one, 4)).toBeUndefined();
  expect(talking).toEqual([true, false]);
});

test('the last frame fades, since talking stopped within it', () => {
  const { one } = talker();
  one.setSession(true);
  one.setTalking(true);
  const whole = speak(one, 0);
  one.setTalking(false);
  expect(speak(one, 1)!.level).toBeGreaterThan(whole!.level);
});

test('the timestamp goes on through silence', () => {
  const { one } = talker(0);
  one.setSession(true);
  one.setTalking(true);
  speak(one, 0);
  one.setTalking(false);
  speak(one, 1);
  for (let n = 2; n < 50; n++) speak(one, n);
  one.setTalking(true);
  expect(speak(one, 50, false, 3)).toMatchObject({ timestamp: 50 * 960, marker: true });
  expect(speak(one, 51)).toMatchObject({ timestamp: 51 * 960, marker: false });
});

test('the end of an input ends the spurt and the talking', () => {
  const { one, talking } = talker();
  one.setSession(true);
  one.setTalking(true);
  speak(one, 0);
  expect(speak(one, 1, true)).toMatchObject({ last: true });
  expect(one.active).toBe(false);
  expect(one.wanted).toBe(false);
  expect(talking).toEqual([true, false]);
});

test('without a session a spurt is over; with the next one a new spurt begins', () => {
  const { one, talking } = talker();
  one.setSession(true);
  one.setTalking(true);
  speak(one, 0);
  one.setSession(false);
  expect(speak(one, 1)).toBeUndefined();
  one.setSession(true);
  expect(speak(one, 2)).toMatchObject({ marker: true });
  expect(talking).toEqual([true, false, true]);
});

test('a microphone that was away begins a new spurt at its place in time', () => {
  const { one } = talker(0);
  one.setSession(true);
  one.setTalking(true);
  speak(one, 0);
  expect(speak(one, 30)).toMatchObject({ timestamp: 30 * 960, marker: true });
  one.abort();
  expect(one.level).toBe(127);
});

const tick: Int16Array = loud.subarray(0, 480);

/** Ten ms of sound whose last sample was spoken at `ms`. */
function chunk(one: Talker, ms: number, samples = tick): SpokenFrame[] {
  return one.frame(samples, BigInt(ms + 1000) * 1_000_000n, false);
}

test('chunks of 10 ms become frames of the length that is set', () => {
  const { one } = talker(0);
  one.setSession(true);
  one.setTalking(true);
  expect([10, 20, 30, 40].map((ms) => chunk(one, ms).length)).toEqual([0, 1, 0, 1]);
  const short = talker(0, { frameMs: 10 }).one;
  short.setSession(true);
  short.setTalking(true);
  const frames = short.frame(loud, 20_000_000n, false);
  expect(frames.map(({ timestamp, captureNs }) => [timestamp, captureNs])).toEqual([
    [0, 10_000_000n],
    [480, 20_000_000n],
  ]);
});

test('a spurt that ends within a frame sends what there is of it, at once', () => {
  const { one, talking } = talker(0);
  one.setSession(true);
  one.setTalking(true);
  for (const ms of [10, 20]) chunk(one, ms);
  one.setTalking(false);
  expect(chunk(one, 30)).toMatchObject([{ timestamp: 960, last: true }]);
  expect(chunk(one, 40)).toEqual([]);
  expect(talking).toEqual([true, false]);
});

test('a spurt begins at its place on the capture clock to the tick, whatever the frame', () => {
  const { one } = talker(0);
  one.setSession(true);
  one.setTalking(true);
  for (const ms of [10, 20]) chunk(one, ms);
  one.setTalking(false);
  for (let ms = 30; ms <= 210; ms += 10) chunk(one, ms);
  one.setTalking(true);
  chunk(one, 220);
  expect(chunk(one, 230)).toMatchObject([{ timestamp: 210 * 48, marker: true }]);
});

test('settings hold from the next frame that has not begun', () => {
  const { one } = talker(0);
  one.setSession(true);
  one.setTalking(true);
  chunk(one, 10);
  one.configure({ bitrate: 16_000, complexity: 0, frameMs: 10, vbr: false });
  expect([20, 30, 40].map((ms) => chunk(one, ms).map(({ duration }) => duration))).toEqual([
    [960],
    [480],
    [480],
  ]);
  expect(chunk(one, 50)[0]).toMatchObject({ timestamp: 4 * 480, payload: { length: 20 } });
});

test('with DTX a silence within the talk is a gap, marked at both ends', async () => {
  const speech = await loadWav(new URL('../../assets/speech.wav', import.meta.url).pathname);
  const { one, talking } = talker(0, { dtx: true, complexity: 9 });
  one.setSession(true);
  one.setTalking(true);
  const frames: SpokenFrame[] = [];
  const silence = new Int16Array(480);
  for (let n = 0; n < 400; n++) {
    const spoken = n < 100 || n >= 300;
    const at = n < 100 ? n : n - 200;
    frames.push(...chunk(one, 10 * n, spoken ? speech.subarray(at * 480, at * 480 + 480) : silence));
  }
  const last = frames.findIndex((frame) => frame.last);
  expect(frames.filter((frame) => frame.last)).toHaveLength(1);
  expect(frames.map((frame, i) => (frame.marker ? i : -1)).filter((i) => i >= 0)).toEqual([0, last + 1]);
  const gap = frames[last + 1]!.timestamp - frames[last]!.timestamp;
  expect(gap / 48).toBeGreaterThan(1000);
  // Time went on: it is where it would be without the gap.
  expect(frames.at(-1)!.timestamp).toBe(199 * 960);
  expect(talking).toEqual([true]);
});
