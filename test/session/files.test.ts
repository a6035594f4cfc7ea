/** Files from one client to others through a station in memory: asked for, whole, never over another, going on after a break. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { VoiptermError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import type { StationNotification } from '../../src/net/control/schema.ts';
import { Files } from '../../src/session/files.ts';
import type { FileTransfer } from '../../src/session/file-state.ts';
import type { Caller } from '../../src/session/history.ts';
import { LiveState } from '../../src/session/live-state.ts';
import { initialState } from '../../src/session/reduce.ts';
import { type MemoryMember, MemoryStation } from '../fakes/memory-station.ts';

let place: string;
let station: MemoryStation;
const clients: Client[] = [];

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'voipterm-files-'));
  station = new MemoryStation({ maxFileBytes: 10_000_000 });
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.files.close();
  await station.close();
  await rm(place, { recursive: true, force: true });
});

/** A client with nothing but files. */
class Client {
  readonly name: string;
  readonly directory: string;
  readonly live: LiveState;
  readonly files: Files;
  maxBytes = 10_000_000;
  /** Called before each chunk that comes in. */
  onChunk: () => void = () => undefined;
  /** Changes what comes. */
  spoil = (data: string): string => data;
  chunks = 0;
  /** Offers that are worth a sign. */
  readonly called: string[] = [];
  #member: MemoryMember | undefined;

  constructor(name: string) {
    this.name = name;
    this.directory = join(place, `${name}-downloads`);
    this.live = new LiveState(initialState(name, 't'), silentLog);
    const call: Caller = (method, ask) => {
      if (this.#member) return this.#member.control.call(method, ask);
      return Promise.reject(new VoiptermError('control.unreachable', 'not connected to the station'));
    };
    this.files = new Files(
      this.live,
      call,
      () => ({ directory: this.directory, maxBytes: this.maxBytes, home: place }),
      ({ from, name: file }) => this.called.push(`${from} ${file}`),
    );
    clients.push(this);
  }

  static async online(name: string): Promise<Client> {
    const client = new Client(name);
    await client.connect();
    return client;
  }

  async connect(): Promise<void> {
    this.#member = await station.member(this.name, (notification) => this.#notified(notification));
    await this.files.online();
  }

  cut(): void {
    this.#member?.cut();
    this.#member = undefined;
    this.files.offline();
  }

  get transfers(): readonly FileTransfer[] {
    return this.live.now.files.transfers;
  }

  /** Waits for an offer and takes it. */
  async accept(): Promise<void> {
    await vi.waitFor(() => expect(this.live.now.files.offers).toHaveLength(1), { timeout: 5000 });
    await this.files.do({ do: 'file-accept', number: null, directory: null });
  }

  async until(state: FileTransfer['state']): Promise<FileTransfer> {
    await vi.waitFor(() => expect(this.transfers.at(-1)?.state).toBe(state), {
      timeout: 10_000,
      interval: 2,
    });
    return this.transfers.at(-1) as FileTransfer;
  }

  #notified(notification: StationNotification): void {
    const { method, params } = notification;
    switch (method) {
      case 'file.data':
        this.chunks++;
        this.onChunk();
        return this.files.notified({ method, params: { ...params, data: this.spoil(params.data) } });
      case 'file.offered':
      case 'file.withdrawn':
      case 'file.taken':
      case 'file.refused':
      case 'file.ack':
        return this.files.notified(notification as Parameters<Files['notified']>[0]);
      default:
    }
  }
}

/** A file with bytes that come nowhere twice. */
async function made(name: string, size: number): Promise<{ path: string; bytes: Buffer }> {
  const path = join(place, name);
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 32)
    createHash('sha256')
      .update(`${at}`)
      .digest()
      .copy(bytes, at, 0, Math.min(32, size - at));
  await writeFile(path, bytes);
  return { path, bytes };
}

const offer = (client: Client, path: string, to = '@bob') => client.files.do({ do: 'file-send', path, to });

test('nothing is taken before somebody says so; then it is there, right, private, and both are told', async () => {
  const [ann, bob] = [await Client.online('ann'), await Client.online('bob')];
  const { path, bytes } = await made('report.pdf', 300_001);
  await offer(ann, path);
  await vi.waitFor(() =>
    expect(bob.live.now.files.offers).toMatchObject([{ from: 'ann', name: 'report.pdf', place: '@ann' }]),
  );
  expect(bob.called).toEqual(['ann report.pdf']);
  await expect(readdir(bob.directory)).rejects.toThrow('ENOENT');
  await bob.accept();
  const done = await bob.until('done');
  expect(done).toMatchObject({ direction: 'in', who: 'ann', done: bytes.length });
  expect(await readFile(done.note)).toEqual(bytes);
  expect((await stat(done.note)).mode & 0o777).toBe(0o600);
  expect(await readdir(bob.directory)).toEqual(['report.pdf']);
  expect(await ann.until('done')).toMatchObject({ direction: 'out', who: 'bob', done: bytes.length });
});

test.each([0, 1, 16_384, 65_536, 65_537])('a file of %i bytes', async (size) => {
  const [ann, bob] = [await Client.online('ann'), await Client.online('bob')];
  const { path, bytes } = await made('x', size);
  await offer(ann, path);
  await bob.accept();
  expect(await readFile((await bob.until('done')).note)).toEqual(bytes);
  await ann.until('done');
});

test('everybody in a room who takes it gets it, and who declines or is not asked does not', async () => {
  const [ann, bob, eve] = [
    await Client.online('ann'),
    await Client.online('bob'),
    await Client.online('eve'),
  ];
  const dan = await Client.online('dan');
  dan.maxBytes = 1000;
  const { path, bytes } = await made('all.bin', 200_000);
  await offer(ann, path, 'lobby');
  await Promise.all([bob.accept(), vi.waitFor(() => expect(eve.live.now.files.offers).toHaveLength(1))]);
  await eve.files.do({ do: 'file-decline', number: null });
  expect(await readFile((await bob.until('done')).note)).toEqual(bytes);
  expect(eve.live.now.files).toEqual({ offers: [], transfers: [] });
  expect(dan.live.now.files.offers).toEqual([]);
  const late = await Client.online('late');
  await offer(ann, path, '@late');
  await late.accept();
  expect(await readFile((await late.until('done')).note)).toEqual(bytes);
});

test('what is there already is never touched, and a name leads nowhere else', async () => {
  const [ann, bob] = [await Client.online('ann'), await Client.online('bob')];
  for (const content of ['one', 'two', 'three']) {
    await writeFile(join(place, 'note.txt'), content);
    await offer(ann, join(place, 'note.txt'));
    await bob.accept();
    await bob.until('done');
  }
  expect((await readdir(bob.directory)).sort()).toEqual(['note (1).txt', 'note (2).txt', 'note.txt']);
  expect(await readFile(join(bob.directory, 'note.txt'), 'utf8')).toBe('one');
  expect(await readFile(join(bob.directory, 'note (2).txt'), 'utf8')).toBe('three');
});

test('a link that lies where the part goes is not followed', async () => {
  const [ann, bob] = [await Client.online('ann'), await Client.online('bob')];
  const { path, bytes } = await made('x.bin', 100);
  const victim = join(place, 'victim');
  await writeFile(victim, 'precious');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await rm(bob.directory, { recursive: true, force: true });
  await import('node:fs/promises').then(({ mkdir }) => mkdir(bob.directory));
  await symlink(victim, join(bob.directory, `.voipterm-${sha256.slice(0, 16)}-100.part`));
  await offer(ann, path);
  await expect(bob.accept()).rejects.toMatchObject({ code: 'file.unusable' });
  expect(await readFile(victim, 'utf8')).toBe('precious');
});

test('after a break of either end it goes on where it ended', async () => {
  const [ann, bob] = [await Client.online('ann'), await Client.online('bob')];
  const { path, bytes } = await made('big.bin', 2_000_000);
  for (const broken of [bob, ann]) {
    bob.chunks = 0;
    await new Promise<void>((resolve) => {
      bob.onChunk = () => {
        if (bob.chunks === 20) {
          bob.onChunk = () => undefined;
          broken.cut();
          resolve();
        }
      };
      if (broken === bob) void offer(ann, path).then(() => bob.accept());
      else void bob.connect();
    });
    await ann.until('broken');
    await bob.until('broken');
  }
  const kept = bob.transfers.at(-1)?.done ?? 0;
  expect(kept).toBeGreaterThan(500_000);
  bob.chunks = 0;
  await ann.connect();
  expect(await readFile((await bob.until('done')).note)).toEqual(bytes);
  // Only what was missing came again.
  expect(bob.chunks * 16_384).toBeLessThan(bytes.length - kept + 2 * 65_536);
  await ann.until('done');
});

test('a receiver that was started anew has kept its part', async () => {
  const [ann, bob] = [await Client.online('ann'), await Client.online('bob')];
  const { path, bytes } = await made('big.bin', 1_000_000);
  const half = new Promise<void>((resolve) => {
    bob.onChunk = () => {
      if (bob.chunks === 30) resolve();
    };
  });
  await offer(ann, path);
  await bob.accept();
  await half;
  bob.cut();
  await bob.files.close();
  const again = new Client('bob');
  await again.connect();
  await ann.files.do({ do: 'file-cancel', number: null });
  await offer(ann, path);
  await again.accept();
  expect(await readFile((await again.until('done')).note)).toEqual(bytes);
  expect(again.chunks).toBeLessThan(40);
});

test('what is spoiled on its way is thrown away', async () => {
  const [ann, bob] = [await Client.online('ann'), await Client.online('bob')];
  const { path } = await made('x.bin', 100_000);
  bob.spoil = (data) =>
    bob.chunks === 3 ? Buffer.alloc(Buffer.byteLength(data, 'base64')).toString('base64') : data;
  await offer(ann, path);
  await bob.accept();
  expect((await bob.until('failed')).note).toMatch(/not what was offered/);
  expect(await readdir(bob.directory)).toEqual([]);
  expect(await ann.until('refused')).toMatchObject({ note: 'it cannot be kept' });
});

test('a file that changes while it is sent is no longer sent', async () => {
  const [ann, bob] = [await Client.online('ann'), await Client.online('bob')];
  const { path } = await made('log.txt', 1_000_000);
  bob.onChunk = () => {
    if (bob.chunks === 5) void writeFile(path, 'something else');
  };
  await offer(ann, path);
  await bob.accept();
  expect((await ann.until('failed')).note).toMatch(/changed while it was sent/);
  await bob.until('failed');
});

test('either end can stop it', async () => {
  const [ann, bob] = [await Client.online('ann'), await Client.online('bob')];
  const { path } = await made('x.bin', 2_000_000);
  bob.onChunk = () => {
    if (bob.chunks === 5) void bob.files.do({ do: 'file-cancel', number: null });
  };
  await offer(ann, path);
  await bob.accept();
  await bob.until('refused');
  await ann.until('refused');
  expect(await readdir(bob.directory)).toEqual([]);
  bob.onChunk = () => {
    if (bob.chunks === 15) void ann.files.do({ do: 'file-cancel', number: null });
  };
  await offer(ann, path);
  await bob.accept();
  await bob.until('failed');
  await expect(bob.files.do({ do: 'file-cancel', number: 99 })).rejects.toMatchObject({
    code: 'usage.invalid',
  });
});

test('what cannot be sent is said: no file, a directory, too large, nobody of that name', async () => {
  const ann = await Client.online('ann');
  const { path } = await made('x', 10);
  await expect(offer(ann, join(place, 'missing'))).rejects.toMatchObject({ code: 'file.unusable' });
  await expect(offer(ann, place)).rejects.toMatchObject({ code: 'file.unusable' });
  await expect(offer(ann, path, '@nobody')).rejects.toMatchObject({ code: 'control.not-found' });
  await expect(offer(ann, path, 'elsewhere')).rejects.toMatchObject({ code: 'control.not-in-room' });
  const large = await made('large', 10_000_001);
  await expect(offer(ann, large.path)).rejects.toMatchObject({ code: 'control.limit' });
  await expect(ann.files.do({ do: 'file-accept', number: 3, directory: null })).rejects.toMatchObject({
    code: 'usage.invalid',
  });
});
