/** Keys of one's own, the interface in lines, and the first start, in real terminals and pipes on a real station. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { PROGRAM } from './process.ts';
import { expectRestored, leave, message, until } from './screens.ts';
import { test } from './screens-test.ts';

const LONG = { timeout: 60_000 };

/** How often a line was printed, whatever stands around it. */
function count(printed: string, line: string): number {
  return printed.split('\n').filter((one) => one.trimEnd() === line).length;
}

describe('keys of one’s own', () => {
  test('are taken from config.toml, and shown', LONG, async ({ place, screens }) => {
    const station = await place.serve();
    const config = place.file('keys.toml');
    await writeFile(config, '[keys]\nroom-next = "f5"\nsend = ["enter", "ctrl+x ctrl+s"]\ntalk-empty = ""\n');
    const ann = await screens.open('ann', ['--config', config, station.target('ann')]);
    await until(ann, 'online', 'F8 talk', 'F5 next room');
    ann.send('/join music\r');
    await until(ann, '▸ #music');
    ann.send('\x1b[15~');
    await until(ann, '▸ #lobby');
    ann.send('sent by two chords\x18');
    await until(ann, 'Ctrl+X then', 'Ctrl+S send');
    ann.send('\x13');
    await until(ann, message('ann', 'sent by two chords'));
    // Space types now.
    ann.send(' x');
    await until(ann, '›  x');
    ann.send('\x15/keys ctrl+x\r');
    await until(ann, 'Ctrl+X Ctrl+S');
    await leave(ann);

    await writeFile(config, '[keys]\n\nsned = "f5"\n');
    const wrong = await screens.open('ann', ['--config', config, station.target('ann')]);
    await until(wrong, /keys\.toml:3: there is no command sned/, 'keys.send?');
    expect(await wrong.exited()).toMatchObject({ exitCode: 2 });
  });
});

describe('in lines', () => {
  test('each event is printed once, in a terminal and in a pipe', LONG, async ({ place, screens }) => {
    const station = await place.serve();
    const ann = await screens.open('ann', ['--plain', station.target('ann')], { rows: 40 });
    await until(ann, 'Online at', 'You are in #lobby.');
    const bob = await place.start(['--plain', station.target('bob')], { home: 'bob' });
    await bob.until(({ lines }) => lines.includes('You are in #lobby.'));
    await until(ann, 'bob');

    bob.child.stdin?.write('good evening\n/status\n');
    await until(ann, '#lobby bob: good evening');
    await bob.until(({ lines }) => lines.includes('#lobby bob: good evening'));
    ann.send('\x1b[200~two\nlines\x1b[201~\r');
    await bob.until(({ lines }) => lines.includes('#lobby ann: two / lines'));
    // The talk key, and how it stands.
    ann.send('\x1b[19~');
    await until(ann, 'Microphone open.');
    await bob.until(({ lines }) => lines.includes('ann talks.'));
    ann.send('\x1bs');
    await until(ann, /Online at \S+\. Microphone open\. You are in #lobby with bob\./);
    ann.send('/join music\r');
    await until(ann, 'You are in #music.');
    ann.send('/nope\r');
    await until(ann, 'There is no command /nope');

    expect(count(ann.text, '#lobby bob: good evening')).toBe(1);
    expect(count(ann.text, 'Microphone open.')).toBe(1);
    expect(ann.raw).not.toContain('\x1b[?1049h');
    bob.child.stdin?.end('to the end\n');
    expect((await bob.exited()).status).toBe(0);
    const printed = bob.lines.join('\n');
    for (const line of ['#lobby bob: good evening', '#lobby ann: two / lines', '#lobby bob: to the end'])
      expect(count(printed, line)).toBe(1);
    expect(
      bob.lines.filter((line) => line.startsWith('Online at') && line.includes('You are in')),
    ).toHaveLength(1);
    expect(printed).not.toContain('\x1b');
    ann.send('\x03');
    expect(await ann.exited()).toMatchObject({ exitCode: 0 });
    expect(ann.modes).toMatchObject({ bracketedPaste: false });
    expect(ann.raw).not.toContain('\x1b[?25l');
  });

  test.for(['dumb', 'vt100'] as const)('TERM=%s starts', LONG, async (term, { place, screens }) => {
    const station = await place.serve();
    const program = [`TERM=${term}`, 'LC_ALL=C', process.execPath, PROGRAM, station.target('ann')];
    const ann = await screens.start('ann', 'env', program);
    if (term === 'dumb') {
      await until(ann, 'Online at', 'You are in #lobby.');
      ann.send('hello\n');
      ann.send('/who\n');
      await until(ann, '* #lobby: ann');
      expect(ann.raw).not.toContain('\x1b');
      ann.send('/quit\n');
      expect(await ann.exited()).toMatchObject({ exitCode: 0 });
    } else {
      await until(ann, 'online', '> #lobby');
      expect(ann.raw).not.toContain('\x1b]11;?');
      expect(ann.text).toMatch(/^[\x20-\x7e\n]*$/);
      await leave(ann);
    }
  });
});

describe('the first start', () => {
  test('asks three things, and ends in a room', LONG, async ({ place, screens }) => {
    const home = await place.home('new');
    const terminal = await screens.open('new', []);
    await until(terminal, '1. Your name in rooms');
    terminal.send('not a name\r');
    await until(terminal, 'A name has 1 to 32');
    terminal.send('newcomer\r');
    await until(terminal, '2. Where to');
    terminal.send('\r');
    await until(terminal, '3. Try microphone');
    terminal.send('n\r');
    await until(terminal, 'online', 'newcomer (you)', 'The keys to know', 'Ctrl+C leaves');
    await leave(terminal);
    const again = await screens.open('new', []);
    await until(again, 'online', 'newcomer (you)');
    expect(again.raw).not.toContain('Your name in rooms');
    await leave(again);
    expectRestored(again);
    // Nothing was written where people write their own settings.
    await mkdir(join(home, '.config', 'voipterm'), { recursive: true });
    await expect(readFile(join(home, '.config', 'voipterm', 'config.toml'))).rejects.toThrow('ENOENT');
  });
});
