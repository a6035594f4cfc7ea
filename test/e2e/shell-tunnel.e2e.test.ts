/** Shells and others: connections that leave from the station, and a shell that two people see. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { until } from './screens.ts';
import { test } from './screens-test.ts';
import { lacks, SHELL, shellOf } from './shell-panes.ts';

/** A web server that only answers; how often it was asked tells where a request went. */
async function web(): Promise<{ readonly port: number; readonly asked: () => number; close(): void }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    response.end(`hello from ${request.url}\n`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, asked: () => asked, close: () => server.close() };
}

test.skipIf(lacks('curl'))(
  'what is typed in the shell leaves from the station',
  async ({ place, screens }) => {
    const server = await web();
    const station = await place.serve({ more: ['--allow-forward', `127.0.0.1:${server.port}`] });
    const ann = await screens.open('ann', [station.target('ann')], { ...SHELL, columns: 120 });
    await shellOf(ann);
    await until(ann, 'leave from the station');
    ann.send(`curl -sS http://127.0.0.1:${server.port}/through\r`);
    await until(ann, 'hello from /through');
    // Another port of the same machine is not allowed: were it asked from here, it would answer.
    const other = await web();
    ann.send(`curl -sS http://127.0.0.1:${other.port}/; echo status-$?\r`);
    await until(ann, /status-97/);
    expect([server.asked(), other.asked()]).toEqual([1, 0]);
    // Nobody gets in without the password that only this shell has.
    ann.send('echo "$ALL_PROXY" end | sed "s/.*:/port /"\r');
    await until(ann, /port \d+ end/);
    const port = /port (\d+) end/.exec(ann.lines.join('\n'))?.[1];
    const stranger = spawnSync('curl', [
      '-sS',
      '-m',
      '5',
      '-x',
      `socks5h://127.0.0.1:${port}`,
      `http://127.0.0.1:${server.port}/`,
    ]);
    expect(stranger.status).not.toBe(0);
    expect(server.asked()).toBe(1);
    server.close();
    other.close();
  },
);

test.skipIf(lacks('ssh'))(
  'ssh typed in the shell goes by the station, or nowhere',
  async ({ place, screens }) => {
    // A station is an SSH server as well: one that admits nobody says so, and then we were there.
    const far = await place.serve({ open: false });
    const station = await place.serve({ more: ['--allow-forward', `127.0.0.1:${far.port}`] });
    const ann = await screens.open('ann', [station.target('ann')], { ...SHELL, columns: 140 });
    await shellOf(ann);
    await until(ann, 'leave from the station');
    const ssh = 'ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null';
    ann.send(`${ssh} -p ${far.port} ann@127.0.0.1 2>&1 | tail -1\r`);
    await until(ann, 'Permission denied (publickey)');
    ann.send(`${ssh} -p ${station.port} ann@127.0.0.1 2>&1 | head -1\r`);
    await until(ann, 'its rules do not allow it');
  },
);

test('a station that permits nothing is said, and the shell works', async ({ place, screens }) => {
  const station = await place.serve();
  const ann = await screens.open('ann', [station.target('ann')], { ...SHELL, columns: 120 });
  await shellOf(ann);
  await until(ann, 'connections leave from this machine: this station lets your key forward nothing');
  ann.send('echo "proxy:$ALL_PROXY:"\r');
  await until(ann, 'proxy::');
});

test('two people in one shell: looking on, typing when granted, and the end of it', async ({
  place,
  screens,
}) => {
  const station = await place.serve();
  const ann = await screens.open('ann', [station.target('ann')], { ...SHELL, columns: 120 });
  const bob = await screens.open('bob', [station.target('bob')], { ...SHELL, columns: 120 });
  await until(bob, 'online', 'ann');
  await shellOf(ann);
  ann.send('\x1bOP/share-shell #lobby\r');
  await until(bob, '/watch-shell');
  bob.send('/watch-shell @ann\r');
  await until(ann, '@bob sees your shell', 'SHELL SHARED');
  ann.send('\x1bOR');
  await until(ann, /SHARED ro #lobby, 1 look on/);
  ann.send('printf "\\033[31mseen-%s\\n" by-bob\r');
  await until(bob, 'seen-by-bob');
  bob.send('echo not-granted\r');
  ann.send('\x1bOP/share-shell rw #lobby\r');
  await until(bob, /^\$/m);
  await until(ann, 'OTHERS TYPE');
  bob.send('echo typed-$((40+2))\r');
  await until(bob, 'typed-42');
  ann.send('\x1bOR');
  await until(ann, 'typed-42');
  expect(ann.lines.join('\n')).not.toContain('not-granted');
  ann.send('\x1b[24~');
  await until(bob, 'is not shared any more');
  await ann.until((text) => !text.includes('SHARED'), 20_000);
});
