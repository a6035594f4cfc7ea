/** A station with very much in it: ten thousand rooms, and a member that floods while others talk. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { MAX_LINE_BYTES, MAX_LIST_PAGE } from '../../src/net/control/schema.ts';
import { POSTS } from '../../src/station/limits.ts';
import { Station } from '../../src/station/station.ts';
import { silentLog } from '../../src/log.ts';
import { MAX_ROOMS, StationStore } from '../../src/store/station.ts';
import { connectRaw, eventually, joinAs, type RawClient, scratch, startStation } from './raw-client.ts';

function post(client: RawClient, room: string, text: string) {
  const body = Buffer.from(text).toString('base64');
  return client.control.call('room.post', { room, id: randomUUID(), type: 'text/plain', body });
}

it('lists ten thousand rooms with the longest names and topics within a line, and page by page', async () => {
  const dir = await scratch();
  const store = new StationStore(`${dir.path}/station.db`);
  const rooms = Array.from({ length: MAX_ROOMS }, (_, n) => `${n}`.padEnd(32, 'x'));
  const message = { from: 'ann', fingerprint: 'k', type: 'text/plain', body: Buffer.from('x'), at: 1 };
  store.postAll(rooms.map((room) => ({ ...message, room, id: room })));
  store.together(
    rooms.slice(0, 1000).map((room) => (writer) => writer.setTopic(room, '\u{8072}'.repeat(250))),
  );
  store.close();
  const station = await Station.open({
    host: '127.0.0.1',
    port: 0,
    dataDir: dir.path,
    authorizedKeys: `${dir.path}/authorized_keys`,
    open: true,
    name: 'test',
    log: silentLog,
  });
  const ann = await connectRaw(station, 'ann');
  await ann.hello();
  const all = await ann.control.call('room.list', {});
  expect(all.rooms.length).toBe(MAX_ROOMS);
  const seen: string[] = [];
  for (let more = true; more; ) {
    const page = await ann.control.call('room.list', { limit: MAX_LIST_PAGE, skip: seen.length });
    seen.push(...page.rooms.map(({ room }) => room));
    more = page.more ?? false;
  }
  expect(new Set(seen).size).toBe(MAX_ROOMS + 1); // and the echo
  expect(Math.max(...ann.lines.map((line) => Buffer.byteLength(line)))).toBeLessThan(MAX_LINE_BYTES);
  await expect(ann.control.call('room.join', { room: 'onemore' })).resolves.toMatchObject({ lastSeq: 0 });
  await expect(post(ann, 'onemore', 'hello')).rejects.toMatchObject({ code: 'control.limit' });
  await expect(ann.control.call('room.topic', { room: 'onemore', topic: 'x' })).rejects.toMatchObject({
    code: 'control.limit',
  });
  ann.close();
  await station.close();
  await dir.dispose();
});

it('lets others talk beside a member that floods, which it limits with a sentence and does not kick', async () => {
  const { station, close } = await startStation();
  const [hog, ann, bob] = await Promise.all(
    ['hog', 'ann', 'bob'].map((name) => joinAs(station, name, 'lobby')),
  );
  if (!hog || !ann || !bob) throw new Error('nobody');
  const from = performance.now();
  const flood = Array.from({ length: 2000 }, (_, n) => post(hog, 'lobby', `flood ${n}`));
  const settled = Promise.allSettled(flood);
  const talk: Promise<unknown>[] = [];
  for (let n = 0; n < 20; n++) talk.push(post(ann, 'lobby', `talk ${n}\n${'line\n'.repeat(100)}`));
  await Promise.all(talk);
  const results = await settled;
  const refused = results.filter((result) => result.status === 'rejected');
  // A machine that is slow enough sends no faster than is allowed; station/member.test.ts floods without a network.
  const seconds = (performance.now() - from) / 1000;
  const allowed = POSTS.burst + POSTS.perSecond * seconds + 1;
  expect(results.length - refused.length).toBeLessThanOrEqual(allowed);
  for (const { reason } of refused) {
    expect(reason).toMatchObject({
      code: 'control.limit',
      message: expect.stringMatching(/^That was too much .+\.$/),
    });
  }
  const said = (client: RawClient) =>
    client.notifications.filter((one) => one.method === 'room.message' && one.params.from === 'ann').length;
  await eventually(() => expect([said(bob), said(hog)]).toEqual([20, 20]));
  expect([hog.closed, ann.closed, bob.closed]).toEqual([false, false, false]);
  await expect(hog.control.call('room.who', { room: 'lobby' })).resolves.toMatchObject({
    members: { length: 3 },
  });
  for (const client of [hog, ann, bob]) client.close();
  await close();
});
