/** A disk that is full or read-only: a sentence for who needs to know, nothing acknowledged is lost, the call goes on. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { VoiptermError } from '../../src/errors.ts';
import { connectRaw, type Reachable } from '../station/raw-client.ts';
import { hangUp, startCaller } from './calls.ts';
import { test as placed } from './place-test.ts';
import { expectSentence, type Place, parseLines } from './process.ts';
import { maySmallDisks, SmallDisk } from './small-disk.ts';

const test = placed.extend<{ mount: (name: string, size: string) => SmallDisk }>({
  /** Mounts a small disk in the place. */
  mount: async ({ place }, use) => {
    const disks: SmallDisk[] = [];
    await use((name, size) => {
      const disk = new SmallDisk(place.file(name), size);
      disks.push(disk);
      return disk;
    });
    for (const disk of disks) disk.unmount();
  },
});

/** The messages of a room as `tail` prints them. */
async function messagesOf(place: Place, target: string): Promise<string[]> {
  const all = await place.run(['tail', target, '--json', '--since', '1'], { home: 'ann' });
  expect(all).toMatchObject({ status: 0, stderr: '' });
  return parseLines<{ text: string }>(all.stdout).map(({ text }) => text);
}

function numbers(messages: readonly string[]): string[] {
  return messages.map((text) => text.slice(0, 4));
}

async function claimNamesUntilFull(address: Reachable['address']): Promise<void> {
  for (let taken = 0; taken < 1000; taken++) {
    const client = await connectRaw({ address }, `newcomer${taken}`);
    const code = await client.hello().then(
      () => undefined,
      (error: VoiptermError) => error.code,
    );
    client.close();
    if (code === 'control.storage') return;
    expect(code).toBeUndefined();
  }
  throw new Error('the disk never was full');
}

describe.skipIf(!maySmallDisks())(
  'with file systems of its own (only root may mount them)',
  { concurrent: true },
  () => {
    test('a full disk of a station', { timeout: 90_000 }, async ({ place, mount }) => {
      const disk = mount('small', '2m');
      const station = await place.serve({ data: 'small/station' });
      const target = station.target('ann', 'notes');
      const bob = await startCaller(place, station.target('bob'), 'bob', ['--input', 'silence']);
      const ann = await startCaller(place, station.target('ann'), 'ann', ['--input', 'tone']);
      await writeFile(join(disk.path, 'filler'), Buffer.alloc(1024 * 1024));

      const lines = Array.from(
        { length: 400 },
        (_, i) => `${String(i).padStart(4, '0')} ${'x'.repeat(4000)}`,
      );
      const input = lines.join('\n');
      const said = await place.run(['say', target, '--timeout', '2'], { home: 'ann', input });
      expectSentence(said, 1, /not acknowledged by the station \(.*cannot use its disk.*\): "0[0-9]{3} xxx/);
      expect(said.stderr).toMatch(/ and [0-9]+ more; what followed on stdin was not read\n$/);
      // Nothing is acknowledged that is not there, and nothing is there that is named as not acknowledged.
      const acknowledged = Number(/: "([0-9]{4}) xxx/.exec(said.stderr)?.[1]);
      expect(acknowledged).toBeGreaterThan(10);
      const kept = numbers(lines.slice(0, acknowledged));
      expect(numbers(await messagesOf(place, target))).toEqual(kept);
      // Who is new cannot get a name, and is told. A disk too full for a message may still hold some names.
      const rest = writeFile(join(disk.path, 'rest'), Buffer.alloc(2 * 1024 * 1024));
      await expect(rest).rejects.toMatchObject({ code: 'ENOSPC' });
      await claimNamesUntilFull({ host: station.listening.host, port: station.port });
      const cleo = await place.run(['voice', station.target('cleo'), '--duration', '1'], { home: 'cleo' });
      expectSentence(cleo, 5, /station cannot use its disk/);
      // For whoever runs the station its log has the file and the reason.
      expect(station.process.stderr).toMatch(/the store failed.*station\.db.*disk is full/);

      for (const name of ['filler', 'rest']) await rm(join(disk.path, name));
      const again = await place.run(['say', target, 'there is room again'], { home: 'ann' });
      expect(again).toMatchObject({ status: 0, stderr: '' });
      const { frames } = await hangUp(ann);
      expect((await hangUp(bob)).frames).toMatchObject({ received: frames.sent, recovered: 0 });
      expect((await station.process.end('SIGKILL')).signal).toBe('SIGKILL');
      const next = await place.serve({ data: 'small/station' });
      expect(numbers(await messagesOf(place, next.target('ann', 'notes')))).toEqual([...kept, 'ther']);
    });

    test('a read-only data directory of a station', async ({ place, mount }) => {
      const disk = mount('frozen', '4m');
      const station = await place.serve({ data: 'frozen/station' });
      expect(await place.run(['say', station.target('ann'), 'hello'], { home: 'ann' })).toMatchObject({
        status: 0,
      });
      await station.process.end('SIGTERM');
      disk.makeReadOnly();
      for (const data of ['frozen/station', 'frozen/new']) {
        const args = ['serve', '--listen', '127.0.0.1:0', '--open', '--data', place.file(data)];
        const refused = await place.run(args);
        expectSentence(refused, 5, new RegExp(`Cannot (use|write) ${place.file(data)}.*read-only.*choose`));
      }
    });

    test('a read-only home of a user', async ({ place, mount }) => {
      const station = await place.serve();
      const disk = mount('home-ann', '1m');
      expect((await place.run(['keygen'], { home: 'ann' })).status).toBe(0);
      disk.makeReadOnly();
      // Who cannot write down a station's key is not let in to one whose key could change behind their back.
      const stranger = await place.run(['say', station.target('ann'), 'hello'], { home: 'ann' });
      expectSentence(stranger, 5, /cannot remember the station's host key in .*known_hosts \(EROFS\)/);
      const fresh = mount('home-bob', '1m');
      fresh.makeReadOnly();
      const keyless = await place.run(['say', station.target('bob'), 'hello'], { home: 'bob' });
      expectSentence(keyless, 5, /Cannot write .*home-bob.*read-only/);
      expect(station.process.ended).toBe(false);
    });
  },
);

test.concurrent('an output that cannot be written', async ({ place }) => {
  const station = await place.serve();
  const args = ['voice', station.target('ann'), '--input', 'silence', '--duration', '1'];
  for (const [option, file] of [
    ['--output', '/proc/nothing/heard.wav'],
    ['--trace', place.file('no/such/directory.ndjson')],
  ] as const) {
    const refused = await place.run([...args, option, file], { home: 'ann' });
    expectSentence(refused, 6, new RegExp(file.replaceAll('.', '\\.')));
  }
  expect(await readFile(join(station.data, 'station.db'))).not.toHaveLength(0);
});
