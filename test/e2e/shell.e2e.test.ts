/** The shell pane with real programs in it, on the whole screen and in tabs. */
import { writeFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { until } from './screens.ts';
import { test } from './screens-test.ts';
import { lacks, prompt, SHELL, shellOf } from './shell-panes.ts';

const PREFIX = '\x1c';

describe('programs on the whole screen', () => {
  test.skipIf(lacks('vim'))(
    'vim draws, edits and leaves the screen as it was',
    async ({ place, screens }) => {
      const station = await place.serve();
      await writeFile(`${place.file('home-ann')}.txt`, 'first line\nsecond line\n');
      const ann = await screens.open('ann', [station.target('ann')], { ...SHELL, columns: 80, rows: 24 });
      await shellOf(ann);
      ann.send(`vim -u NONE -N ${place.file('home-ann')}.txt\r`);
      await until(ann, 'first line', 'second line', '~');
      ann.send('ggOtyped 日本 here\x1b:set number\r');
      await until(ann, /1 typed 日本 here/, /2 first line/);
      ann.resize(100, 30);
      await until(ann, /2 first line/);
      // The mouse is the program's, in its own rows: a click on the second line, and its first letter goes.
      ann.send(':set nonumber mouse=a ttymouse=sgr\r');
      await until(ann, /^first line/m);
      ann.send('\x1b[<0;1;4M\x1b[<0;1;4mx');
      await until(ann, /^irst line/m);
      ann.send(':wq\r');
      await prompt(ann);
      ann.send(`head -1 ${place.file('home-ann')}.txt; stty size\r`);
      await until(ann, 'typed 日本 here', '26 100');
    },
  );

  test.skipIf(lacks('less'))(
    'less pages, and what a shell printed is found again',
    async ({ place, screens }) => {
      const station = await place.serve();
      const ann = await screens.open('ann', [station.target('ann')], { ...SHELL, columns: 80, rows: 24 });
      await shellOf(ann);
      ann.send('seq 1 500 | less\r');
      await until(ann, /^1$/m, ':');
      ann.send(' ');
      await until(ann, /^21$/m);
      ann.send('G');
      await until(ann, /^500$/m);
      ann.send('q');
      await prompt(ann);
      ann.send('seq 1000 1200\r');
      await until(ann, /^1200$/m);
      ann.send(`${PREFIX}/`);
      await until(ann, 'find:');
      ann.send('1042\r');
      await until(ann, /^1042$/m, 'rows back');
      ann.send('q');
      await until(ann, /^1200$/m);
      expect(ann.lines.join('\n')).not.toContain('rows back');
    },
  );

  test.skipIf(lacks('tmux') || lacks('htop'))('tmux and htop run', async ({ place, screens }) => {
    const station = await place.serve();
    const ann = await screens.open('ann', [station.target('ann')], { ...SHELL, columns: 90, rows: 26 });
    await shellOf(ann);
    ann.send('tmux -L inside -f /dev/null new "htop -d 50"\r');
    await until(ann, /PID.*USER/, /F10 ?Quit/, /\[0\]/);
    ann.send('q');
    await prompt(ann);
  });
});

test('yes leaves the room quick, and ends with Ctrl+C', async ({ place, screens }) => {
  const station = await place.serve();
  const ann = await screens.open('ann', [station.target('ann')], { ...SHELL, columns: 90, rows: 24 });
  await shellOf(ann);
  ann.send('yes flood\r');
  await until(ann, /flood\nflood\nflood/);
  ann.send('\x1bOP');
  await until(ann, '#lobby ›');
  ann.send('said meanwhile\r');
  await until(ann, 'said meanwhile');
  ann.send('\x1bOR\x03');
  await prompt(ann);
  // What a program makes of the cursor is the terminal's while it is shown, and no longer.
  ann.send("printf '\\033[5 qbar'\r");
  await until(ann, 'bar');
  await ann.until((_, { raw }) => raw.includes('\x1b[5 q'), 20_000);
  ann.send('\x1bOP');
  await ann.until((_, { raw }) => raw.includes('\x1b[0 q'), 20_000);
});

test('tabs, and a program that ends says so', async ({ place, screens }) => {
  const station = await place.serve();
  const ann = await screens.open('ann', [station.target('ann')], { ...SHELL, columns: 90, rows: 24 });
  await shellOf(ann);
  ann.send('echo in-$((1+0))\r');
  await until(ann, /^in-1$/m);
  ann.send(`${PREFIX}c`);
  await until(ann, '1 shell', '2 shell');
  await prompt(ann);
  ann.send('stty size; exit 4\r');
  await until(ann, '19 90', 'exit code 4');
  ann.send(`${PREFIX}x`);
  await until(ann, /^in-1$/m);
  expect(ann.lines.join('\n')).not.toContain('2 shell');
});
