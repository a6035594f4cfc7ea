import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SUITES } from '../../src/net/protocol/constants.ts';
import { decodeReports } from '../../src/net/protocol/rtcp.ts';
import { decodeVoicePacket, encodeVoicePacket, withSsrc } from '../../src/net/protocol/rtp.ts';
import { ECHO_DELAY_MS, ECHO_SSRC } from '../../src/station/echo.ts';
import type { Station } from '../../src/station/station.ts';
import {
  connectRaw,
  eventually,
  joinAs,
  makeKey,
  openDatagrams,
  type RawClient,
  type RawDatagrams,
  reportOn,
  startStation,
  type TestStation,
  voiceFrame,
} from './raw-client.ts';

let test: TestStation;
let station: Station;
const open: Array<{ close(): void }> = [];

beforeEach(async () => {
  test = await startStation();
  station = test.station;
});
afterEach(async () => {
  for (const thing of open.splice(0)) thing.close();
  await test.close();
});

/** A member whose voice is in a room. */
async function speaker(
  name: string,
  room: string,
  suite: (typeof SUITES)[number] = SUITES[0],
): Promise<{ client: RawClient & { id: number }; voice: RawDatagrams; id: number }> {
  const client = await joinAs(station, name, room);
  await client.control.call('voice.room', { room });
  const voice = await openDatagrams(station, client, suite);
  open.push(client, voice);
  return { client, voice, id: client.id };
}

const seqs = (voice: RawDatagrams): Array<number | undefined> =>
  voice.heard.map((packet) => decodeVoicePacket(packet)?.seq);

describe('voice through a real station', () => {
  it.each(SUITES)('reaches the others of the room as it was, sealed with %s', async (suite) => {
    const ann = await speaker('ann', 'lobby', suite);
    const bob = await speaker('bob', 'lobby');
    const cat = await speaker('cat', 'lobby', suite);
    const elsewhere = await speaker('dan', 'other');
    const frames = Array.from({ length: 50 }, (_, seq) => voiceFrame(ann.id, seq, randomBytes(80)));
    for (const frame of frames) ann.voice.say(frame);
    await eventually(() => expect([bob.voice.heard.length, cat.voice.heard.length]).toEqual([50, 50]));
    expect(bob.voice.heard.map((frame) => Buffer.from(frame).toString('hex'))).toEqual(
      frames.map((frame) => Buffer.from(frame).toString('hex')),
    );
    expect(ann.voice.heard).toEqual([]);
    expect(elsewhere.voice.heard).toEqual([]);
    expect(station.counters()).toMatchObject({ voiceIn: 50, voiceOut: 100 });
  });

  it('cannot be made in the name of another', async () => {
    const ann = await speaker('ann', 'lobby');
    const bob = await speaker('bob', 'lobby');
    ann.voice.say(voiceFrame(bob.id, 1));
    ann.voice.say(withSsrc(voiceFrame(ann.id, 2), ECHO_SSRC));
    ann.voice.say(randomBytes(60));
    ann.voice.say(voiceFrame(ann.id, 3));
    await eventually(() => expect(seqs(bob.voice)).toEqual([3]));
    expect(station.counters()).toMatchObject({ voiceSpoofed: 2, voiceMalformed: 1, voiceOut: 1 });
  });

  it('comes straight back to who asks for it, and the room hears nothing of it', async () => {
    const ann = await speaker('ann', 'lobby');
    const bob = await speaker('bob', 'lobby');
    await ann.client.control.call('voice.loopback', { mode: 'direct' });
    for (const seq of [1, 2, 3]) ann.voice.say(voiceFrame(ann.id, seq));
    bob.voice.say(voiceFrame(bob.id, 9));
    await eventually(() => expect([...seqs(ann.voice)].sort()).toEqual([1, 2, 3, 9]));
    const own = ann.voice.heard.map((packet) => decodeVoicePacket(packet)!).filter(({ seq }) => seq < 9);
    expect(new Set(own.map(({ ssrc }) => ssrc))).toEqual(new Set([ECHO_SSRC]));
    expect(own[0]?.timestamp).toBe(decodeVoicePacket(voiceFrame(ann.id, own[0]!.seq))?.timestamp);
    await ann.client.control.call('voice.loopback', { mode: 'off' });
    ann.voice.say(voiceFrame(ann.id, 4));
    await eventually(() => expect(seqs(bob.voice)).toEqual([4]));
  });

  it('follows its member from room to room, and stops where it leaves', async () => {
    const ann = await speaker('ann', 'lobby');
    const bob = await speaker('bob', 'lobby');
    const cat = await speaker('cat', 'attic');
    await ann.client.control.call('room.join', { room: 'attic' });
    ann.voice.say(voiceFrame(ann.id, 1));
    await eventually(() => expect(seqs(bob.voice)).toEqual([1]));
    await ann.client.control.call('voice.room', { room: 'attic' });
    ann.voice.say(voiceFrame(ann.id, 2));
    await eventually(() => expect(seqs(cat.voice)).toEqual([2]));
    await ann.client.control.call('room.leave', { room: 'attic' });
    ann.voice.say(voiceFrame(ann.id, 3));
    await eventually(() => expect(station.counters().voiceRoomless).toBe(1));
    expect(seqs(bob.voice)).toEqual([1]);
    expect(seqs(cat.voice)).toEqual([2]);
  });

  it('is limited to what a voice can be', async () => {
    const ann = await speaker('ann', 'lobby');
    const bob = await speaker('bob', 'lobby');
    for (let seq = 0; seq < 2000; seq += 1)
      ann.voice.say(voiceFrame(ann.id, seq, new Uint8Array(10).fill(1)));
    await eventually(() => expect(station.counters().voiceLimited).toBeGreaterThan(0));
    ann.client.close();
    expect(bob.voice.heard.length).toBeLessThan(1000);
  });

  it('carries redundant data and tails as they are', async () => {
    const ann = await speaker('ann', 'lobby');
    const bob = await speaker('bob', 'lobby');
    const copy = { payloadType: 111, offset: 960, payload: randomBytes(60) };
    const frame = { seq: 1, timestamp: 960, ssrc: ann.id, marker: false, last: true, level: 20 };
    const packet = encodeVoicePacket({ ...frame, payload: randomBytes(60) }, { blocks: [copy] });
    const tail = encodeVoicePacket({ ...frame, payload: new Uint8Array() }, { blocks: [copy] });
    const cover = encodeVoicePacket(
      { ...frame, payload: new Uint8Array(60) },
      { blocks: [copy], filler: true, cover: true },
    );
    for (const one of [packet, tail, cover]) ann.voice.say(one);
    await eventually(() => expect(bob.voice.heard).toHaveLength(3));
    expect(bob.voice.heard.map((one) => Buffer.from(one).toString('hex'))).toEqual(
      [packet, tail, cover].map((one) => Buffer.from(one).toString('hex')),
    );
  });

  it('is reported on to the speaker alone, and not in the name of another', async () => {
    const ann = await speaker('ann', 'lobby');
    const bob = await speaker('bob', 'lobby');
    const cat = await speaker('cat', 'lobby');
    bob.voice.say(reportOn(cat.id, [ann.id]));
    bob.voice.say(reportOn(bob.id, [ann.id, bob.id]));
    await eventually(() => expect(ann.voice.heard).toHaveLength(1));
    expect(decodeReports(ann.voice.heard[0]!)).toMatchObject({ reporter: bob.id });
    expect([...bob.voice.heard, ...cat.voice.heard]).toEqual([]);
    expect(station.counters()).toMatchObject({ reportsIn: 2, reportsOut: 1, voiceSpoofed: 1, voiceIn: 0 });
  });

  it('takes no more reports than a listener has reason to send', async () => {
    const ann = await speaker('ann', 'lobby');
    const bob = await speaker('bob', 'lobby');
    for (let n = 0; n < 200; n += 1) bob.voice.say(reportOn(bob.id, [ann.id]));
    await eventually(() => expect(station.counters().voiceLimited).toBeGreaterThan(100));
    expect(ann.voice.heard.length).toBeLessThan(100);
  });

  it('comes back from the echo room to its speaker alone', async () => {
    const ann = await speaker('ann', 'echo');
    const bob = await speaker('bob', 'echo');
    const start = performance.now();
    ann.voice.say(voiceFrame(ann.id, 1));
    ann.voice.say(voiceFrame(ann.id, 2));
    bob.voice.say(voiceFrame(bob.id, 7));
    await eventually(() => expect(ann.voice.heard).toHaveLength(2));
    const took = performance.now() - start;
    expect(took).toBeGreaterThan(ECHO_DELAY_MS - 20);
    expect(took).toBeLessThan(ECHO_DELAY_MS + 1500);
    await eventually(() => expect(bob.voice.heard).toHaveLength(1));
    expect(seqs(ann.voice)).toEqual([1, 2]);
    expect(seqs(bob.voice)).toEqual([7]);
    expect(decodeVoicePacket(ann.voice.heard[0]!)?.ssrc).toBe(ECHO_SSRC);
  });

  it('goes on with fresh keys when its member opens another session', async () => {
    const ann = await speaker('ann', 'lobby');
    const bob = await speaker('bob', 'lobby');
    const again = await openDatagrams(station, ann.client);
    open.push(again);
    ann.voice.say(voiceFrame(ann.id, 1));
    again.say(voiceFrame(ann.id, 2));
    await eventually(() => expect(seqs(bob.voice)).toEqual([2]));
    expect(station.counters().unroutable).toBe(1);
  });
});

it('takes no more of a member’s voice than the operator allows, and says so', async () => {
  await test.close();
  test = await startStation({ maxVoiceBitrate: 64_000 });
  station = test.station;
  const key = makeKey();
  const client = await connectRaw(station, 'cat', key);
  open.push(client);
  expect(await client.hello()).toMatchObject({ maxVoiceBitrate: 64_000 });
  const ann = await speaker('ann', 'lobby');
  const bob = await speaker('bob', 'lobby');
  for (let seq = 0; seq < 100; seq += 1) ann.voice.say(voiceFrame(ann.id, seq, new Uint8Array(980).fill(1)));
  await eventually(() => expect(station.counters().voiceIn).toBe(100));
  // Two seconds' worth at once, 16,000 bytes, and what a slow machine gives time for.
  await eventually(() => expect(bob.voice.heard.length).toBeGreaterThanOrEqual(16));
  expect(station.counters().voiceLimited).toBeGreaterThan(50);
});
