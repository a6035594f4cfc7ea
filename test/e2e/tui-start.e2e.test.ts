/** How the interface begins and ends: a station of one's own without a target, and a terminal left as it was found. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import type { Terminal } from '../fakes/terminal.ts';
import { ownStation, PROGRAM } from './process.ts';
import { expectRestored, leave, message, until } from './screens.ts';
import { test } from './screens-test.ts';

const LONG = { timeout: 60_000 };
const NAME = { VOIPTERM_CLIENT_NAME: 'ann' };

describe('without a target', () => {
  test(
    'there is a station of one’s own with an echo room, which a second terminal joins',
    LONG,
    async ({ place, screens }) => {
      const first = await screens.open('ann', [], { env: NAME });
      await until(first, 'online', 'Here 1', '▸ #lobby', '#echo');
      const home = await place.home('ann');
      const own = await ownStation(home);
      expect(own).toMatchObject({ pid: expect.any(Number), port: expect.any(Number) });

      const second = await screens.open('ann', [], { env: NAME });
      await until(second, 'online', 'Here 2');
      await until(first, 'Here 2');
      second.send('from the second terminal\r');
      await until(first, message('ann', 'from the second terminal'));
      expect(await ownStation(home)).toEqual(own);

      // Ctrl+N: the next room. Who talks there hears themselves: the speaker's meter moves.
      second.send('\x0e');
      await until(second, '▸ #echo', 'Here 3', 'spk ░');
      second.send(' ');
      await until(second, 'TALKING', 'spk █');

      await Promise.all([leave(first), leave(second)]);
      // It outlives them for ten seconds, so that the next start finds it; told to end, it clears up.
      process.kill(own!.pid, 'SIGTERM');
      await expect.poll(() => isAlive(own!.pid), { timeout: 10_000 }).toBe(false);
      expect(await ownStation(home)).toBeUndefined();
    },
  );

  test(
    'a station of one’s own that is killed is replaced, with its history',
    LONG,
    async ({ place, screens }) => {
      const ann = await screens.open('ann', [], { env: NAME });
      await until(ann, 'online', 'Here 1');
      ann.send('before\r');
      await until(ann, message('ann', 'before'));
      const home = await place.home('ann');
      const own = await ownStation(home);
      process.kill(own!.pid, 'SIGKILL');
      await expect.poll(async () => (await ownStation(home))?.pid, { timeout: 15_000 }).not.toBe(own!.pid);
      await until(ann, 'online', 'Here 1');
      ann.send('after\r');
      await until(ann, /│ before/, /│ after/);
    },
  );
});

/** What ends the interface, and the status that it then has. */
const ENDS: readonly { how: string; status: number; shown?: RegExp }[] = [
  { how: 'ctrl+c', status: 0 },
  { how: 'SIGTERM', status: 0 },
  { how: 'SIGHUP', status: 0 },
  // The crash that the module below makes: a sentence on the user's own screen, no stack trace.
  { how: 'SIGUSR2', status: 1, shown: /voipterm: .*made to crash/ },
];

test(
  'the terminal has the very same settings after Ctrl+C, a signal and a crash',
  LONG,
  async ({ place, screens }) => {
    const station = await place.serve();
    const crash = place.file('crash.mjs');
    await writeFile(crash, "process.on('SIGUSR2', () => { throw new Error('made to crash'); });\n");
    const script = 'stty -a; "$0" "$@"; echo "status $?"; stty -a; echo end';
    const ended = ENDS.map(async ({ how, status, shown }) => {
      const shell = await screens.start(
        how,
        '/bin/sh',
        ['-c', script, process.execPath, PROGRAM, station.target(how.replace('+', '-'))],
        { rows: 50, env: { NODE_OPTIONS: `--import=${pathToFileURL(crash).href}` } },
      );
      await until(shell, 'online');
      const before = shell.raw.slice(0, shell.raw.indexOf('\x1b'));
      await end(shell, how);
      await until(shell, `status ${status}`, 'end', shown ?? '');
      await shell.exited();
      expectRestored(shell);
      expect(shell.text).not.toMatch(/\n\s+at /);
      expect(before).toMatch(/speed/);
      expect(settingsOf(shell.raw.slice(shell.raw.lastIndexOf(`status ${status}`)))).toEqual(
        settingsOf(before),
      );
    });
    await Promise.all(ended);
  },
);

async function end(shell: Terminal, how: string): Promise<void> {
  if (how === 'ctrl+c') return shell.send('\x03');
  // The one process that the shell started (Linux and macOS).
  const { stdout } = await promisify(execFile)('pgrep', ['-P', String(shell.pid)]);
  process.kill(Number(stdout.trim()), how as NodeJS.Signals);
}

/** The words of `stty -a`. */
function settingsOf(text: string): string[] {
  return text
    .slice(text.indexOf('speed'))
    .split(/[\s;]+/)
    .filter((word) => word !== '' && word !== 'end');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
