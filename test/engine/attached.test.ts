/** A screen that attached to a client elsewhere: it sees the same state, and ends with a sentence when the other does. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RemoteSocket } from '../../src/cli/remote-socket.ts';
import { AttachedSession } from '../../src/engine/attached.ts';
import { VoiptermError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import type { Event } from '../../src/session/reduce.ts';
import { MemorySession } from './served.ts';

let place: string;
let memory: MemorySession;
let remote: RemoteSocket;
let ended = 0;
const attached: AttachedSession[] = [];

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'voipterm-attached-'));
  memory = new MemorySession();
  ended = 0;
  const socket = await RemoteSocket.open(memory.session, join(place, 'run'), silentLog, () => ended++);
  if (!socket) throw new Error('no socket');
  remote = socket;
});
afterEach(async () => {
  for (const one of attached.splice(0)) one.close();
  await remote.close();
  await rm(place, { recursive: true, force: true });
});

async function attach(): Promise<AttachedSession> {
  const one = await AttachedSession.to(remote.path);
  attached.push(one);
  return one;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('whatever happens, all who attached see the same', { timeout: 30_000 }, async () => {
  const room = fc.constantFrom('lobby', 'dev', '@bob');
  const event: fc.Arbitrary<Event> = fc.oneof(
    fc.record({ kind: fc.constant('joined' as const), room, members: fc.constant([]) }),
    fc.record({ kind: fc.constant('left' as const), room }),
    fc.record({ kind: fc.constant('shown' as const), room }),
    fc
      .record({ room, seq: fc.integer({ min: 1, max: 50 }), text: fc.string(), live: fc.boolean() })
      .map(({ room: at, seq, text, live }) => ({
        kind: 'messages' as const,
        room: at,
        live,
        messages: [
          {
            kind: 'message' as const,
            id: `${at}${seq}`,
            seq,
            from: 'bob',
            at: seq,
            text,
            state: 'sent' as const,
          },
        ],
      })),
    fc.record({
      kind: fc.constant('member-joined' as const),
      room,
      member: fc.record({ id: fc.nat(9), name: fc.string(), talking: fc.boolean() }),
    }),
    fc.string().map((text) => ({ kind: 'notice' as const, id: text, at: 1, text })),
  );
  const [one, other] = [await attach(), await attach()];
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
      for (const each of events) memory.live.apply(each);
      const now = plain(memory.live.now);
      await vi.waitFor(() => expect(one.state).toEqual(now), { timeout: 5000, interval: 5 });
      await vi.waitFor(() => expect(other.state).toEqual(now), { timeout: 5000, interval: 5 });
    }),
    { seed: 73, numRuns: 40 },
  );
  const late = await attach();
  expect(late.state).toEqual(plain(memory.live.now));
});

test('commands and levels go through, and what fails is said where all look', async () => {
  const one = await attach();
  expect(one.about).toMatchObject({ pid: process.pid, background: true, target: 'ann@host:2222' });
  await one.act({ do: 'mute', on: true });
  expect(memory.commands).toEqual([{ do: 'mute', on: true }]);
  const heard = new Promise<void>((resolve) => one.levels.subscribe(resolve));
  memory.setLevels({ mic: 10, speaker: 20 });
  await heard;
  expect(one.levels.get()).toEqual({ mic: 10, speaker: 20 });
  memory.failure = new VoiptermError('control.not-in-room', 'You are not in #x.');
  await expect(one.act({ do: 'who', room: 'x' })).rejects.toMatchObject({ code: 'control.not-in-room' });
  one.do({ do: 'who', room: 'x' });
  // The notice itself fails here, too, which must not go round in a circle.
  await expect(one.act({ do: 'rooms' })).rejects.toThrow();
  memory.failure = undefined;
  await one.act({ do: 'rooms' });
  expect(memory.commands.at(-1)).toEqual({ do: 'rooms' });
});

test('it ends with a sentence when the other goes, and can end the other', async () => {
  const one = await attach();
  await one.end();
  await vi.waitFor(() => expect(ended).toBe(1));
  const gone = new Promise<VoiptermError>((resolve) => {
    one.onGone = resolve;
  });
  await remote.close();
  expect((await gone).code).toBe('client.none');
  await expect(one.act({ do: 'rooms' })).rejects.toMatchObject({ code: 'client.none' });
});

test('nobody there, and somebody who is no voipterm', async () => {
  await expect(AttachedSession.to(join(place, 'nothing'))).rejects.toMatchObject({ code: 'client.none' });
  const path = join(place, 'other');
  const other = createServer((socket) => {
    socket.on('error', () => undefined).resume();
    socket.write('hello, I am a web server\n');
  });
  await new Promise<void>((resolve) => other.listen(path, resolve));
  await expect(AttachedSession.to(path)).rejects.toMatchObject({ code: 'control.protocol' });
  await new Promise((resolve) => other.close(resolve));
});
