/** A client's local socket: who may come in, what it takes, and what is left behind. */
import { lstat, mkdtemp, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RemoteSocket } from '../../src/cli/remote-socket.ts';
import { NEWEST_SOCKET, socketsIn } from '../../src/cli/remote-socket-paths.ts';
import { VoiptermError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import type { Command } from '../../src/session/commands.ts';
import { emptyState, FakeSession } from '../fakes/fake-session.ts';

let place: string;
let directory: string;
let commands: Command[];
let opened: RemoteSocket[];
let broken = false;
const fake = new FakeSession(emptyState());
const session = {
  state: fake.state,
  levels: fake.levels,
  subscribe: (listener: () => void) => fake.subscribe(listener),
  observe: () => () => undefined,
  do: () => undefined,
  act: async (command: Command): Promise<void> => {
    if (broken) throw new VoiptermError('audio.unavailable', 'there is no sound in this session');
    commands.push(command);
  },
};

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'voipterm-remote-'));
  directory = join(place, 'voipterm');
  commands = [];
  opened = [];
  broken = false;
});
afterEach(async () => {
  for (const socket of opened) await socket.close();
  await rm(place, { recursive: true, force: true });
});

async function open(): Promise<RemoteSocket> {
  const socket = await RemoteSocket.open(session, directory, silentLog);
  if (!socket) throw new Error('no socket');
  opened.push(socket);
  return socket;
}

/** All that comes back until the other end closes, or until there are `lines` of it. */
function say(path: string, text: string, lines = 1): Promise<string[]> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(path, () => socket.write(text)).setEncoding('utf8');
    socket.on('error', () => undefined).on('close', () => resolve(heard.split('\n').slice(0, -1)));
    socket.on('data', (more: string) => {
      heard += more;
      if (heard.split('\n').length > lines) socket.destroy();
    });
  });
}

test('is there for its owner alone, and gone afterwards', async () => {
  const socket = await open();
  expect((await lstat(socket.path)).mode & 0o777).toBe(0o600);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  expect(await readlink(join(directory, NEWEST_SOCKET))).toBe(socket.path);
  await socket.close();
  expect(await readdir(directory)).toEqual([]);
});

test('takes a line for each word, also several at once and in pieces', async () => {
  const { path } = await open();
  const heard = await say(path, 'down\nup 17\ntoggle\nmute\nundeafen\nstatus\n', 6);
  expect(commands).toEqual([
    { do: 'push', how: 'down' },
    { do: 'push', how: 'up' },
    { do: 'push', how: 'toggle' },
    { do: 'mute', on: true },
    { do: 'deafen', on: false },
  ]);
  expect(heard.map((line) => JSON.parse(line).pid)).toEqual(Array(6).fill(process.pid));
});

test('answers what it cannot take, or what went wrong, with a sentence', async () => {
  const { path } = await open();
  const [nonsense] = await say(path, 'shout\n');
  expect(nonsense).toMatch(/"usage\.invalid","message":"write one of down, up, toggle/);
  broken = true;
  const [failed] = await say(path, 'down\n');
  expect(JSON.parse(failed ?? '')).toEqual({
    error: { code: 'audio.unavailable', message: 'there is no sound in this session' },
  });
});

test('ends a connection that sends no lines, and goes on with the others', async () => {
  const { path } = await open();
  expect(await say(path, 'x'.repeat(100_000))).toEqual([]);
  expect(await say(path, 'status\n')).toHaveLength(1);
});

test('the newest client is the one that was started last, and the one before it once that is gone', async () => {
  const first = await open();
  // Another client, started before: its name says so, whoever it is.
  const older = join(directory, '99-1700000000000.sock');
  const other: Server = createServer();
  await new Promise<void>((resolve) => other.listen(older, resolve));
  expect(socketsIn(directory)).toEqual([older, first.path]);
  await first.close();
  expect(await readlink(join(directory, NEWEST_SOCKET))).toBe(older);
  await new Promise((resolve) => other.close(resolve));
});

test('where a socket cannot be, the client goes on without one', async () => {
  await writeFile(join(place, 'voipterm'), 'no directory');
  expect(await RemoteSocket.open(session, directory, silentLog)).toBeUndefined();
  const deep = join(place, 'd'.repeat(120));
  expect(await RemoteSocket.open(session, deep, silentLog)).toBeUndefined();
});
