/** Invitations, bans and private rooms as people and operators have them: the built program, a home for each. */
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { test } from './place-test.ts';
import { expectSentence, type Place, type StationProcess } from './process.ts';

const LONG = { timeout: 60_000 };

/** What an operator asks the station on this machine. */
async function operator(place: Place, { data }: StationProcess, ...args: string[]): Promise<string> {
  const done = await place.run(['station', ...args, '--data', data], { home: 'operator' });
  expect(done, args.join(' ')).toMatchObject({ status: 0 });
  return done.stdout.trimEnd();
}

/** An invitation, with the name that somebody takes. */
async function invite(
  place: Place,
  station: StationProcess,
  name: string,
  ...args: string[]
): Promise<string> {
  const line = await operator(place, station, 'invite', ...args);
  expect(line).toMatch(/^voipterm:\/\/127\.0\.0\.1:[0-9]+(\/[a-z]+)?\?key=[\w-]{43}#[\w-]{24}$/);
  return line.replace('voipterm://', `voipterm://${name}@`);
}

describe.concurrent('with one pasted line', () => {
  test('a key never seen before comes in, once and for good, without a question', LONG, async ({ place }) => {
    const station = await place.serve({ open: false });
    const line = await invite(place, station, 'gus', '--room', 'lobby');
    const said = await place.run(['say', line, 'hi'], { home: 'gus' });
    expect(said).toMatchObject({ status: 0, stderr: '' });
    const again = await place.run(['say', station.target('gus'), 'there'], {
      home: 'gus',
      env: { VOIPTERM_CLIENT_HOST_KEY_CHECK: 'strict' },
    });
    expect(again).toMatchObject({ status: 0, stderr: '' });
    const late = await place.run(['say', line.replace('gus', 'late'), 'me too'], { home: 'late' });
    expectSentence(late, 4, /used as often as it may be/);
    const read = await place.run(['tail', station.target('gus')], { home: 'gus' });
    expect(read.stdout).toMatch(/gus.*hi[\s\S]*gus.*there/);
  });

  test('whose host key is another one, an alarm is all that happens', LONG, async ({ place }) => {
    const station = await place.serve({ open: false });
    const line = await invite(place, station, 'gus');
    const forged = line.replace(/key=..../, 'key=AAAA');
    expectSentence(await place.run(['say', forged, 'hi'], { home: 'gus' }), 4, /ALARM.*host key/);
    expect(await operator(place, station, 'invites')).toMatch(/open .* 1\/1/);
  });

  test('a station on all addresses asks what it is called outside', LONG, async ({ place }) => {
    const station = await place.serve({ more: ['--listen', '0.0.0.0:0'] });
    const { data, port } = station;
    const bare = await place.run(['station', 'invite', '--data', data], { home: 'operator' });
    expectSentence(bare, 2, /--host HOST/);
    const named = await operator(place, station, 'invite', '--host', 'chat.example.org');
    expect(named).toContain(`voipterm://chat.example.org:${port}?key=`);
  });
});

describe.concurrent('a moderator', () => {
  test(
    'bans a key, which ends its connection and keeps it out until the ban is lifted',
    LONG,
    async ({ place }) => {
      const station = await place.serve();
      const tail = await place.start(['tail', '-f', '--json', station.target('gus')], { home: 'gus' });
      expect(await place.run(['say', station.target('gus'), 'hi'], { home: 'gus' })).toMatchObject({
        status: 0,
      });
      await tail.until(({ lines }) => lines.some((line) => line.includes('hi')));
      await operator(place, station, 'ban', 'gus', '--for', '1h', '--reason', 'spam');
      expect(await tail.exited()).toMatchObject({ status: 4, stderr: expect.stringContaining('spam') });
      const kept = await place.run(['say', station.target('gus'), 'me'], { home: 'gus' });
      expectSentence(kept, 4, /You are banned from this station until .*: spam/);
      expect(await operator(place, station, 'bans')).toMatch(/ban +station +gus/);
      await operator(place, station, 'unban', 'gus');
      expect(await place.run(['say', station.target('gus'), 'back'], { home: 'gus' })).toMatchObject({
        status: 0,
      });
      expect(await operator(place, station, 'audit')).toMatch(/unban[\s\S]* ban /);
    },
  );

  test(
    'keeps a private room from who is not invited: not listed, read or entered',
    LONG,
    async ({ place }) => {
      const station = await place.serve();
      await operator(place, station, 'room', 'plans', '--private', 'on');
      const line = await invite(place, station, 'ann', '--room', 'plans');
      expect(await place.run(['say', line, 'secret'], { home: 'ann' })).toMatchObject({ status: 0 });
      const read = await place.run(['tail', station.target('gus', 'plans')], { home: 'gus' });
      expectSentence(read, 4, /#plans is private/);
      const own = await place.run(['tail', station.target('ann', 'plans')], { home: 'ann' });
      expect(own.stdout).toContain('secret');
    },
  );
});

describe.concurrent('the local socket', () => {
  test('is private, and without a station the sentence says so', LONG, async ({ place }) => {
    const station = await place.serve();
    const { mode } = await stat(join(station.data, 'station.sock'));
    expect(mode & 0o777).toBe(0o600);
    expect((await station.process.end('SIGTERM')).status).toBe(0);
    const asked = await place.run(['station', 'users', '--data', station.data], { home: 'operator' });
    expectSentence(asked, 3, /no station runs/);
  });

  test('admits keys from a file, and removes them again', LONG, async ({ place }) => {
    const station = await place.serve({ open: false });
    const key = (await place.run(['keygen'], { home: 'gus' })).stdout;
    const file = place.file('keys');
    await writeFile(file, `${key}ssh-rsa AAAA old\n`);
    expect(await operator(place, station, 'keys', 'import', file)).toContain('1 keys were added');
    expect(await place.run(['say', station.target('gus'), 'hi'], { home: 'gus' })).toMatchObject({
      status: 0,
    });
    await operator(place, station, 'keys', 'remove', 'gus');
    expectSentence(
      await place.run(['say', station.target('gus'), 'hi'], { home: 'gus' }),
      4,
      /does not admit your key/,
    );
  });

  test(
    'and SIGHUP: the configuration is read anew, and a bad one changes nothing',
    LONG,
    async ({ place }) => {
      const config = place.file('station.toml');
      await writeFile(config, '[station]\nname = "before"\n');
      const station = await place.serve({ more: ['--config', config, '--log-format', 'json'] });
      await writeFile(config, '[station]\nname = "after"\nmax_members = 3\n');
      station.process.child.kill('SIGHUP');
      await station.process.until(({ stderr }) => stderr.includes('read the configuration anew'));
      expect(station.process.stderr).toContain('station.max_members');
      expect(await operator(place, station, 'status')).toContain('after');
      await writeFile(config, '[station]\nname = 7\n');
      station.process.child.kill('SIGHUP');
      await station.process.until(({ stderr }) => stderr.includes('everything stays as it was'));
      expect(await operator(place, station, 'status')).toContain('after');
    },
  );
});
