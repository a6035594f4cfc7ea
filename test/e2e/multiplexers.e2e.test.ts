/** The interface inside tmux and GNU screen, where these are installed: keys and colours come through, and nothing is left. */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import type { Terminal } from '../fakes/terminal.ts';
import { type Place, PROGRAM } from './process.ts';
import { until } from './screens.ts';
import { test } from './screens-test.ts';

const LONG = { timeout: 60_000 };

interface Multiplexer {
  readonly name: string;
  /** A key that leads back to the chat: GNU screen 4 holds Esc back for as long as something moves. */
  readonly back: string;
  /** Runs a program in it; a shell after it says that it has ended. */
  readonly args: (place: Place, program: string) => Promise<readonly string[]>;
  /** It goes on without a terminal: what ends it. */
  readonly end: (place: Place) => readonly string[];
}

const TMUX: Multiplexer = {
  name: 'tmux',
  back: '\x1b',
  args: async (place, program) => {
    // Esc alone must not wait for half a second, and the status line of tmux takes the last row.
    await writeFile(place.file('tmux.conf'), 'set -s escape-time 0\nset -g status off\n');
    return ['-S', place.file('tmux.sock'), '-f', place.file('tmux.conf'), 'new', program];
  },
  end: (place) => ['-S', place.file('tmux.sock'), 'kill-server'],
};

const SCREEN: Multiplexer = {
  name: 'screen',
  back: '\x1bOP',
  args: async (place, program) => {
    await mkdir(place.file('screens'), { mode: 0o700 });
    await writeFile(place.file('screenrc'), 'startup_message off\n');
    return ['-U', '-c', place.file('screenrc'), 'sh', '-c', program];
  },
  end: () => ['-X', 'quit'],
};

const isThere = ({ name }: Multiplexer): boolean => spawnSync(name, ['-v']).error === undefined;

/** Writes, changes rooms and panes, talks, and leaves. @param back a key that leads back to the chat. */
async function talkAndLeave(ann: Terminal, back: string): Promise<void> {
  await until(ann, 'online', '▸ #lobby', 'Here 1', 'F4 help');
  ann.send('/join music\r');
  await until(ann, '▸ #music');
  ann.send('\x1b[1;3B');
  await until(ann, '▸ #lobby');
  ann.send('grüße 👋\r');
  await until(ann, '│ grüße 👋');
  // The talk key, F4, Alt+1, Ctrl+], and Esc or F1.
  ann.send('\x1b[19~');
  await until(ann, 'TALKING');
  ann.send('\x1b[19~');
  await ann.until((text) => !text.includes('TALKING'));
  ann.send('\x1bOS');
  await until(ann, 'Keys and commands');
  ann.send('\x1b1');
  await until(ann, '#lobby ›');
  ann.send('\x1d');
  await until(ann, 'settings,');
  ann.send(back);
  await until(ann, '#lobby ›');
  // Nothing that a multiplexer would have passed on as text.
  expect(ann.text).not.toMatch(/rgb:|\[\?\d|38;2;|1;3B/);
  ann.send('\x03');
  await until(ann, 'status 0');
  expect(ann.text).not.toContain('#lobby');
}

describe.each([TMUX, SCREEN])('in $name', (multiplexer) => {
  test.skipIf(!isThere(multiplexer))('everything is as outside', LONG, async ({ place, screens }) => {
    const { name, back } = multiplexer;
    const env = { SCREENDIR: place.file('screens'), COLORTERM: 'truecolor' };
    const station = await place.serve();
    const program = `'${process.execPath}' '${PROGRAM}' '${station.target('ann')}'; echo status $?; sleep 60`;
    const args = await multiplexer.args(place, program);
    const ann = await screens.start('ann', name, args, { env, columns: 80, rows: 24 });
    try {
      await talkAndLeave(ann, back);
    } finally {
      // Before the place goes, and its socket with it.
      spawnSync(name, [...multiplexer.end(place)], { env: { ...process.env, ...env } });
    }
  });
});
