/** The sending side: the gate, the numbers on the packets, and where spurts begin and end. */
import { afterEach, expect, test } from 'vitest';
import type { OpusFrameMs } from '../../src/audio/frame.ts';
import { Talker } from '../../src/audio/talker.ts';
import { decodeVoiceFrame, type VoiceFrame } from '../../src/net/protocol/rtp.ts';

const open: Talker[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function talker(firstSeq = 65_534, firstTimestamp = 2 ** 32 - 960, frameMs: OpusFrameMs = 20) {
  const talking: boolean[] = [];
  const one = new Talker({
    bitrate: 32_000,
    complexity: 0,
    frameMs,
    channels: 1,
    firstSeq,
    firstTimestamp,
    onTalking: (on) => talking.push(on),
  });
  open.push(one);
  return { one, talking };
}

const loud = new Int16Array(960).fill(16_384);

/** The frame captured n * 20 ms after the start, give or take what a device's clock jitters. */
function speak(one: Talker, n: number, final = false, offByMs = 0): VoiceFrame | undefined {
  const captureNs = 1_000_000_000n + BigInt(n) * 20_000_000n + BigInt(Math.round(offByMs * 1e6));
  const [outgoing, ...more] = one.frame(loud, captureNs, final);
  expect(more).toEqual([]);
  if (!outgoing) return undefined;
  const frame = decodeVoiceFrame(outgoing.packet);
  expect(frame).toMatchObject({ seq: outgoing.seq, timestamp: outgoing.timestamp });
  return frame;
}

test('nothing is sent before someone wants to talk and there is a session', () => {
  const { one, talking } = talker();
  expect(speak(one, 0)).toBeUndefined();
  one.setTalking(true);
  expect(one.active).toBe(false);
  expect(speak(one, 1)).toBeUndefined();
  one.setSession(5);
  expect(one.active).toBe(true);
  expect(speak(one, 2)).toMatchObject({ ssrc: 5, marker: true, last: false, level: 6 });
  expect(talking).toEqual([true]);
  expect(one.sent).toBe(1);
});

test('a spurt is marked at both ends; seq and timestamp advance by one frame and wrap around', () => {
  const { one, talking } = talker();
  one.setSession(5);
  one.setTalking(true);
  const frames = [0, 1, 2].map((n) => speak(one, n, false, n % 2 ? 7 : -7));
  one.setTalking(false);
  frames.push(speak(one, 3));
  expect(frames.map((frame) => frame?.marker)).toEqual([true, false, false, false]);
  expect(frames.map((frame) => frame?.last)).toEqual([false, false, false, true]);
  expect(frames.map((frame) => frame?.seq)).toEqual([65_534, 65_535, 0, 1]);
  expect(frames.map((frame) => frame?.timestamp)).toEqual([2 ** 32 - 960, 0, 960, 1920]);
  expect(speak(one, 4)).toBeUndefined();
  expect(talking).toEqual([true, false]);
});

test('the last frame fades, since talking stopped within it', () => {
  const { one } = talker();
  one.setSession(5);
  one.setTalking(true);
  const whole = speak(one, 0);
  one.setTalking(false);
  expect(speak(one, 1)!.level).toBeGreaterThan(whole!.level);
});

test('the timestamp goes on through silence, and a seq follows the last', () => {
  const { one } = talker(0, 0);
  one.setSession(5);
  one.setTalking(true);
  speak(one, 0);
  one.setTalking(false);
  speak(one, 1);
  for (let n = 2; n < 50; n++) speak(one, n);
  one.setTalking(true);
  expect(speak(one, 50, false, 3)).toMatchObject({ seq: 2, timestamp: 50 * 960, marker: true });
  expect(speak(one, 51)).toMatchObject({ seq: 3, timestamp: 51 * 960, marker: false });
});

test('the end of an input ends the spurt and the talking', () => {
  const { one, talking } = talker();
  one.setSession(5);
  one.setTalking(true);
  speak(one, 0);
  expect(speak(one, 1, true)).toMatchObject({ last: true });
  expect(one.active).toBe(false);
  expect(one.wanted).toBe(false);
  expect(talking).toEqual([true, false]);
});

test('without a session a spurt is over; with the next one a new spurt begins', () => {
  const { one, talking } = talker();
  one.setSession(5);
  one.setTalking(true);
  speak(one, 0);
  one.setSession(null);
  expect(speak(one, 1)).toBeUndefined();
  one.setSession(6);
  expect(speak(one, 2)).toMatchObject({ ssrc: 6, marker: true });
  expect(talking).toEqual([true, false, true]);
});

test('a microphone that was away begins a new spurt at its place in time', () => {
  const { one } = talker(0, 0);
  one.setSession(5);
  one.setTalking(true);
  speak(one, 0);
  expect(speak(one, 30)).toMatchObject({ seq: 1, timestamp: 30 * 960, marker: true });
  one.abort();
  expect(one.level).toBe(127);
});

const tick = loud.subarray(0, 480);

/** Ten ms of sound whose last sample was spoken at `ms`. */
function chunk(one: Talker, ms: number, final = false): VoiceFrame[] {
  const outgoing = one.frame(tick, BigInt(ms + 1000) * 1_000_000n, final);
  return outgoing.map(({ packet }) => decodeVoiceFrame(packet)!);
}

test('chunks of 10 ms become frames of the length that is set', () => {
  const { one } = talker(0, 0, 20);
  one.setSession(5);
  one.setTalking(true);
  expect([10, 20, 30, 40].map((ms) => chunk(one, ms).length)).toEqual([0, 1, 0, 1]);
  const short = talker(0, 0, 10).one;
  short.setSession(5);
  short.setTalking(true);
  const frames = short.frame(loud, 20_000_000n, false);
  expect(frames.map(({ timestamp, captureNs }) => [timestamp, captureNs])).toEqual([
    [0, 10_000_000n],
    [480, 20_000_000n],
  ]);
});

test('a spurt that ends within a frame sends what there is of it, at once', () => {
  const { one, talking } = talker(0, 0, 20);
  one.setSession(5);
  one.setTalking(true);
  for (const ms of [10, 20]) chunk(one, ms);
  one.setTalking(false);
  expect(chunk(one, 30)).toMatchObject([{ seq: 1, timestamp: 960, last: true }]);
  expect(chunk(one, 40)).toEqual([]);
  expect(talking).toEqual([true, false]);
});

test('a spurt begins at its place on the capture clock to the tick, whatever the frame', () => {
  const { one } = talker(0, 0, 20);
  one.setSession(5);
  one.setTalking(true);
  for (const ms of [10, 20]) chunk(one, ms);
  one.setTalking(false);
  for (let ms = 30; ms <= 210; ms += 10) chunk(one, ms);
  one.setTalking(true);
  chunk(one, 220);
  expect(chunk(one, 230)).toMatchObject([{ timestamp: 210 * 48, marker: true }]);
});
