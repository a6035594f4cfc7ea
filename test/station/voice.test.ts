import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SUITES } from '../../src/net/protocol/constants.ts';
import { decodeVoiceFrame, withSsrc } from '../../src/net/protocol/rtp.ts';
import { ECHO_DELAY_MS, ECHO_SSRC } from '../../src/station/echo.ts';
import type { Station } from '../../src/station/station.ts';
import {
  eventually,
  joinAs,
  openDatagrams,
  type RawClient,
  type RawDatagrams,
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
  voice.heard.map((packet) => decodeVoiceFrame(packet)?.seq);

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
    expect(decodeVoiceFrame(ann.voice.heard[0]!)?.ssrc).toBe(ECHO_SSRC);
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
