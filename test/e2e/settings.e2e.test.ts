/** The settings in the real interface: changed by keys, on disk at once, in force at once, and following config.toml. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { ClientStore } from '../../src/store/client.ts';
import type { Terminal } from '../fakes/terminal.ts';
import type { Place } from './process.ts';
import { leave, until } from './screens.ts';
import { test } from './screens-test.ts';
import { maySmallDisks, SmallDisk } from './small-disk.ts';

const LONG = { timeout: 60_000 };
const F1 = '\x1bOP';
const F2 = '\x1bOQ';
const F10 = '\x1b[21~';
const ESC = '\x1b';
const RIGHT = '\x1b[C';

async function savedOf(place: Place, home: string): Promise<Record<string, string>> {
  const store = new ClientStore(join(await place.home(home), '.local/share/voipterm/client.db'));
  try {
    return Object.fromEntries(store.settings());
  } finally {
    store.close();
  }
}

/** Leaves the filter as it is found, with the first row that fits chosen. */
async function find(terminal: Terminal, key: string, filter: string): Promise<void> {
  terminal.send('/');
  await until(terminal, 'Esc shows all');
  terminal.send(`\x15${filter}\r`);
  await until(terminal, new RegExp(`▸ ${key} `));
}

test(
  'a value that is typed is on disk and in force at once, after kill -9 too',
  LONG,
  async ({ place, screens }) => {
    const station = await place.serve();
    const args = [station.target('ann')];
    const ann = await screens.open('ann', args, { rows: 30 });
    await until(ann, 'online');
    ann.send(F2);
    await until(ann, 'Hear yourself');

    await find(ann, 'bitrate', 'audio.bitrate');
    ann.send('\r');
    await until(ann, 'It must be a whole number from 6000 to 128000');
    ann.send('\x15loud');
    await until(ann, 'bitrate must be a whole number from 6000 to 128000, but is "loud"');
    ann.send('\r\x1548000\r');
    await until(ann, 'audio.bitrate is 48000, and saved', /▸ bitrate +< 48000 +> \* +saved/);

    await find(ann, 'talk_mode', 'audio.talk_mode');
    ann.send(RIGHT);
    await until(ann, 'audio.talk_mode is voice, and saved', 'TALKING', 'by voice');

    await find(ann, 'quit', 'keys.quit');
    ann.send('\r');
    await until(ann, 'press a key');
    ann.send(F1);
    await until(ann, 'not saved: keys.quit cannot have "f1", which "tab-chat" has');
    ann.send('\r');
    await until(ann, 'press a key');
    ann.send(F10);
    await until(ann, /▸ quit +f10 +\* +saved/);

    await find(ann, 'name', 'client.name');
    ann.send('\rzoe\r');
    await until(ann, 'it counts with the next connection: /reconnect', /▸ name +zoe +\*! +saved/);

    ann.kill('SIGKILL');
    await ann.exited();
    const saved = {
      'audio.bitrate': '48000',
      'audio.talk_mode': 'voice',
      'keys.quit': 'f10',
      'client.name': 'zoe',
    };
    expect(await savedOf(place, 'ann')).toEqual(saved);

    const again = await screens.open('ann', args, { rows: 30 });
    await until(again, 'online', 'TALKING', 'by voice');
    again.send(F2);
    await until(again, 'Hear yourself');
    await find(again, 'bitrate', 'audio.bitrate');
    await until(again, /▸ bitrate +< 48000 +> \* +saved/);
    again.send('\x7f');
    await until(again, 'audio.bitrate is what the default says: 32000');
    again.send('u');
    await until(again, 'took back: audio.bitrate', /▸ bitrate +< 48000/);
    again.send('\x03');
    again.send(F10);
    expect(await again.exited()).toMatchObject({ exitCode: 0 });
  },
);

test(
  'a file that changes is read again, and a mistake in it names its line',
  LONG,
  async ({ place, screens }) => {
    const station = await place.serve();
    const config = join(await place.home('bob'), '.config/voipterm');
    await mkdir(config, { recursive: true });
    const file = join(config, 'config.toml');
    await writeFile(file, '[ui]\nhints = true\n');
    const bob = await screens.open('bob', [station.target('bob')], {
      rows: 30,
      env: { VOIPTERM_AUDIO_COMPLEXITY: '3' },
    });
    await until(bob, 'online', 'Space talk');

    await writeFile(file, '[ui]\nhints = false\n[audio]\nbitrate = 24000\n');
    await bob.until((text) => !text.includes('Space talk'));
    bob.send(F2);
    await until(bob, /bitrate +24000 +\* +config\.toml/);

    await writeFile(file, '[ui]\nhints = true\n\n[audio]\nbitrate = "loud"\n');
    await until(bob, /config\.toml:5: +audio\.bitrate must be/);
    expect(bob.text).toMatch(/bitrate +24000 +\* +config\.toml/);
    await writeFile(file, '[ui]\nhints = true\n');
    await until(bob, 'Backspace reset', /bitrate +32000 +default/);

    await find(bob, 'complexity', 'audio.complexity');
    bob.send(RIGHT);
    await until(bob, 'saved audio.complexity, but the variable VOIPTERM_AUDIO_COMPLEXITY goes before it');
    await until(bob, /▸ complexity +< 3 +> \*\^ +environment/);

    bob.send('t');
    await until(bob, /Control \(SSH\): .* 5 of 5 answered/, /Voice \(udp\): .*lost 0 % up/);
    bob.send(`${ESC}`);
    await bob.until((text) => text.includes('No messages') || text.includes('#lobby ›'));
    const exported = place.file('mine.toml');
    bob.send(`/settings export ${exported}\r`);
    await until(bob, 'Wrote 1 setting to');
    await leave(bob);
    const imported = await place.run(['config', 'import', exported], { home: 'cleo' });
    expect(imported).toMatchObject({ status: 0, stdout: '1 setting saved\n' });
    const got = await place.run(['config', 'get', 'audio.complexity'], { home: 'cleo' });
    expect(got).toMatchObject({ status: 0, stdout: '4\n' });
  },
);

describe.skipIf(!maySmallDisks())('with a disk of its own (only root may mount one)', () => {
  test(
    'a disk that refuses is told of, and nothing is claimed to be saved',
    LONG,
    async ({ place, screens }) => {
      const station = await place.serve();
      const disk = new SmallDisk(join(await place.home('dan'), '.local'), '4m');
      try {
        const dan = await screens.open('dan', [station.target('dan')], { rows: 30 });
        await until(dan, 'online');
        dan.send(F2);
        await until(dan, 'Hear yourself');
        await find(dan, 'bitrate', 'audio.bitrate');
        await writeFile(join(disk.path, 'filler'), Buffer.alloc(8 * 1024 * 1024)).catch(() => undefined);
        dan.send(RIGHT);
        await until(dan, /not saved: .*client\.db.*full/s, /▸ bitrate +< 32000 +> +default/);
        await leave(dan);
      } finally {
        disk.unmount();
      }
      expect(station.process.ended).toBe(false);
    },
  );
});
