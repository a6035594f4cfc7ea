/** A member's session without SSH under it, on a store that can be made to fail. */

import { randomUUID } from 'node:crypto';
import dgram from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VoiptermError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { ControlClient } from '../../src/net/control/rpc.ts';
import type { StationNotification } from '../../src/net/control/schema.ts';
import { newCounters } from '../../src/station/counters.ts';
import { ForwardAccess } from '../../src/station/forward-access.ts';
import { Forwards } from '../../src/station/forwards.ts';
import { POSTS } from '../../src/station/limits.ts';
import { Lobby } from '../../src/station/lobby.ts';
import { MemberSession } from '../../src/station/member.ts';
import { Rooms } from '../../src/station/rooms.ts';
import { UdpFront } from '../../src/station/udp-front.ts';
import { StationStore } from '../../src/store/station.ts';
import { eventually } from './raw-client.ts';

let store: StationStore;
let lobby: Lobby;
let datagrams: UdpFront;
let logged: string[];

beforeEach(() => {
  store = new StationStore(':memory:');
  const rooms = new Rooms();
  const counters = newCounters();
  datagrams = new UdpFront([dgram.createSocket('udp4')], rooms, counters);
  logged = [];
  const log = {
    ...silentLog,
    error: (_text: string, fields?: object) => void logged.push(JSON.stringify(fields)),
  };
  const options = {
    name: 'test',
    suites: ['aes-256-gcm'] as const,
    udpPort: 1,
    furtherUdpPorts: [],
    standingRooms: [],
    allowRecording: true,
    maxVoiceBitrate: 0,
    maxFileBytes: 1000,
    onIdle: undefined,
  };
  const forwards = new Forwards({
    access: new ForwardAccess({ forward: [], listen: [] }, () => undefined, log),
    counters,
    send: () => false,
    maxPayload: () => 0,
    notice: () => undefined,
  });
  lobby = new Lobby({ ...options, rooms, store, datagrams, forwards, counters, log });
});
afterEach(async () => {
  await datagrams.close();
  store.close();
});

function member(user: string, fingerprint = `SHA256:${user}`) {
  const notifications: StationNotification[] = [];
  const end = vi.fn();
  const control: ControlClient = new ControlClient((line) => session.line(line));
  control.onNotification = (notification) => notifications.push(notification);
  const session: MemberSession = new MemberSession(lobby, {
    user,
    fingerprint,
    send: (line) => control.receive(line),
    end,
  });
  const hello = () => control.call('hello', { versions: [1, 2], client: 'test' });
  const post = (words: string, id: string = randomUUID()) =>
    control.call('room.post', {
      room: 'lobby',
      id,
      type: 'text/plain',
      body: Buffer.from(words).toString('base64'),
    });
  return { control, session, notifications, end, hello, post };
}

describe('a store that fails', () => {
  const full = (): never => {
    throw new VoiptermError('store.unwritable', 'Cannot write /home/owner/station.db: the disk is full.');
  };

  it('acknowledges nothing, shows nothing, names no file, and works again afterwards', async () => {
    const ann = member('ann');
    await ann.hello();
    await ann.control.call('room.join', { room: 'lobby' });
    const broken = vi.spyOn(store, 'postAll').mockImplementation(full);
    const id = randomUUID();
    const [error] = await Promise.all(
      [ann.post('first', id), ann.post('second')].map((sent) => sent.catch((reason: unknown) => reason)),
    );
    expect(error).toMatchObject({ code: 'control.storage' });
    expect(String(error)).not.toContain('/home');
    expect(logged.join()).toContain('the disk is full');
    expect(ann.notifications).toEqual([]);
    broken.mockRestore();
    // Not before the one that was refused: it was said later.
    await expect(ann.post('second')).rejects.toMatchObject({ code: 'control.limit' });
    await expect(ann.post('first', id)).resolves.toMatchObject({ seq: 1 });
    await expect(ann.post('second')).resolves.toMatchObject({ seq: 2 });
    await eventually(() => expect(ann.notifications).toHaveLength(2));
    expect(lobby.options.counters).toMatchObject({ posts: 2, failedPosts: 2 });
  });

  it('refuses edits, deletions, markers and topics, tells nobody, and takes them afterwards', async () => {
    const ann = member('ann');
    await ann.hello();
    await ann.control.call('room.join', { room: 'lobby' });
    await ann.post('first');
    await eventually(() => expect(ann.notifications).toHaveLength(1));
    const broken = vi.spyOn(store, 'together').mockImplementation(full);
    const change = { room: 'lobby', seq: 1 };
    const words = { type: 'text/plain', body: Buffer.from('better').toString('base64') };
    const refused = await Promise.allSettled([
      ann.control.call('room.edit', { ...change, ...words }),
      ann.control.call('room.delete', change),
      ann.control.call('room.read', change),
      ann.control.call('room.topic', { room: 'lobby', topic: 'x' }),
    ]);
    for (const call of refused) expect(call).toMatchObject({ reason: { code: 'control.storage' } });
    expect(ann.notifications).toHaveLength(1);
    broken.mockRestore();
    await expect(ann.control.call('room.edit', { ...change, ...words })).resolves.toMatchObject({
      revision: 1,
    });
    await eventually(() => expect(ann.notifications.at(-1)).toMatchObject({ method: 'room.changed' }));
  });

  it('fails the request that needs it and no other', async () => {
    const ann = member('ann');
    await ann.hello();
    for (const method of ['history', 'rooms', 'lastSeq'] as const) {
      vi.spyOn(store, method).mockImplementation(full);
    }
    for (const call of [
      ann.control.call('room.history', { room: 'lobby', limit: 1 }),
      ann.control.call('room.list', {}),
      ann.control.call('room.join', { room: 'lobby' }),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'control.storage' });
    }
    await expect(ann.control.call('room.who', { room: 'lobby' })).resolves.toEqual({ members: [] });
    vi.spyOn(store, 'claimName').mockImplementation(full);
    await expect(member('bob').hello()).rejects.toMatchObject({ code: 'control.storage' });
  });
});

describe('a member', () => {
  it('gets the cipher that both allow, or a sentence', async () => {
    const ann = member('ann');
    await ann.hello();
    const offer = (suites: string[]) => ann.control.call('datagram.open', { suites });
    await expect(offer(['chacha20-poly1305'])).rejects.toThrow('aes-256-gcm');
    await expect(offer(['rot13', 'chacha20-poly1305', 'aes-256-gcm'])).resolves.toMatchObject({
      suite: 'aes-256-gcm',
    });
  });

  it('has keys of its own each way, new with each session', async () => {
    const ann = member('ann');
    await ann.hello();
    const one = await ann.control.call('datagram.open', { suites: ['aes-256-gcm'] });
    const two = await ann.control.call('datagram.open', { suites: ['aes-256-gcm'] });
    expect(new Set([one.clientKey, one.stationKey, two.clientKey, two.stationKey]).size).toBe(4);
    expect(one.session).not.toBe(two.session);
  });

  it('that left is nowhere any more', async () => {
    const ann = member('ann');
    const bob = member('bob');
    await ann.hello();
    await bob.hello();
    await ann.control.call('room.join', { room: 'lobby' });
    await bob.control.call('room.join', { room: 'lobby' });
    ann.session.closed();
    ann.session.closed();
    expect(lobby.rooms.size).toBe(1);
    await eventually(() => expect(bob.notifications.at(-1)).toMatchObject({ method: 'room.left' }));
    await expect(ann.control.call('room.list', {})).rejects.toMatchObject({ code: 'control.version' });
  });

  it('posts nothing into a station that is closing', async () => {
    const ann = member('ann');
    await ann.hello();
    await ann.control.call('room.join', { room: 'lobby' });
    const { posts } = lobby;
    const add = posts.add.bind(posts);
    vi.spyOn(posts, 'add').mockImplementationOnce((post) => {
      const posted = add(post);
      lobby.startClosing(); // with a post that waits for its commit
      return posted;
    });
    await expect(ann.post('before')).resolves.toMatchObject({ seq: 1 });
    await expect(ann.post('after')).rejects.toMatchObject({ code: 'control.closing' });
  });

  it('that posts a thousand at once and goes on is limited in words, as one post however many lines it has', async () => {
    const ann = member('ann');
    await ann.hello();
    await ann.control.call('room.join', { room: 'lobby' });
    const paste = 'a line\n'.repeat(1000);
    const results = await Promise.allSettled(
      Array.from({ length: 2500 }, (_, n) => ann.post(n === 0 ? paste : `${n}`)),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(results.slice(0, POSTS.burst).every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(refused.length).toBeGreaterThan(500);
    for (const { reason } of refused) {
      expect(reason).toMatchObject({
        code: 'control.limit',
        message: expect.stringMatching(/^That was too much .+\.$/),
      });
    }
    expect(ann.end).not.toHaveBeenCalled();
    await expect(ann.control.call('room.who', { room: 'lobby' })).resolves.toMatchObject({ members: [{}] });
  });

  it('that talks on and on changes its state only so often', async () => {
    const ann = member('ann');
    const bob = member('bob');
    for (const { hello, control } of [ann, bob]) {
      await hello();
      await control.call('room.join', { room: 'lobby' });
    }
    await ann.control.call('voice.room', { room: 'lobby' });
    for (let change = 1; change <= 500; change += 1) {
      ann.control.notify({ method: 'talk', params: { talking: change % 2 === 1 } });
    }
    await ann.control.call('room.list', {});
    await eventually(() => expect(bob.notifications.length).toBeGreaterThanOrEqual(40));
    expect(bob.notifications.length).toBeLessThan(60);
  });
});
