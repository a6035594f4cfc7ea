/** A real shell in a real pseudo-terminal. */
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { createShell, MAX_UPDATES_PER_SECOND, type ShellHandle } from '../../src/session/shell.ts';
import type { ShellRun } from '../../src/session/shell-screen.ts';

let shell: ShellHandle | undefined;

afterEach(() => {
  shell?.close();
  shell = undefined;
});

function start(script: string, columns = 40, rows = 6): ShellHandle {
  shell = createShell({
    file: '/bin/sh',
    args: ['-c', script],
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8' },
    log: silentLog,
  });
  shell.start(columns, rows);
  return shell;
}

const text = (handle: ShellHandle): string[] =>
  handle.screen.rows.map((runs) => runs.map((run) => run.text).join(''));

/** Waits until the screen fulfils the condition, looking again after each update. */
async function until(handle: ShellHandle, condition: () => boolean): Promise<void> {
  await expect
    .poll(condition, { timeout: 40_000, interval: 20, message: text(handle).join('\n') })
    .toBe(true);
}

async function output(script: string): Promise<readonly ShellRun[]> {
  const handle = start(script);
  await until(handle, () => handle.screen.phase.at === 'exited' && text(handle).join('') !== '');
  return handle.screen.rows[0] ?? [];
}

describe('the screen', () => {
  test('styles come as runs, not as escape sequences', async () => {
    const plain = {
      ...{ foreground: null, background: null, bold: false, dim: false, italic: false },
      ...{ underline: false, inverse: false, strikethrough: false },
    };
    expect(
      await output(
        "printf 'a\\033[1;31mbold\\033[0m \\033[7mrev\\033[0m\\033[38;2;1;2;3mrgb\\033[48;5;200mbg'",
      ),
    ).toEqual([
      { ...plain, text: 'a' },
      { ...plain, text: 'bold', foreground: 1, bold: true },
      { ...plain, text: ' ' },
      { ...plain, text: 'rev', inverse: true },
      { ...plain, text: 'rgb', foreground: '#010203' },
      { ...plain, text: 'bg', foreground: '#010203', background: 200 },
    ]);
  });

  test('titles, bells and turned writing directions leave no trace', async () => {
    const runs = await output("printf 'x\\033]0;title\\007\\007\\342\\200\\256y'");
    expect(runs.map((run) => run.text).join('')).toBe('xy');
  });

  test('wide characters take two cells', async () => {
    const handle = start("printf '日本👍|'; cat");
    await until(handle, () => text(handle)[0] === '日本👍|');
    expect(handle.screen.cursor).toEqual({ x: 7, y: 0 });
  });

  test('modes that the keyboard must know are told', async () => {
    const handle = start("printf '\\033[?1h\\033[?2004hready'; cat");
    await until(handle, () => text(handle)[0] === 'ready');
    expect(handle.screen).toMatchObject({ applicationCursor: true, bracketedPaste: true });
  });
});

describe('the process', () => {
  test('reads what is written, also before it was up, and knows its size', async () => {
    const handle = start('read line; echo "got $line"; stty size; cat');
    handle.write('early\r');
    await until(handle, () => text(handle).includes('got early') && text(handle).includes('6 40'));
    handle.resize(50, 7);
    handle.write('\x03');
    await until(handle, () => handle.screen.phase.at === 'exited');
    expect(handle.screen.rows).toHaveLength(7);
  });

  test('its end is told, and it can start again', async () => {
    const handle = start('echo once; exit 3');
    await until(handle, () => handle.screen.phase.at === 'exited');
    expect(handle.screen.phase).toEqual({ at: 'exited', code: 3 });
    expect(handle.screen.cursor).toBeNull();
    handle.start(40, 6);
    expect(handle.screen.phase).toEqual({ at: 'running' });
    await until(handle, () => handle.screen.phase.at === 'exited' && text(handle)[0] === 'once');
  });

  test('a program that does not exist is a sentence', async () => {
    shell = createShell({ file: '/nowhere/shell', cwd: tmpdir(), env: {}, log: silentLog });
    shell.start(40, 6);
    const handle = shell;
    await until(handle, () => handle.screen.phase.at !== 'running');
    // The pseudo-terminal starts first and its program fails in it.
    expect(handle.screen.phase.at).toMatch(/exited|failed/);
  });

  test('a flood is drawn at most so often, and does not pile up', async () => {
    const handle = start(
      'yes "a long line of text that goes on" | head -c 20000000; echo; echo done; cat',
      40,
      6,
    );
    let updates = 0;
    const before = process.memoryUsage().rss; // what other tests of this process left is not its own
    const began = performance.now();
    const stop = handle.subscribe(() => updates++);
    await until(handle, () => text(handle).includes('done'));
    stop();
    expect(updates).toBeLessThanOrEqual(((performance.now() - began) / 1000 + 1) * MAX_UPDATES_PER_SECOND);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
  });
});
