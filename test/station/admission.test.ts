/** How a key that nobody admitted comes in with an invitation, and what keeps others out. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyAuthMethod } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OPERATOR } from '../../src/station/moderation.ts';
import { moderationHandlers } from '../../src/station/moderation-handlers.ts';
import {
  connectRaw,
  connectSsh,
  eventually,
  joinAs,
  makeKey,
  type RawClient,
  startStation,
  type TestKey,
  type TestStation,
} from './raw-client.ts';

let at: TestStation;
const owner = makeKey();
const opened: RawClient[] = [];

beforeEach(async () => {
  at = await startStation({ open: false, handshakeMs: 1500, keysCheckMs: 50 });
  writeFileSync(join(at.dir, 'authorized_keys'), `${owner.public}\n`, { mode: 0o600 });
});
afterEach(async () => {
  for (const client of opened.splice(0)) client.close();
  vi.useRealTimers();
  await at.close();
});

const operator = () => moderationHandlers(at.station.lobby, () => OPERATOR);
const invite = async (change: object = {}) =>
  operator()['invite.create']({ room: null, uses: 1, seconds: 3600, role: 'member', ...change });

function showing(token: string, username: string, key: TestKey): AnyAuthMethod[] {
  return [
    { type: 'password', username, password: token },
    { type: 'publickey', username, key: key.private },
  ];
}

/** Logs in as our client does: the token as a password, then the key. */
async function enter(user: string, key: TestKey, token: string): Promise<RawClient> {
  const client = await connectRaw(at.station, user, key, {
    authHandler: showing(token, user, key),
  });
  opened.push(client);
  return client;
}

const refused = { code: 'control.auth-refused' };

describe('an invitation', () => {
  it('admits a key never seen before, once and for good', async () => {
    const { token } = await invite();
    const key = makeKey();
    const gus = await enter('gus', key, token);
    await expect(gus.hello()).resolves.toMatchObject({ name: 'gus', role: 'member' });
    const again = await connectRaw(at.station, 'gus', key); // without it from now on
    opened.push(again);
    await expect(again.hello()).resolves.toMatchObject({ name: 'gus' });
    const late = await enter('late', makeKey(), token); // and nobody else by it
    await expect(late.hello()).rejects.toMatchObject(refused);
    expect(at.station.counters()).toMatchObject({ invitesUsed: 1, invitesGuessed: 0 });
  });

  it('survives a restart, and its use too', async () => {
    const { token } = await invite({ uses: 2 });
    const key = makeKey();
    await (await enter('gus', key, token)).hello();
    for (const client of opened.splice(0)) client.close();
    await at.station.close();
    const { Station } = await import('../../src/station/station.ts');
    const { silentLog } = await import('../../src/log.ts');
    const station = await Station.open({
      host: '127.0.0.1',
      port: 0,
      dataDir: join(at.dir, 'data'),
      authorizedKeys: join(at.dir, 'authorized_keys'),
      open: false,
      name: 'test',
      log: silentLog,
    });
    at = { ...at, station, close: () => station.close() };
    const again = await connectRaw(station, 'gus', key);
    opened.push(again);
    await expect(again.hello()).resolves.toMatchObject({ name: 'gus' });
    await expect((await enter('pia', makeKey(), token)).hello()).resolves.toMatchObject({ name: 'pia' });
    await expect((await enter('late', makeKey(), token)).hello()).rejects.toMatchObject(refused);
  });

  it('counts uses one by one, also of those who come at once', async () => {
    const { token } = await invite({ uses: 3 });
    const comers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => enter(name, makeKey(), token)));
    const outcomes = await Promise.allSettled(comers.map((client) => client.hello()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });

  it('is over when it has expired or was withdrawn, and says which', async () => {
    const short = await invite({ seconds: 1 });
    const withdrawn = await invite();
    await operator()['invite.revoke']({ id: withdrawn.id });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2000 });
    await expect((await enter('gus', makeKey(), short.token)).hello()).rejects.toThrow('expired');
    await expect((await enter('gus', makeKey(), withdrawn.token)).hello()).rejects.toThrow('withdrawn');
  });

  it('that does not let in leaves the name free', async () => {
    const { token, id } = await invite();
    await operator()['invite.revoke']({ id });
    await expect((await enter('gus', makeKey(), token)).hello()).rejects.toMatchObject(refused);
    const other = await joinAs(at.station, 'gus', 'lobby', owner);
    opened.push(other);
    expect(other.closed).toBe(false);
  });

  it('is not used up by somebody whose name is taken', async () => {
    opened.push(await joinAs(at.station, 'ann', 'lobby', owner));
    const { token } = await invite();
    const key = makeKey();
    await expect((await enter('Ann', key, token)).hello()).rejects.toMatchObject({
      code: 'control.name-taken',
    });
    await expect((await enter('anna', key, token)).hello()).resolves.toMatchObject({ name: 'anna' });
  });

  it('does not bring back a key that was removed', async () => {
    const { token } = await invite({ uses: 5 });
    const key = makeKey();
    const gus = await enter('gus', key, token);
    await gus.hello();
    const { lobby } = at.station;
    const [row] = lobby.roles.admitted();
    lobby.roles.forget(row!.fingerprint);
    await expect((await enter('gus', key, token)).hello()).rejects.toThrow('used it before');
  });

  it('gives a private room to a key that is in already, and uses nothing up where it gives nothing', async () => {
    const { lobby } = at.station;
    lobby.roles.setRules('plans', { ...lobby.roles.rulesOf('plans'), private: true });
    const ann = await joinAs(at.station, 'ann', 'lobby', owner);
    opened.push(ann);
    await expect(ann.control.call('room.join', { room: 'plans' })).rejects.toMatchObject({
      code: 'control.forbidden',
    });
    const { token } = await invite({ room: 'plans', uses: 1 });
    const general = await invite();
    await (await enter('ann', owner, general.token)).hello();
    await (await enter('ann', owner, token)).hello();
    await expect(ann.control.call('room.join', { room: 'plans' })).resolves.toMatchObject({ room: 'plans' });
    const states = (await operator()['invite.list']({})).invites.map(({ id, state }) => [id, state]);
    expect(Object.fromEntries(states)).toEqual({
      [general.id]: 'open',
      [states.find(([id]) => id !== general.id)![0]!]: 'used',
    });
  });
});

describe('who has none', () => {
  const knock = (password: string): Promise<unknown> =>
    connectSsh(at.station, 'eve', makeKey(), {
      authHandler: showing(password, 'eve', makeKey()),
    });

  it('is refused before anything else, is counted, and is not looked at after some guesses', async () => {
    for (let guess = 0; guess < 12; guess += 1) {
      const token = Buffer.alloc(18, guess).toString('base64url');
      await expect(knock(token)).rejects.toThrow('All configured authentication methods failed');
    }
    const counters = at.station.counters();
    expect(counters.invitesGuessed).toBe(10);
    expect(counters.invitesLimited).toBe(2);
  });

  it('in spite of that gets nowhere with a right one from the same address until some time passed', async () => {
    for (let guess = 0; guess < 10; guess += 1) await knock('x'.repeat(24)).catch(() => undefined);
    const { token } = await invite();
    await expect(knock(token)).rejects.toThrow('All configured');
  });

  it('is asked for nothing but a key', async () => {
    const methods: unknown[] = [];
    const attempt = connectSsh(at.station, 'eve', makeKey(), {
      authHandler: (left, _partly, next) => {
        methods.push(left);
        next(methods.length === 1 ? { type: 'none', username: 'eve' } : (false as never));
      },
    });
    await expect(attempt).rejects.toThrow();
    expect(methods.at(-1)).toEqual(['publickey']);
  });
});

describe('between the proof of a key and hello', () => {
  it('nothing but hello is answered, no forward and no shell is opened, and it ends by itself', async () => {
    const { token } = await invite();
    const gus = await enter('gus', makeKey(), token);
    await expect(gus.control.call('room.list', {})).rejects.toMatchObject({ code: 'control.version' });
    await expect(
      new Promise((resolve, reject) => {
        gus.ssh.forwardOut('127.0.0.1', 1, '127.0.0.1', at.station.address.port, (error) =>
          error ? reject(error) : resolve(undefined),
        );
      }),
    ).rejects.toThrow();
    await eventually(() => expect(gus.closed).toBe(true)); // handshakeMs
    expect(at.station.memberCount).toBe(0);
  });
});

describe('a ban', () => {
  it('ends every connection of the key, says why at the door, and lasts over restarts of it', async () => {
    const key = makeKey();
    const { token } = await invite();
    const gus = await enter('gus', key, token);
    await gus.hello();
    const quiet = await connectSsh(at.station, 'gus', key); // one that only forwards
    let cut = false;
    quiet.on('close', () => {
      cut = true;
    });
    await operator()['moderate.ban']({ room: null, who: 'gus', reason: 'spam', seconds: 60 });
    await eventually(() => expect(gus.closed && cut).toBe(true));
    expect(gus.notifications.map(({ method }) => method)).toContain('removed');
    const back = await connectRaw(at.station, 'gus', key);
    opened.push(back);
    await expect(back.hello()).rejects.toMatchObject({
      code: 'control.banned',
      message: expect.stringContaining('spam'),
    });
    await operator()['moderate.unban']({ room: null, who: '@gus' });
    const free = await connectRaw(at.station, 'gus', key);
    opened.push(free);
    await expect(free.hello()).resolves.toMatchObject({ name: 'gus' });
  });

  it('of an address keeps out everybody from there but owners', async () => {
    const ann = await joinAs(at.station, 'ann', 'lobby', owner);
    opened.push(ann);
    const { lobby } = at.station;
    lobby.roles.options = { ...lobby.roles.options, owners: [lobby.keyOf(ann.id)] };
    const { token } = await invite();
    const gus = await enter('gus', makeKey(), token);
    await gus.hello();
    const { connections } = await operator()['moderate.ban']({ room: null, who: '127.0.0.0/8' });
    expect(connections).toBeGreaterThan(0);
    await eventually(() => expect(gus.closed).toBe(true));
    expect(ann.closed).toBe(false);
  });
});

describe('a key that is not admitted any more', () => {
  it('loses its connection when its line leaves the file, and others keep theirs', async () => {
    const file = join(at.dir, 'authorized_keys');
    const friend = makeKey();
    writeFileSync(file, `${owner.public}\n${friend.public}\n`, { mode: 0o600 });
    const [ann, bob] = [
      await joinAs(at.station, 'ann', 'lobby', owner),
      await joinAs(at.station, 'bob', 'lobby', friend),
    ];
    opened.push(ann, bob);
    const gus = await enter('gus', makeKey(), (await invite()).token);
    await gus.hello();
    writeFileSync(file, `${owner.public}\n`);
    await eventually(() => expect(bob.closed).toBe(true));
    expect(bob.notifications.at(-1)).toMatchObject({ method: 'removed' });
    expect([ann.closed, gus.closed]).toEqual([false, false]);
  });

  it('loses it when an open station closes its door', async () => {
    const { station } = at;
    station.reconfigure({ name: 'test', open: true });
    const [ann, eve] = [await joinAs(station, 'ann', 'lobby', owner), await joinAs(station, 'eve', 'lobby')];
    opened.push(ann, eve);
    station.reconfigure({ name: 'test', open: false });
    await eventually(() => expect(eve.closed).toBe(true));
    expect(ann.closed).toBe(false);
  });
});
