/**
 * A stock OpenSSH client forwards through `voipterm serve`: -L and -R, half-closed streams, many megabytes over key exchanges,
 * refusals in words, and no file descriptor left behind.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Place, Running, type StationProcess } from './process.ts';

const HAVE_SSH = spawnSync('ssh', ['-V']).error === undefined;
const MEBIBYTE = 1024 * 1024;
/** Both ways; with a key exchange after each 4 MiB it sees some. */
const TRANSFER_BYTES = 16 * MEBIBYTE;

let place: Place;
let station: StationProcess;
let destination: Server;
let key: string;
const started: ChildProcess[] = [];

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const sha = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** Reads all that is said until the other side has said all; then answers its checksum and as much of its own, and ends. */
function answer(socket: Socket): void {
  const hash = createHash('sha256');
  socket.on('data', (chunk) => hash.update(chunk));
  socket.on('error', () => socket.destroy());
  socket.on('end', () => {
    const data = randomBytes(TRANSFER_BYTES);
    socket.write(`${hash.digest('hex')} ${sha(data)} `);
    socket.end(data);
  });
}

/** Says much, ends its side, and hears the answer: proves both ways and the half-closed stream between. */
async function exchange(port: number): Promise<void> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const data = randomBytes(TRANSFER_BYTES);
  const heard: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => heard.push(chunk));
  socket.end(data);
  await once(socket, 'end');
  const all = Buffer.concat(heard);
  const [theirs, ours] = all.subarray(0, 130).toString('latin1').split(' ');
  const body = all.subarray(130);
  expect({ sent: theirs, bytes: body.length, received: sha(body) }).toEqual({
    sent: sha(data),
    bytes: TRANSFER_BYTES,
    received: ours,
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** An ssh that only forwards. */
function ssh(args: readonly string[]): Running {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=no',
    'IdentitiesOnly=yes',
    'ExitOnForwardFailure=yes',
  ];
  options.push(
    `UserKnownHostsFile=${place.file('known_hosts')}`,
    'RekeyLimit=4M',
    'GlobalKnownHostsFile=/dev/null',
  );
  const child = spawn(
    'ssh',
    [
      '-F',
      '/dev/null',
      '-N',
      '-i',
      key,
      ...options.flatMap((option) => ['-o', option]),
      '-p',
      `${station.port}`,
      ...args,
      'ann@127.0.0.1',
    ],
    { env: { PATH: process.env.PATH ?? '', HOME: place.path }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  started.push(child);
  return new Running(child, `ssh ${args.join(' ')}`);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

const descriptors = (): number => readdirSync(`/proc/${station.process.pid}/fd`).length;

/** A connection to a port that ssh is about to listen on. */
function connect(port: number): Promise<Socket> {
  return vi.waitFor(
    async () => {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    },
    { timeout: 15_000, interval: 50 },
  );
}

describe.skipIf(!HAVE_SSH)('a stock ssh client', () => {
  beforeAll(async () => {
    place = await Place.make();
    key = place.file('id');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    destination = net.createServer({ allowHalfOpen: true }, answer).listen(0, '127.0.0.1');
    await once(destination, 'listening');
    const allow = [
      '--allow-forward',
      `127.0.0.1:${portOf(destination)}`,
      '--allow-forward',
      '127.0.0.1:1',
      '--allow-listen',
      '*',
    ];
    station = await place.serve({ more: allow });
  });
  afterEach(async () => {
    for (const child of started.splice(0)) {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
  });
  afterAll(async () => {
    destination?.close();
    await place?.dispose();
  });

  it('forwards with -L: megabytes both ways, over key exchanges and half-closed', async () => {
    const before = descriptors();
    const port = await freePort();
    const forward = ssh(['-L', `127.0.0.1:${port}:127.0.0.1:${portOf(destination)}`]);
    (await connect(port)).destroy();
    await Promise.all([exchange(port), exchange(port)]);
    expect(forward.ended).toBe(false);
    await forward.end('SIGTERM');
    await vi.waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before), { timeout: 10_000 });
  });

  it('forwards with -R: the station listens on a port that it chose', async () => {
    const before = descriptors();
    const forward = ssh(['-R', `0:127.0.0.1:${portOf(destination)}`]);
    await forward.until(({ stderr }) => /Allocated port \d+/.test(stderr));
    const port = Number(/Allocated port (\d+)/.exec(forward.stderr)?.[1]);
    await Promise.all([exchange(port), exchange(port)]);
    await forward.end('SIGTERM');
    await vi.waitFor(() => expect(isOpen(port)).resolves.toBe(false), { timeout: 10_000 });
    await vi.waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before), { timeout: 10_000 });
  });

  it('is told in a sentence what it may not reach, and what is not there', async () => {
    const [a, b, c] = [await freePort(), await freePort(), await freePort()];
    const to = (port: number, what: string): string[] => ['-L', `127.0.0.1:${port}:${what}`];
    const forward = ssh([
      ...to(a, '127.0.0.1:2'),
      ...to(b, '127.0.0.1:1'),
      ...to(c, 'no-such-name.invalid:80'),
    ]);
    for (const port of [a, b, c]) await connect(port);
    await forward.until(({ stderr }) => stderr.split('open failed').length === 4);
    expect(forward.stderr).toContain(
      'administratively prohibited: This station does not let you reach 127.0.0.1:2: ask its operator to allow it (serve --allow-forward 127.0.0.1:2).',
    );
    expect(forward.stderr).toContain(
      'connect failed: The station cannot reach 127.0.0.1:1: nobody listens there.',
    );
    expect(forward.stderr).toMatch(/prohibited: This station does not let you reach no-such-name.invalid:80/);
    expect(forward.ended).toBe(false);
  });

  it('may not listen where the operator did not allow it, nor where somebody listens already', async () => {
    const all = await ssh(['-R', `*:0:127.0.0.1:${portOf(destination)}`]).exited();
    expect(all.stderr).toContain('remote port forwarding failed');
    const taken = await ssh(['-R', `127.0.0.1:${portOf(destination)}:127.0.0.1:1`]).exited();
    expect(taken.stderr).toContain('remote port forwarding failed');
  });
});
