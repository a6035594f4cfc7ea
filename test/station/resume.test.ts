/** A member that loses its connection and comes back to its seat, at a real station over loopback. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  connectRaw,
  eventually,
  joinAs,
  makeKey,
  openDatagrams,
  type RawClient,
  type RawDatagrams,
  startStation,
  type TestKey,
  type TestStation,
  voiceFrame,
} from './raw-client.ts';

let place: TestStation;
beforeAll(async () => {
  place = await startStation();
});
afterAll(() => place.close());

interface Seated {
  readonly client: RawClient;
  readonly datagrams: RawDatagrams;
  readonly key: TestKey;
  readonly member: number;
  readonly token: string;
}

/** A member with its voice in a room and a datagram session. */
async function seated(name: string, room: string): Promise<Seated> {
  const key = makeKey();
  const client = await connectRaw(place.station, name, key);
  const { member, token = '' } = await client.control.call('hello', { versions: [1], client: 'test' });
  await client.control.call('room.join', { room });
  await client.control.call('voice.room', { room });
  return { client, datagrams: await openDatagrams(place.station, client), key, member, token };
}

async function comeBack(name: string, { key, member, token }: Pick<Seated, 'key' | 'member' | 'token'>) {
  const client = await connectRaw(place.station, name, key);
  const resume = { member, token };
  return { client, answer: await client.control.call('hello', { versions: [1], client: 'test', resume }) };
}

async function namesIn(client: RawClient, room: string): Promise<string[]> {
  const { members } = await client.control.call('room.who', { room });
  return members.map(({ name }) => name).sort();
}

describe('a member whose connection breaks', () => {
  test('is heard all the while, and comes back as the same member in the same rooms', async () => {
    const bob = await seated('bob1', 'cut');
    const ann = await seated('ann1', 'cut');
    ann.client.close();
    await eventually(() => expect(ann.client.closed).toBe(true));

    ann.datagrams.say(voiceFrame(ann.member, 0));
    await eventually(() => expect(bob.datagrams.heard).toHaveLength(1));
    bob.datagrams.say(voiceFrame(bob.member, 0));
    await eventually(() => expect(ann.datagrams.heard).toHaveLength(1));
    expect(await namesIn(bob.client, 'cut')).toEqual(['ann1', 'bob1']);

    const { client, answer } = await comeBack('ann1', ann);
    expect(answer).toMatchObject({ member: ann.member, resumed: true, token: ann.token, rooms: ['cut'] });
    await client.control.call('room.post', {
      room: 'cut',
      id: '0b6f9a52-6a3c-4b0e-9f0b-0d8a5b1f9c01',
      type: 'text/plain',
      body: Buffer.from('back').toString('base64'),
    });
    await eventually(() => expect(client.notifications.map((n) => n.method)).toContain('room.message'));
    ann.datagrams.say(voiceFrame(ann.member, 1));
    await eventually(() => expect(bob.datagrams.heard).toHaveLength(2));
    const told = bob.client.notifications.map(({ method }) => method);
    expect(told).not.toContain('room.left');
    expect(told.filter((method) => method === 'room.joined')).toHaveLength(1);
    expect(place.station.counters().resumed).toBeGreaterThan(0);
    for (const { datagrams } of [ann, bob]) datagrams.close();
    for (const gone of [client, bob.client]) gone.close();
  });

  test('may come back while the station still takes the old connection for alive, which is cut', async () => {
    const ann = await seated('ann2', 'takeover');
    const bob = await joinAs(place.station, 'bob2', 'takeover');
    const { client, answer } = await comeBack('ann2', ann);
    expect(answer).toMatchObject({ member: ann.member, resumed: true });
    await eventually(() => expect(ann.client.closed).toBe(true));
    // The end of the old connection must not take the member with it.
    expect(await namesIn(client, 'takeover')).toEqual(['ann2', 'bob2']);
    ann.datagrams.close();
    for (const gone of [client, bob]) gone.close();
  });

  test('leaves at once when it says bye, when it has no datagrams, and when they fall silent', async () => {
    const watcher = await joinAs(place.station, 'watcher', 'bye');
    const left = (): number[] =>
      watcher.notifications.flatMap((n) => (n.method === 'room.left' ? [n.params.id] : []));
    const polite = await seated('polite', 'bye');
    const mute = await joinAs(place.station, 'mute', 'bye');
    const silent = await seated('silent', 'bye');
    polite.client.control.notify({ method: 'bye', params: {} });
    await eventually(() => expect(left()).toEqual([polite.member]));
    await eventually(() => expect(polite.client.closed).toBe(true));
    mute.close();
    await eventually(() => expect(left()).toEqual([polite.member, mute.id]));
    silent.datagrams.close();
    silent.client.close();
    await eventually(() => expect(left()).toEqual([polite.member, mute.id, silent.member]));
    const { client, answer } = await comeBack('silent', silent);
    expect(answer.resumed).toBe(false);
    expect(answer.member).not.toBe(silent.member);
    polite.datagrams.close();
    for (const gone of [client, watcher]) gone.close();
  });

  test('is not replaced by another key, another name or a wrong token', async () => {
    const ann = await seated('ann3', 'thief');
    const wrongToken = Buffer.alloc(16).toString('base64');
    const others = await Promise.all([
      comeBack('thief', { ...ann, key: makeKey() }),
      comeBack('ann3-too', ann),
      comeBack('ann3', { ...ann, token: wrongToken }),
    ]);
    for (const { client, answer } of others) {
      expect(answer.resumed).toBe(false);
      expect(answer.member).not.toBe(ann.member);
      client.close();
    }
    expect(await namesIn(ann.client, 'thief')).toEqual(['ann3']);
    expect(ann.client.closed).toBe(false);
    ann.datagrams.close();
    ann.client.close();
  });

  test('gets a fresh start from a station that was restarted meanwhile', async () => {
    const first = await startStation();
    const key = makeKey();
    const client = await connectRaw(first.station, 'ann', key);
    const { member, token = '' } = await client.control.call('hello', { versions: [1], client: 'test' });
    await first.close();
    const { client: again, answer } = await comeBack('ann4', { key, member, token });
    expect(answer.resumed).toBe(false);
    again.close();
  });

  test('sends datagrams through a channel only after hello', async () => {
    const client = await connectRaw(place.station, 'early');
    const closed = new Promise<void>((resolve, reject) => {
      client.ssh.subsys('voipterm-datagrams', (error, channel) => {
        if (error) return reject(error);
        channel.resume().on('close', () => resolve());
      });
    });
    await closed;
    client.close();
  });
});
