/** The sending side: the gate, the numbers on the packets, and where spurts begin and end. */
import { afterEach, expect, test } from 'vitest';
import { type Outgoing, Talker } from '../../src/audio/talker.ts';
import { decodeVoiceFrame, type VoiceFrame } from '../../src/net/protocol/rtp.ts';

const open: Talker[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function talker(firstSeq = 65_534, firstTimestamp = 2 ** 32 - 960) {
  const talking: boolean[] = [];
  const one = new Talker({
    bitrate: 32_000,
    complexity: 0,
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
  const outgoing: Outgoing | undefined = one.frame(loud, captureNs, final);
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
