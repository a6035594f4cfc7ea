/** The doctor against stations, against what is none, and on networks that let only a part through. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckId, Status } from '../../src/doctor/check.ts';
import type { ReportDocument } from '../../src/doctor/report.ts';
import { ImpairmentProxy } from '../../src/lab/proxy.ts';
import { startJumpHost } from '../fakes/jump-host.ts';
import { Terminal } from '../fakes/terminal.ts';
import { makeKey } from '../station/raw-client.ts';
import { type Outcome, Place, PROGRAM, Running, type StationProcess } from './process.ts';

/** A machine of tests has no sound. */
const MUTE = { VOIPTERM_AUDIO_INPUT: 'tone', VOIPTERM_AUDIO_OUTPUT: 'null' };
/** All of 127.0.0.0/8 is loopback on Linux alone: a proxy has the station's port number on another address. */
const HAS_127_8 = process.platform === 'linux';
const SSHD = '/usr/sbin/sshd';
/** As root it wants a directory that Debian's service makes. */
const HAS_SSHD = existsSync(SSHD) && (userInfo().uid !== 0 || existsSync('/run/sshd'));

let place: Place;
let station: StationProcess;
beforeAll(async () => {
  place = await Place.make();
  station = await place.serve({
    more: ['--listen-tls', '127.0.0.1:0', '--udp-port', String(await freeUdpPort())],
  });
}, 60_000);
afterAll(() => place.dispose());

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

async function freeTcpPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

interface Examined extends Outcome {
  readonly report: ReportDocument;
  /** Of the way to the station, without "path." */
  readonly way: Readonly<Record<string, Status>>;
}

async function examine(
  args: readonly string[],
  home: string,
  env: Record<string, string> = {},
): Promise<Examined> {
  const outcome = await place.run(['doctor', '--json', ...args], {
    home,
    env: { ...MUTE, ...env },
    patience: 60_000,
  });
  const report = JSON.parse(outcome.stdout) as ReportDocument;
  expect(report.exitStatus).toBe(outcome.status);
  const path = report.checks.filter(({ id }) => id.startsWith('path.'));
  const way = Object.fromEntries(path.map(({ id, status }) => [id.slice('path.'.length), status]));
  return { ...outcome, report, way };
}

function found({ report }: Examined, id: CheckId): ReportDocument['checks'][number] {
  const check = report.checks.find((each) => each.id === id);
  if (!check) throw new Error(`no ${id} in ${JSON.stringify(report)}`);
  return check;
}

function knownHosts(home: string): string {
  return place.file(join(`home-${home}`, '.local', 'share', 'voipterm', 'known_hosts'));
}

const GREETED = { name: 'ok', tcp: 'ok', ssh: 'ok' };
const CONNECTED = { ...GREETED, 'host-key': 'ok', login: 'ok', hello: 'ok' };
const MEASURED = { 'round-trip': 'ok', loss: 'ok', mtu: 'ok', dscp: 'ok' };

describe.concurrent('a station that is well', () => {
  test('is said to be, and its new key is not remembered', async () => {
    const first = await examine([station.target('ann')], 'ann');
    expect(first.way).toEqual({
      ...{ ...CONNECTED, 'host-key': 'warning' },
      ...{ udp: 'ok', 'further-udp': 'ok', stream: 'ok', ...MEASURED, tls: 'ok' },
    });
    const { fingerprint } = station.listening;
    expect(found(first, 'path.host-key')).toMatchObject({ facts: { fingerprint, state: 'new' } });
    const { echoSent, echoReturned } = found(first, 'path.loss').facts;
    expect(echoSent).toBeGreaterThan(100);
    expect(echoReturned).toBe(echoSent);
    expect(existsSync(knownHosts('ann'))).toBe(false);
  });

  test('is found again where it was used last, all well, in words', async () => {
    const said = await place.run(['say', station.target('bob'), 'hello'], { home: 'bob' });
    expect(said.status).toBe(0);
    const known = await readFile(knownHosts('bob'), 'utf8');
    const env = { ...MUTE, VOIPTERM_CLIENT_TARGET: station.target('bob') };
    const outcome = await place.run(['doctor'], { home: 'bob', env, patience: 60_000 });
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/ok {7}host key +SHA256:\S+ is the known one\n/);
    // Which of the optional packages there are, is this machine's own business.
    const mute = /^(?: *)warning {2}sound packages/m.test(outcome.stdout);
    expect(outcome.stdout).toMatch(
      mute
        ? /\n\nVerdict: calls at bob@127\.0\.0\.1:[0-9]+ work; a warning: sound packages\.\n$/
        : /\n\nVerdict: calls at bob@127\.0\.0\.1:[0-9]+ work; all [0-9]+ checks are well\.\n$/,
    );
    expect(outcome.stdout.match(/^ *(?:warning|FAILURE) /gm) ?? []).toHaveLength(mute ? 1 : 0);
    expect(await readFile(knownHosts('bob'), 'utf8')).toBe(known);
  });

  test('that changed its key is not logged in to', async () => {
    const before = await place.serve();
    await place.run(['say', before.target('eve'), 'hello'], { home: 'eve' });
    await before.process.end('SIGTERM');
    const after = await place.serve({ port: before.port });
    const changed = await examine([before.target('eve')], 'eve');
    expect(changed).toMatchObject({ status: 4, way: { ...GREETED, 'host-key': 'failure' } });
    expect(changed.way).not.toHaveProperty('login');
    const { code, text, fix } = found(changed, 'path.host-key');
    expect(code).toBe('control.host-key-changed');
    expect(text).toContain(before.listening.fingerprint);
    expect(text).toContain(after.listening.fingerprint);
    expect(fix).toMatch(/ask the operator/);
    expect(changed.stderr).toMatch(
      /^voipterm: 1 of [0-9]+ checks failed: host key(?:; a warning: sound packages)?\n$/,
    );
  });

  test('that does not admit the key says so', async () => {
    const closed = await place.serve({ open: false });
    const refused = await examine([closed.target('ann')], 'uninvited');
    expect(refused).toMatchObject({
      status: 4,
      way: { ...GREETED, 'host-key': 'warning', login: 'failure' },
    });
    expect(found(refused, 'path.login')).toMatchObject({
      code: 'control.auth-refused',
      fix: expect.stringContaining('voipterm keygen'),
    });
  });

  test('that wants a known key gets nobody who knows none', async () => {
    const strict = await examine([station.target('ann')], 'strict', {
      VOIPTERM_CLIENT_HOST_KEY_CHECK: 'strict',
    });
    expect(strict).toMatchObject({ status: 4, way: { ...GREETED, 'host-key': 'failure' } });
    expect(found(strict, 'path.host-key').code).toBe('control.host-key-unknown');
  });
});

describe.concurrent('a network', () => {
  test.runIf(HAS_127_8)('that blocks UDP leaves the way inside SSH', async () => {
    const listen = { host: '127.0.0.2', port: station.port };
    const proxy = await ImpairmentProxy.start({
      listen,
      target: { ...listen, host: '127.0.0.1' },
      udp: false,
    });
    try {
      const blocked = await examine([`ann@127.0.0.2:${station.port}`], 'ann');
      expect(blocked.status).toBe(0);
      expect(blocked.way).toMatchObject({
        udp: 'warning',
        'further-udp': 'warning',
        stream: 'ok',
        loss: 'ok',
      });
      expect(found(blocked, 'path.udp').fix).toContain(`UDP port ${station.port}`);
    } finally {
      await proxy.close();
    }
  });

  /** What is said of a station of its own, all of whose UDP goes through a proxy that does this to it on the way up. */
  async function examineBehind(up: string): Promise<Examined> {
    const lone = await place.serve();
    const listen = { host: '127.0.0.2', port: lone.port };
    const target = { ...listen, host: '127.0.0.1' };
    const tcp = await ImpairmentProxy.start({ listen, target, udp: false });
    const udp = await ImpairmentProxy.start({ listen, target, tcp: false, up });
    try {
      return await examine([`ann@127.0.0.2:${lone.port}`], 'ann');
    } finally {
      await udp.close();
      await tcp.close();
    }
  }

  test.runIf(HAS_127_8)('that blocks UDP on every port, in one direction', async () => {
    const oneWay = await examineBehind('block');
    expect(found(oneWay, 'path.udp')).toMatchObject({
      status: 'warning',
      facts: { inUse: { up: 'stream' } },
    });
  });

  test.runIf(HAS_127_8)('that loses a part of what is sent', async () => {
    const lossy = await examineBehind('loss=20%');
    expect(lossy.way).toMatchObject({ udp: 'ok', loss: 'warning' });
    expect(lossy.status).toBe(0);
  });

  test('on which nothing listens ends it at TCP', async () => {
    const dead = await examine(['ann@127.0.0.1:1'], 'ann');
    expect(dead).toMatchObject({ status: 3, way: { name: 'ok', tcp: 'failure' } });
    expect(dead.way).not.toHaveProperty('ssh');
    expect(found(dead, 'path.tcp').fix).toMatch(/start the station, and open TCP port 1 /);
  });

  test('with a server that says nothing does not hang it', async () => {
    const silent = createServer(() => undefined);
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const heard = await examine([`ann@127.0.0.1:${port}`], 'ann');
    silent.close();
    expect(heard).toMatchObject({ status: 3, way: { name: 'ok', tcp: 'ok', ssh: 'failure' } });
  });
});

describe.concurrent('an SSH server that is no station', () => {
  async function expectNoStation(target: string, home: string, args: readonly string[] = []): Promise<void> {
    const taken = await examine([...args, target], home);
    expect(taken).toMatchObject({ status: 1, way: { ...GREETED, login: 'ok', hello: 'failure' } });
    expect(found(taken, 'path.hello')).toMatchObject({
      code: 'control.protocol',
      text: expect.stringContaining('no voipterm station'),
      fix: expect.stringContaining('voipterm serve'),
    });
  }

  test('of our making is told from one, and a station is reached through it', {
    timeout: 60_000,
  }, async () => {
    const key = (await place.run(['keygen'], { home: 'jumper' })).stdout;
    const host = await startJumpHost(key);
    try {
      const args = ['-J', `jumper@127.0.0.1:${host.port}`, station.target('jumper')];
      const [beyond] = await Promise.all([
        examine(args, 'jumper'),
        expectNoStation(`ann@127.0.0.1:${host.port}`, 'jumper'),
      ]);
      expect(beyond).toMatchObject({ status: 0, way: { 'host-key': 'warning', login: 'ok', hello: 'ok' } });
      expect(existsSync(knownHosts('jumper'))).toBe(false);
    } finally {
      await host.close();
    }
  });

  test.skipIf(!HAS_SSHD)("of OpenSSH's making is told from one", { timeout: 60_000 }, async () => {
    const directory = place.file('sshd');
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const { stdout: key } = await place.run(['keygen'], { home: 'guest' });
    await writeFile(join(directory, 'authorized_keys'), key, { mode: 0o600 });
    await writeFile(join(directory, 'host_key'), makeKey().private, { mode: 0o600 });
    const port = await freeTcpPort();
    const settings = [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${join(directory, 'host_key')}`,
      `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
      `PidFile ${join(directory, 'pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
    ];
    await writeFile(join(directory, 'config'), `${settings.join('\n')}\n`);
    const program = spawn(SSHD, ['-D', '-e', '-f', join(directory, 'config')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const sshd = new Running(program, 'sshd');
    try {
      await sshd.until(({ stderr }) => stderr.includes('Server listening'));
      await expectNoStation(`${userInfo().username}@127.0.0.1:${port}`, 'guest');
    } finally {
      await sshd.end('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    }
  });
});

test.concurrent('a broken configuration is one failure among checks that are made all the same', async () => {
  const file = place.file('broken.toml');
  await writeFile(file, '[audio]\nbitrate = "loud"\n');
  const broken = await examine(['--config', file, station.target('ann')], 'ann');
  expect(broken.status).toBe(2);
  expect(found(broken, 'files.config')).toMatchObject({
    code: 'config.invalid',
    text: expect.stringMatching(/broken\.toml:2/),
  });
  expect(broken.way).toMatchObject({ login: 'ok', udp: 'ok' });
});

describe.concurrent('a terminal', () => {
  async function inTerminal(kitty: boolean): Promise<string> {
    const script = `"${process.execPath}" "${PROGRAM}" doctor; stty -a; echo done`;
    const env = { HOME: await place.home('viewer'), ...MUTE };
    const terminal = Terminal.start({
      command: '/bin/sh',
      args: ['-c', script],
      env,
      kitty,
      columns: 120,
      rows: 60,
    });
    await terminal.until((text) => /^done$/m.test(text));
    const { text, modes } = terminal;
    await terminal.stop();
    expect(modes).toMatchObject({ kittyFlags: 0, bracketedPaste: false });
    expect(text).toMatch(/[^-]icanon/);
    expect(text).toMatch(/[^-]echo[ ;]/);
    return text;
  }

  test('that tells when a key is let go, and gets its modes back', async () => {
    const text = await inTerminal(true);
    expect(text).toMatch(/ok {7}keyboard +it tells when a key is let go/);
    expect(text).toMatch(/ok {7}size +120x60/);
    expect(text).toMatch(/ok {7}characters +UTF-8/);
  });

  test('that does not', async () => {
    expect(await inTerminal(false)).toMatch(/warning {2}keyboard +it does not tell when a key is let go/);
  });
});
