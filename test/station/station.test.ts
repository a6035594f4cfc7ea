import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { Station } from '../../src/station/station.ts';
import {
  connectRaw,
  connectSsh,
  eventually,
  joinAs,
  makeKey,
  type RawClient,
  startStation,
  type TestStation,
  writeAuthorizedKeys,
} from './raw-client.ts';

let test: TestStation;
let station: Station;

beforeEach(async () => {
  test = await startStation();
  station = test.station;
});
afterEach(() => test.close());

const text = (words: string): string => Buffer.from(words).toString('base64');
const post = (client: RawClient, room: string, words: string, id: string = randomUUID()) =>
  client.control.call('room.post', { room, id, type: 'text/plain', body: text(words) });

describe('rooms of a real station', () => {
  it('carries a text from one member to the other and keeps it', async () => {
    const ann = await joinAs(station, 'ann', 'lobby');
    const bob = await joinAs(station, 'Bob', 'lobby');
    await eventually(() => expect(ann.notifications).toHaveLength(1));
    expect(ann.notifications[0]).toEqual({
      method: 'room.joined',
      params: {
        room: 'lobby',
        member: { id: bob.id, name: 'Bob', talking: false, key: expect.stringMatching(/^SHA256:/) },
      },
    });
    const id = randomUUID();
    const posted = await post(ann, 'lobby', 'hello', id);
    expect(posted).toMatchObject({ seq: 1, duplicate: false });
    await eventually(() => expect(bob.notifications).toHaveLength(1));
    expect(bob.notifications[0]).toMatchObject({
      method: 'room.message',
      params: { room: 'lobby', seq: 1, id, from: 'ann', type: 'text/plain', body: text('hello') },
    });
    const page = await bob.control.call('room.history', { room: 'lobby', limit: 10 });
    expect(page.messages.map(({ seq, body }) => [seq, body])).toEqual([[1, text('hello')]]);
    ann.close();
    await eventually(() => expect(bob.notifications.at(-1)).toMatchObject({ method: 'room.left' }));
    bob.close();
  });

  it('answers a resend with the first place and tells nobody again', async () => {
    const ann = await joinAs(station, 'ann', 'lobby');
    const id = randomUUID();
    const first = await post(ann, 'lobby', 'once', id);
    const again = await post(ann, 'lobby', 'once', id);
    expect(again).toEqual({ ...first, duplicate: true });
    const after = await post(ann, 'lobby', 'twice');
    expect(after.seq).toBe(2);
    await eventually(() => expect(ann.notifications).toHaveLength(2));
    expect(ann.notifications.map((n) => n.method === 'room.message' && n.params.seq)).toEqual([1, 2]);
    expect(station.counters()).toMatchObject({ posts: 3, duplicatePosts: 1 });
    ann.close();
  });

  it('keeps acknowledged messages, names and its host key over a restart', async () => {
    const key = makeKey();
    const ann = await joinAs(station, 'ann', 'lobby', key);
    for (let message = 1; message <= 20; message += 1) await post(ann, 'lobby', `m${message}`);
    const { fingerprint } = station.address;
    await station.close();
    const again = await Station.open({
      host: '127.0.0.1',
      port: 0,
      dataDir: join(test.dir, 'data'),
      authorizedKeys: join(test.dir, 'authorized_keys'),
      open: true,
      name: 'test',
      log: silentLog,
    });
    try {
      expect(again.address.fingerprint).toBe(fingerprint);
      const back = await joinAs(again, 'ann', 'lobby', key);
      const { messages } = await back.control.call('room.history', { room: 'lobby', after: 0, limit: 64 });
      expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      back.close();
    } finally {
      await again.close();
    }
  });

  it('acknowledges many posts at once, each once, in order of sequence', async () => {
    const members = await Promise.all(['a', 'b', 'c', 'd'].map((name) => joinAs(station, name, 'lobby')));
    const answers = await Promise.all(
      members.flatMap((member) => Array.from({ length: 50 }, (_, n) => post(member, 'lobby', `${n}`))),
    );
    expect(answers.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 200 }, (_, index) => index + 1),
    );
    const last = members[3]!;
    await eventually(() =>
      expect(last.notifications.filter(({ method }) => method === 'room.message')).toHaveLength(200),
    );
    for (const member of members) member.close();
  });

  it('lists rooms and members, and the echo among its room', async () => {
    const ann = await joinAs(station, 'ann', 'lobby');
    await post(ann, 'lobby', 'hello');
    const { rooms } = await ann.control.call('room.list', {});
    expect(rooms).toEqual([
      { room: 'lobby', members: 1 },
      { room: 'echo', members: 0 },
    ]);
    const { members } = await ann.control.call('room.who', { room: 'echo' });
    expect(members.map(({ name }) => name)).toEqual(['echo']);
    ann.close();
  });

  it('lists its standing rooms while they are empty', async () => {
    const other = await startStation({ rooms: ['lobby', 'echo'] });
    const ann = await joinAs(other.station, 'ann', 'attic');
    const { rooms } = await ann.control.call('room.list', {});
    expect(rooms.map(({ room, members }) => `${room} ${members}`)).toEqual(['attic 1', 'echo 0', 'lobby 0']);
    ann.close();
    await other.close();
  });

  it('shows who talks to the others in the voice room', async () => {
    const ann = await joinAs(station, 'ann', 'lobby');
    const bob = await joinAs(station, 'bob', 'lobby');
    await ann.control.call('voice.room', { room: 'lobby' });
    ann.control.notify({ method: 'talk', params: { talking: true } });
    const expected = { room: 'lobby', id: ann.id, name: 'ann', talking: true };
    await eventually(() =>
      expect(bob.notifications).toContainEqual({ method: 'member.talking', params: expected }),
    );
    const { members } = await bob.control.call('room.who', { room: 'lobby' });
    expect(members.find(({ id }) => id === ann.id)?.talking).toBe(true);
    ann.close();
    bob.close();
  });

  it('refuses what makes no sense with a sentence, and goes on', async () => {
    const ann = await joinAs(station, 'ann', 'lobby');
    await expect(post(ann, 'other', 'hello')).rejects.toMatchObject({ code: 'control.not-in-room' });
    await expect(ann.control.call('voice.room', { room: 'other' })).rejects.toMatchObject({
      code: 'control.not-in-room',
    });
    await expect(ann.hello()).rejects.toMatchObject({ code: 'control.protocol' });
    const before = ann.lines.length;
    for (const room of ['\u001b]0;x\u0007', 'a\u0000b', '\u202e']) {
      ann.channel.write(
        `${JSON.stringify({ jsonrpc: '2.0', id: 'r', method: 'room.join', params: { room } })}\n`,
      );
    }
    await eventually(() => expect(ann.lines.length).toBe(before + 3));
    for (const line of ann.lines.slice(before))
      expect(JSON.parse(line)).toMatchObject({ error: { code: -32602 } });
    expect((await ann.control.call('room.list', {})).rooms).toHaveLength(2);
    ann.close();
  });

  it('tells everybody before it closes, and answers what was posted by then', async () => {
    const ann = await joinAs(station, 'ann', 'lobby');
    await post(ann, 'lobby', 'one');
    const closing = station.close();
    await closing;
    await eventually(() => expect(ann.closed).toBe(true));
    expect(ann.notifications.at(-1)).toMatchObject({ method: 'notice', params: { code: 'control.closing' } });
  });

  it('counts its members and says when the last one leaves', async () => {
    const onIdle = vi.fn();
    const other = await startStation({ onIdle });
    const ann = await joinAs(other.station, 'ann', 'lobby');
    const bob = await joinAs(other.station, 'bob', 'lobby');
    expect(other.station.memberCount).toBe(2);
    ann.close();
    await eventually(() => expect(other.station.memberCount).toBe(1));
    expect(onIdle).not.toHaveBeenCalled();
    bob.close();
    await eventually(() => expect(onIdle).toHaveBeenCalledOnce());
    expect(other.station.memberCount).toBe(0);
    await other.close();
  });
});

describe('admission', () => {
  it('wants hello first, with a version in common', async () => {
    const ann = await connectRaw(station, 'ann');
    await expect(ann.control.call('room.join', { room: 'lobby' })).rejects.toMatchObject({
      code: 'control.version',
    });
    await expect(ann.control.call('hello', { versions: [99], client: 'x' })).rejects.toMatchObject({
      code: 'control.version',
    });
    await expect(ann.control.call('room.list', {})).rejects.toMatchObject({ code: 'control.version' });
    await expect(ann.hello()).resolves.toMatchObject({ name: 'ann' });
    ann.close();
  });

  it('gives a name to the first key that takes it, also in capitals', async () => {
    const key = makeKey();
    const ann = await joinAs(station, 'ann', 'lobby', key);
    const second = await joinAs(station, 'ann', 'lobby', key);
    expect(second.id).not.toBe(ann.id);
    const thief = await connectRaw(station, 'ANN');
    await expect(thief.hello()).rejects.toMatchObject({ code: 'control.name-taken' });
    const echo = await connectRaw(station, 'Echo');
    await expect(echo.hello()).rejects.toMatchObject({ code: 'control.name-taken' });
    for (const client of [ann, second, thief, echo]) client.close();
  });

  it('refuses names that a terminal would obey', async () => {
    for (const name of ['\u001b[31mred', 'a b', 'x'.repeat(33), '-dash']) {
      const client = await connectRaw(station, name);
      await expect(client.hello()).rejects.toMatchObject({ code: 'control.invalid-params' });
      client.close();
    }
  });

  it('admits the keys of its file and no other, without a restart', async () => {
    const closed = await startStation({ open: false });
    const known = makeKey();
    const stranger = makeKey();
    await expect(connectSsh(closed.station, 'ann', known)).rejects.toMatchObject({
      level: 'client-authentication',
    });
    await writeAuthorizedKeys(closed.dir, [known]);
    const other = await startStation({ open: false, authorizedKeys: join(closed.dir, 'authorized_keys') });
    const ann = await joinAs(other.station, 'ann', 'lobby', known);
    await expect(connectSsh(other.station, 'bob', stranger)).rejects.toMatchObject({
      level: 'client-authentication',
    });
    const back = await joinAs(closed.station, 'ann', 'lobby', known);
    ann.close();
    back.close();
    await closed.close();
    await other.close();
  });

  it('takes no password and no other kind of key', async () => {
    const { host, port } = station.address;
    const rsa = (await import('ssh2')).default.utils.generateKeyPairSync('rsa', { bits: 2048 });
    await expect(connectSsh(station, 'ann', rsa)).rejects.toMatchObject({ level: 'client-authentication' });
    const ssh = new (await import('ssh2')).default.Client();
    const refused = new Promise((resolve) => ssh.once('error', resolve));
    ssh.connect({ host, port, username: 'ann', password: 'hunter2' });
    expect(await refused).toMatchObject({ level: 'client-authentication' });
  });
});

describe('who keeps what is said', () => {
  const recording = (client: RawClient, on: boolean) =>
    client.control.call('voice.recording', { recording: on });

  it('is told to the voice room, also to those who come later, and to no other room', async () => {
    const ann = await joinAs(station, 'ann', 'lobby');
    const bob = await joinAs(station, 'bob', 'lobby');
    await bob.control.call('voice.room', { room: 'lobby' });
    await recording(bob, true);
    await bob.control.call('voice.replay', { replay: true });
    await eventually(() =>
      expect(ann.notifications.slice(1)).toEqual([
        { method: 'voice.recording', params: { room: 'lobby', id: bob.id, name: 'bob', recording: true } },
        { method: 'voice.replay', params: { room: 'lobby', id: bob.id, name: 'bob', replay: true } },
      ]),
    );
    const eve = await joinAs(station, 'eve', 'lobby');
    const { members } = await eve.control.call('room.join', { room: 'lobby' });
    expect(members.find(({ id }) => id === bob.id)).toMatchObject({ recording: true, replay: true });
    await bob.control.call('room.join', { room: 'den' });
    const den = await eve.control.call('room.who', { room: 'den' });
    expect(den.members[0]).not.toHaveProperty('recording');
    await bob.control.call('voice.room', { room: 'den' });
    const lobby = await eve.control.call('room.who', { room: 'lobby' });
    expect(lobby.members.find(({ id }) => id === bob.id)).not.toHaveProperty('recording');
    for (const client of [ann, bob, eve]) client.close();
  });

  it('is refused where the operator does not want it, and stopping never is', async () => {
    await test.close();
    test = await startStation({ allowRecording: false });
    const ann = await joinAs(test.station, 'ann', 'lobby');
    await expect(recording(ann, true)).rejects.toMatchObject({ code: 'control.forbidden' });
    await expect(ann.control.call('voice.replay', { replay: true })).rejects.toMatchObject({
      code: 'control.forbidden',
    });
    expect(await recording(ann, false)).toEqual({});
    ann.close();
  });
});
