/** The built user interface in a real pseudo-terminal: what a person types, what the screen shows, how it is left. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Command } from '../../src/session/commands.ts';
import { Terminal, type TerminalOptions } from '../fakes/terminal.ts';
import { FIXTURE } from './build-fixture.ts';

let folder: string;
let log: string;
let terminal: Terminal | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'voipterm-ui-'));
  log = join(folder, 'commands.ndjson');
});

afterEach(async () => {
  await terminal?.stop();
  terminal = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the fixture and waits until it is drawn. */
async function start(
  args: readonly string[] = ['--quiet'],
  options: Partial<TerminalOptions> = {},
): Promise<Terminal> {
  terminal = Terminal.start({
    command: process.execPath,
    args: [FIXTURE, '--log', log, '--shell', '/bin/sh', ...args],
    ...options,
    env: options.env ?? {},
  });
  await terminal.until((text) => text.includes('online') && text.includes('#lobby'));
  return terminal;
}

function commands(): Command[] {
  try {
    return readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Command);
  } catch {
    return [];
  }
}

const talks = (): unknown[] => commands().filter((command) => command.do === 'talk');

/** After leaving: the user's own screen, cursor, wrapping and keyboard. */
function expectRestored(left: Terminal): void {
  expect(left.alternateScreen).toBe(false);
  expect(left.modes).toEqual({
    cursorShown: true,
    bracketedPaste: false,
    focusReports: false,
    wrap: true,
    kittyFlags: 0,
  });
}

describe('typing', () => {
  test('a message is sent and shown', async () => {
    const { until, send } = bound(await start());
    send('hello over there');
    await until((text) => text.includes('› hello over there'));
    expect(terminal?.cursor).toEqual({ x: ' #lobby › hello over there'.length, y: 22 });
    send('\r');
    await until((text) => text.includes('ada │ hello over there'));
    expect(commands()).toEqual([{ do: 'post', room: 'lobby', text: 'hello over there' }]);
  });

  test('a paste with line breaks is one message', async () => {
    const { until, send } = bound(await start());
    send('\x1b[200~one\ntwo\n\x1b[201~');
    await until((text) => text.includes('› one⏎two'));
    send('\r');
    await until((text) => /│ one\n.*│ two/.test(text));
    expect(commands()).toEqual([{ do: 'post', room: 'lobby', text: 'one\ntwo' }]);
  });

  test('an unknown command is explained and the line stays', async () => {
    const { until, send } = bound(await start());
    send('/jion music\r');
    await until((text) => /Did you[\s│]+mean[\s│]+\/join\?/.test(text) && text.includes('› /jion music'));
    expect(commands().map((command) => command.do)).toEqual(['notice']);
  });
});

describe('talking', () => {
  test('space toggles while the line is empty, and types in a message', async () => {
    const { until, send } = bound(await start());
    send(' ');
    await until((text) => text.includes('TALKING ON'));
    // The other talk key: the same one again at once would be the repeat of a key that is held.
    send('\x14');
    await until((text) => !text.includes('TALKING'));
    send('a b');
    await until((text) => text.includes('› a b'));
    expect(talks()).toEqual([
      { do: 'talk', on: true, latched: true },
      { do: 'talk', on: false, latched: false },
    ]);
  });

  test('the talk key toggles everywhere, also in the shell', async () => {
    const { until, send } = bound(await start());
    send('\x1b3');
    await until((text) => text.includes('Your shell'));
    send('\x14');
    await until((text) => text.includes('TALKING'));
    send('\x14');
    await until((text) => !text.includes('TALKING'));
    expect(talks().at(-1)).toMatchObject({ do: 'talk', on: false });
  });

  test('with the kitty protocol, holding space is push-to-talk and a double press latches', async () => {
    const app = await start(['--quiet'], { kitty: true });
    const { until, send } = bound(app);
    await until((_, { modes }) => modes.kittyFlags === 31);
    send('\x1b[32;1:1;32u');
    await until((text) => text.includes('TALKING'));
    // Held: the keyboard repeats for longer than a double press takes.
    const held = performance.now();
    while (performance.now() - held < 500) {
      send('\x1b[32;1:2;32u');
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    send('\x1b[32;1:3u');
    await until((text) => !text.includes('TALKING'));
    send('\x1b[32;1:1;32u\x1b[32;1:3u\x1b[32;1:1;32u\x1b[32;1:3u');
    await until((text) => text.includes('TALKING ON'));
    // The repeats typed nothing, and letters still do.
    send('\x1b[104;1:1;104u\x1b[104;1:3u\x1b[105:73;2:1;73u\x1b[105:73;2:3u');
    await until((text) => text.includes('› hI'));
    expect(talks()).toEqual([
      { do: 'talk', on: true, latched: false },
      { do: 'talk', on: false, latched: false },
      { do: 'talk', on: true, latched: false },
      { do: 'talk', on: false, latched: false },
      { do: 'talk', on: true, latched: true },
    ]);
    send('\x1b[99;5u');
    await app.exited();
    expectRestored(app);
  });

  test('losing the focus drops a held talk key', async () => {
    const { until, send } = bound(await start(['--quiet'], { kitty: true }));
    await until((_, { modes }) => modes.kittyFlags === 31);
    send('\x1b[116;5:1u');
    await until((text) => text.includes('TALKING'));
    send('\x1b[O');
    await until((text) => !text.includes('TALKING'));
  });
});

describe('tabs', () => {
  test('F-keys, Alt+digits and Ctrl+] change them', async () => {
    const { until, send } = bound(await start());
    send('\x1bOQ');
    await until((text) => text.includes('── Settings') && text.includes('input_device'));
    send('\x1b4');
    await until((text) => text.includes('hold it and talk'));
    send('\x1d');
    await until((text) => text.includes('#lobby ›'));
    // What is looked at is told too: only the chat that is shown is read.
    expect(commands()).toEqual([{ do: 'look', on: false }, { do: 'devices' }, { do: 'look', on: true }]);
  });

  test('the shell runs programs, and its escape sequences stay in it', async () => {
    // Ink's colours follow the environment, and a test runner's CI switches them off.
    const app = await start(['--quiet'], { env: { FORCE_COLOR: '2' } });
    const { until, send } = bound(app);
    send('\x1bOR');
    await until((text) => text.includes('Your shell'));
    send("printf '\\033[31mred\\033[0m \\033]0;title\\007%s\\n' $((6*7))\r");
    await until((text) => text.includes('red 42'));
    expect(app.raw).not.toContain('\x1b]0;');
    expect(app.raw).toContain('\x1b[31mred');
    send('stty size\r');
    await until((text) => text.includes('21 80'));
    send('exit\r');
    await until((text) => text.includes('Enter starts it again'));
    send('\r');
    await until((text) => !text.includes('Enter starts it again'));
    send('echo again-$((1+1))\r');
    await until((text) => text.includes('again-2'));
  });
});

describe('the screen', () => {
  test('fills exactly the terminal at every size, without scrolling', async () => {
    // Nothing else is drawn meanwhile: a frame on its way to a screen that just shrank scrolls it for a moment.
    const app = await start();
    for (const [columns, rows] of [
      [120, 40],
      [60, 20],
      [41, 11],
      [90, 15],
      [200, 60],
      [80, 24],
    ] as const) {
      app.resize(columns, rows);
      await app.until((_, { lines }) => isWhole(lines, rows));
      expect(app.scrolls).toBe(0);
      expect(app.lines.filter((line) => line.includes('1 Chat'))).toHaveLength(1);
    }
  });

  test('would be seen to scroll if it did', async () => {
    terminal = Terminal.start({ command: '/bin/sh', args: ['-c', "printf '\\033[?1049h'; seq 30"] });
    await terminal.until((text) => text.includes('30'));
    expect(terminal.scrolls).toBeGreaterThan(0);
  });

  test('says so when it is too small', async () => {
    const { until } = bound(await start());
    terminal?.resize(38, 8);
    await until((text) => text.startsWith('voipterm needs 40x10, this is 38x8'));
    terminal?.resize(80, 24);
    await until((_, { lines }) => isWhole(lines, 24));
  });

  test('nothing that others wrote reaches the terminal raw', async () => {
    const app = await start([]);
    await app.until((text) => text.includes('mallory') && text.includes('owned'));
    expect(app.raw).not.toContain('\x1b]0;owned');
    expect(app.raw).not.toContain('\u202e');
    expect(app.text).toContain('␛[31mred');
  });

  test('scrolling up stays put, asks for older lines, and comes back', async () => {
    const { until, send } = bound(await start([]));
    send('\x1b[5~\x1b[5~\x1b[5~');
    await until((text) => text.includes('older line') && text.includes('newer lines below'));
    expect(commands()).toEqual([{ do: 'older', room: 'lobby' }]);
    send('\x1b[1;5F');
    await until((text) => text.includes('still on its way') && !text.includes('newer lines below'));
  });
});

describe('leaving', () => {
  test('Ctrl+C gives the terminal back', async () => {
    const app = await start();
    expect(app.alternateScreen).toBe(true);
    expect(app.modes).toMatchObject({ bracketedPaste: true, focusReports: true, wrap: false });
    app.send('\x03');
    expect(await app.exited()).toMatchObject({ exitCode: 0 });
    expectRestored(app);
    expect(app.text.trim()).toBe('');
  });

  test('SIGTERM gives the terminal back', async () => {
    const app = await start();
    app.kill('SIGTERM');
    expect(await app.exited()).toMatchObject({ exitCode: 0 });
    expectRestored(app);
  });

  test.each(['crash', 'throw'])('a %s gives the terminal back and says one sentence', async (how) => {
    const app = await start();
    app.send(`/who ${how}\r`);
    expect(await app.exited()).toMatchObject({ exitCode: 1 });
    expectRestored(app);
    const said = app.lines.filter((line) => line !== '');
    expect(said.join(' ')).toMatch(/^The screen broke and was closed \(.*\); please report this\.$/);
  });

  test('what was written to stderr meanwhile comes after', async () => {
    const app = await start();
    app.send('/who warn\r');
    await expect.poll(() => commands().length).toBe(1);
    app.send('still here');
    await app.until((text) => text.includes('› still here') && !text.includes('warned on purpose'));
    app.send('\x03');
    await app.exited();
    expectRestored(app);
    expect(app.text).toContain('warned on purpose');
  });

  test('raw mode is off afterwards', async () => {
    terminal = Terminal.start({
      command: '/bin/sh',
      args: ['-c', `"$0" "$1" --quiet; echo left; stty -a`, process.execPath, FIXTURE],
    });
    await terminal.until((text) => text.includes('online'));
    terminal.send('\x03');
    await terminal.until(
      (text) => text.includes('left') && /[^-]icanon/.test(text) && /[^-]echo\b/.test(text),
    );
    await terminal.exited();
  });
});

function isWhole(lines: readonly string[], rows: number): boolean {
  return (
    lines.length === rows &&
    (lines[0] ?? '').includes('1 Chat') &&
    (lines[rows - 2] ?? '').includes('#lobby ›') &&
    (lines[rows - 1] ?? '').includes('online')
  );
}

/** The two verbs of a test, as plain functions. */
function bound(app: Terminal): Pick<Terminal, 'until' | 'send'> {
  return { until: (condition) => app.until(condition), send: (bytes) => app.send(bytes) };
}
