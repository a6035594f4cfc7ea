/** What cannot be done is refused with a status and one sentence that says what to do, and disturbs nobody. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bystanders } from './bystanders.ts';
import { expectSentence, Place, type StationProcess } from './process.ts';

let place: Place;
let station: StationProcess;
let bystanders: Bystanders;
beforeAll(async () => {
  place = await Place.make();
  station = await place.serve();
  bystanders = await Bystanders.gather(place, station);
}, 60_000);
afterAll(async () => {
  bystanders?.stop();
  await place.dispose();
});

function serveAt(port: number, data: string): readonly string[] {
  return ['serve', '--open', '--listen', `127.0.0.1:${port}`, '--data', place.file(data)];
}

describe('a station does not start', { concurrent: true }, () => {
  test('on a port that another has', async () => {
    const refused = await place.run(serveAt(station.port, 'second'));
    expectSentence(refused, 7, new RegExp(`Port ${station.port} of 127\\.0\\.0\\.1 is in use.*--listen`));
  });

  test('on a port of which only the UDP half is taken', async () => {
    const udp = dgram.createSocket('udp4');
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const { port } = udp.address();
    const refused = await place.run(serveAt(port, 'third'));
    udp.close();
    expectSentence(refused, 7, new RegExp(`Port ${port} of 127\\.0\\.0\\.1 is in use`));
  });

  test('on an address that is not its own', async () => {
    const args = ['serve', '--listen', '192.0.2.1:0', '--data', place.file('fourth')];
    expectSentence(await place.run(args), 7, /Cannot listen on 192\.0\.2\.1:0: .*choose one of its own/);
  });

  test('on data that another one uses', async () => {
    const args = ['serve', '--listen', '127.0.0.1:0', '--data', station.data];
    expectSentence(await place.run(args), 5, /Another process is using .*station\.db: stop it or choose/);
  });
});

describe('a client is refused', { concurrent: true }, () => {
  test('whose key is not in authorized_keys, until it is', async () => {
    const closed = await place.serve({ open: false });
    const say = ['say', closed.target('ann'), 'hello'];
    const refused = await place.run(say, { home: 'ann' });
    expectSentence(
      refused,
      4,
      /the station at 127\.0\.0\.1 port [0-9]+ does not admit your key \(as ann\).*keygen/,
    );
    const { stdout: key } = await place.run(['keygen'], { home: 'ann' });
    await writeFile(join(closed.data, 'authorized_keys'), key, { mode: 0o600 });
    expect(await place.run(say, { home: 'ann' })).toMatchObject({ status: 0, stderr: '' });
    expect((await closed.process.end('SIGTERM')).status).toBe(0);
  });

  test('whose name belongs to another key', async () => {
    const say = ['say', station.target('Poster'), 'I am not who you think'];
    expectSentence(await place.run(say, { home: 'eve' }), 4, /The name Poster belongs to another key/);
    const echo = ['voice', station.target('echo'), '--input', 'silence'];
    expectSentence(await place.run(echo, { home: 'eve' }), 4, /The name echo belongs to another key/);
  });

  test('that finds another host key than before', async () => {
    const before = await place.serve();
    const say = ['say', before.target('ann'), 'hello'];
    expect((await place.run(say, { home: 'ann' })).status).toBe(0);
    await before.process.end('SIGTERM');
    const after = await place.serve({ port: before.port });
    const [old, now] = [before, after].map(({ listening }) => literal(listening.fingerprint));
    expect(old).not.toBe(now);
    const changed = new RegExp(`changed from ${old} to ${now}: .*ssh-keygen -f .*known_hosts -R`);
    for (const command of ['say', 'tail', 'voice']) {
      const args = [command, before.target('ann'), ...(command === 'say' ? ['hello'] : [])];
      expectSentence(await place.run(args, { home: 'ann' }), 4, changed);
    }
    await after.process.end('SIGTERM');
  });

  test('when nothing listens there', async () => {
    const gone = await place.serve();
    await gone.process.end('SIGTERM');
    const args = ['voice', gone.target('ann'), '--input', 'silence'];
    expectSentence(
      await place.run(args, { home: 'ann' }),
      3,
      /cannot reach 127\.0\.0\.1 port [0-9]+: nothing/,
    );
  });
});

let misconfigured = 0;
test.concurrent.each([
  ['[audio]\nbitrate = "loud"\n', /config\.toml:2: audio\.bitrate .*loud/],
  ['[crypto]\nsuites = ["rot13"]\n', /config\.toml:2: crypto\.suites .*rot13/],
  ['[station]\n\nmax_member = 3\n', /config\.toml:3: there is no key station\.max_member; did you mean/],
  ['[audio\n', /config\.toml:1: not valid TOML/],
])('a configuration of %j is refused with file, line and key', async (toml, sentence) => {
  const home = `misconfigured-${++misconfigured}`;
  const directory = join(await place.home(home), '.config', 'voipterm');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.toml'), toml);
  const serve = await place.run(serveAt(0, 'fifth'), { home });
  expectSentence(serve, 2, sentence);
});

// Not at the same time: when all of that is over.
test('and all the while nobody noticed', { timeout: 60_000 }, async () => {
  await bystanders.expectUndisturbed();
  expect(await station.process.end('SIGTERM')).toMatchObject({ status: 0 });
});

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
