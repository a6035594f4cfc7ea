/** Terminals shown to others at a real station, and shells on its host: who may what, and who hears of it. */
import type { ClientChannel } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Method, StationNotification } from '../../src/net/control/schema.ts';
import { fingerprintOf } from '../../src/store/identity.ts';
import {
  connectSsh,
  eventually,
  joinAs,
  makeKey,
  type RawClient,
  startStation,
  type TestStation,
} from './raw-client.ts';

let place: TestStation;
const hostKey = makeKey();
let serial = 0;

beforeAll(async () => {
  place = await startStation({
    shell: [fingerprintOf(Buffer.from(hostKey.public.split(' ')[1] ?? '', 'base64'))],
    forwarding: { forward: ['127.0.0.1:1'], listen: [] },
  });
});
afterAll(() => place.close());

const fresh = (name: string): string => `${name}${++serial}`;
const b64 = (text: string): string => Buffer.from(text).toString('base64');
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    ({ code }) => code,
  );

function told<M extends StationNotification['method']>(client: RawClient, method: M) {
  type Params = Extract<StationNotification, { method: M }>['params'];
  return client.notifications.filter((one) => one.method === method).map(({ params }) => params as Params);
}

/** An owner who shares with a room, and somebody who looks on. */
async function sharing(writers: readonly string[] = []) {
  const name = fresh('team');
  const ann = await joinAs(place.station, fresh('ann'), name);
  const bob = await joinAs(place.station, fresh('bob'), name);
  const { share } = await ann.control.call('shell.share', {
    to: name,
    title: 'build',
    writers: [...writers],
  });
  await eventually(() => expect(told(bob, 'shell.offered')).toHaveLength(1));
  return { name, ann, bob, share };
}

describe('a shared shell', () => {
  it('is offered to the room, and its frames go to who looks on', async () => {
    const { name, ann, bob, share } = await sharing();
    expect(told(bob, 'shell.offered')[0]).toMatchObject({ share, place: name, title: 'build', write: false });
    expect(told(ann, 'shell.offered')).toEqual([]);
    await ann.control.call('shell.frame', { share, base: 0, serial: 1, data: b64('unseen') });
    expect(await bob.control.call('shell.watch', { share })).toMatchObject({ write: false, title: 'build' });
    await eventually(() => expect(told(ann, 'shell.watching')).toMatchObject([{ share, watching: true }]));
    await ann.control.call('shell.frame', { share, base: 0, serial: 2, data: b64('seen') });
    await eventually(() =>
      expect(told(bob, 'shell.frame')).toEqual([{ share, base: 0, serial: 2, data: b64('seen') }]),
    );
    await bob.control.call('shell.refresh', { share });
    await eventually(() => expect(told(ann, 'shell.refresh')).toEqual([{ share }]));
    await ann.control.call('shell.unshare', { share });
    await eventually(() => expect(told(bob, 'shell.ended')[0]).toMatchObject({ share }));
    expect(await codeOf(ann.control.call('shell.frame', { share, base: 0, serial: 3, data: '' }))).toBe(
      'control.not-found',
    );
  });

  it('takes keys from granted keys alone, and says whose they are', async () => {
    const { ann, bob, share } = await sharing();
    await bob.control.call('shell.watch', { share });
    const type = () => bob.control.call('shell.input', { share, data: b64('ls\r') });
    expect(await codeOf(type())).toBe('control.forbidden');
    await eventually(() => expect(told(ann, 'shell.watching')).toHaveLength(1));
    const key = told(ann, 'shell.watching')[0]?.key ?? '';
    await ann.control.call('shell.grant', { share, writers: [key] });
    await eventually(() => expect(told(bob, 'shell.offered').at(-1)).toMatchObject({ write: true }));
    await type();
    await eventually(() =>
      expect(told(ann, 'shell.input')).toMatchObject([{ share, key, data: b64('ls\r') }]),
    );
    expect(await codeOf(bob.control.call('shell.grant', { share, writers: [] }))).toBe('control.not-found');
  });

  it('is none of the business of who is elsewhere, or has left', async () => {
    const { name, ann, bob, share } = await sharing();
    const eve = await joinAs(place.station, fresh('eve'), fresh('elsewhere'));
    const ask = (method: Method, more = {}) => codeOf(eve.control.call(method, { share, ...more } as never));
    expect(await ask('shell.watch')).toBe('control.not-found');
    expect(await ask('shell.input', { data: '' })).toBe('control.not-found');
    expect(await ask('shell.frame', { base: 0, serial: 1, data: '' })).toBe('control.not-found');
    expect(await ask('shell.unshare')).toBe('done');
    await bob.control.call('shell.watch', { share });
    await bob.control.call('room.leave', { room: name });
    await ann.control.call('shell.frame', { share, base: 0, serial: 1, data: b64('private') });
    await eventually(() => expect(told(bob, 'shell.ended')).toHaveLength(1));
    expect(told(bob, 'shell.frame')).toEqual([]);
    expect(await codeOf(eve.control.call('shell.share', { to: name, title: '', writers: [] }))).toBe(
      'control.forbidden',
    );
  });

  it('goes to a person on all of their connections, and to nobody else', async () => {
    const key = makeKey();
    const [who, room] = [fresh('carol'), fresh('room')];
    const carol = await joinAs(place.station, who, room, key);
    const too = await joinAs(place.station, who, room, key);
    const ann = await joinAs(place.station, fresh('ann'), room);
    const eve = await joinAs(place.station, fresh('eve'), room);
    const { share } = await ann.control.call('shell.share', { to: `@${who}`, title: '', writers: [] });
    await eventually(() => {
      expect(told(carol, 'shell.offered')).toHaveLength(1);
      expect(told(too, 'shell.offered')).toHaveLength(1);
    });
    expect(told(eve, 'shell.offered')).toEqual([]);
    expect(await codeOf(eve.control.call('shell.watch', { share }))).toBe('control.not-found');
    expect(await codeOf(too.control.call('shell.watch', { share }))).toBe('done');
  });

  it('ends with the connection of its owner', async () => {
    const { ann, bob, share } = await sharing();
    await bob.control.call('shell.watch', { share });
    ann.close();
    await eventually(() => expect(told(bob, 'shell.ended')).toMatchObject([{ share }]));
  });

  it('leaves out frames for who does not read, and nobody else waits', async () => {
    const { ann, bob, share, name } = await sharing();
    const slow = await joinAs(place.station, fresh('slow'), name);
    await bob.control.call('shell.watch', { share });
    await slow.control.call('shell.watch', { share });
    slow.channel.pause();
    const data = b64('x'.repeat(150_000));
    for (let frame = 1; frame <= 40; frame++)
      await ann.control
        .call('shell.frame', { share, base: 0, serial: frame, data })
        .catch(async () => new Promise((resolve) => setTimeout(resolve, 100)));
    await ann.control.call('room.list', {});
    await eventually(() => expect(told(bob, 'shell.frame').length).toBeGreaterThan(15));
    expect(place.station.counters().framesSkipped).toBeGreaterThan(0);
    expect(slow.closed).toBe(false);
  });

  it('is bounded in number', async () => {
    const room = fresh('room');
    const ann = await joinAs(place.station, fresh('ann'), room);
    for (let count = 0; count < 8; count++)
      await ann.control.call('shell.share', { to: room, title: '', writers: [] });
    expect(await codeOf(ann.control.call('shell.share', { to: room, title: '', writers: [] }))).toBe(
      'control.limit',
    );
  });
});

describe('a shell on the host', () => {
  /** What a channel says, and how it ends: both may come with the answer that opens it. */
  const exec = async (key = hostKey, pty = true) => {
    const ssh = await connectSsh(place.station, fresh('ann'), key);
    const said = { text: '', status: -1 };
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      const options = pty ? { pty: { cols: 70, rows: 11 } } : {};
      ssh.exec('station-shell', options, (error, opened) => {
        if (error) return reject(error);
        const take = (bytes: Buffer): void => {
          said.text += bytes.toString();
        };
        opened.on('data', take).on('exit', (status: number) => {
          said.status = status;
        });
        opened.stderr.on('data', take);
        resolve(opened);
      });
    });
    return { channel, said };
  };

  it('runs for a key that the operator names, with its size, and tells its status', async () => {
    const { channel, said } = await exec();
    channel.write('stty size; exit 5\n');
    await eventually(() => expect(said.status).toBe(5));
    expect(said.text).toContain('11 70');
  });

  it.each([
    ['another key', () => exec(makeKey()), 'gives your key no shell'],
    ['no terminal', () => exec(hostKey, false), 'needs a terminal'],
  ])('is refused to %s', async (_, open, why) => {
    const { said } = await open();
    await eventually(() => expect(said).toMatchObject({ status: 1, text: expect.stringContaining(why) }));
  });

  it('and what else a key may do is told', async () => {
    const named = await joinAs(place.station, fresh('ann'), fresh('room'), hostKey);
    const other = await joinAs(place.station, fresh('bob'), fresh('room'));
    expect(await named.control.call('shell.rights', {})).toEqual({ tunnel: true, station: true });
    expect(await other.control.call('shell.rights', {})).toEqual({ tunnel: true, station: false });
  });
});
