/** The chat on a real pseudo-terminal: whole screens at several sizes, typing, choosing, the mouse, and terminals that misbehave. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Command } from '../../src/session/commands.ts';
import { Terminal, type TerminalOptions } from '../fakes/terminal.ts';
import { FIXTURE } from './build-fixture.ts';

let folder: string;
let terminal: Terminal | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'voipterm-chat-'));
});
afterEach(async () => {
  await terminal?.stop();
  terminal = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start(args: readonly string[], options: Partial<TerminalOptions> = {}): Promise<Terminal> {
  const app = Terminal.start({
    command: process.execPath,
    args: [FIXTURE, '--log', join(folder, 'log'), '--shell', '/bin/sh', ...args],
    ...options,
    env: { TZ: 'UTC', ...options.env },
  });
  terminal = app;
  await app.until((text) => text.includes('online') && text.includes('#lobby'));
  return app;
}

const commands = (): Command[] =>
  readFileSync(join(folder, 'log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Command);

/** All but the status line, whose meters move. */
const screenOf = (app: Terminal): string => `\n${app.lines.slice(0, -1).join('\n')}\n`;

describe('whole screens', () => {
  test('at 80x24', async () => {
    const app = await start([]);
    expect(screenOf(app)).toMatchInlineSnapshot(`
      "
       voipterm  F1 Chat  F2 Settings  F3 Shell  F4 Help     ada@station.example:2222
      ────────────────────┬── #lobby ─────────────────────────────────────────────────
       Rooms              │                 │ the night?
       ▸ #lobby           │ 12:02     grace │ it did: 41 days up, 3 restarts, nothing
         #music         3 │                 │ lost
         #station-ops     │                 │ and the history is still all there
                          │──────────────── Monday, 17 November 2025 ─────────────────
       Here 4             │ 12:00 margaret… │ I read the whole log over breakfast. The
         ada (you)        │                 │ replay window never once complained,
       ● grace )))        │                 │ which is what one wants from a replay
         linus            │                 │ window, really: to be asked often and to
         margaret.hamilt… │                 │ say nothing.
                          │               · │ margaret.hamilton came in
                          │ 12:01       ada │ how is the voice over the train wifi?
                          │ 12:02     linus │ surprisingly fine, 60 ms and a bit of
                          │                 │ loss
                          │                 │ the concealment hides most of it
                          │ 12:03     grace │ 日本語も大丈夫 👍🏽 👩‍💻 naïve café
                          │ 12:04   mallory │ ha ␛[31mred␛[0m ␛]0;owned␇ gnp.exe bell␇
                          │ 12:05       ada │ nice try, mallory
                          │ 12:06           ┊ this one is still on its way
      ────────────────────┴───────────────────────────────────────────────────────────
       #lobby › Write, or press Space (Ctrl+T anywhere) to talk
      "
    `);
  });

  test('at 60x16', async () => {
    const app = await start([], { columns: 60, rows: 16 });
    expect(screenOf(app)).toMatchInlineSnapshot(`
      "
       voipterm  F1 Chat  F2 Settings  F3 Shell  F4 Help
      ── #lobby · 4 here · #music +3 ─────────────────────────────
                       │ window, really: to be asked often and to
                       │ say nothing.
                     · │ margaret.hamilton came in
       12:01       ada │ how is the voice over the train wifi?
       12:02     linus │ surprisingly fine, 60 ms and a bit of
                       │ loss
                       │ the concealment hides most of it
       12:03     grace │ 日本語も大丈夫 👍🏽 👩‍💻 naïve café
       12:04   mallory │ ha ␛[31mred␛[0m ␛]0;owned␇ gnp.exe bell␇
       12:05       ada │ nice try, mallory
       12:06           ┊ this one is still on its way
      ── grace talking ───────────────────────────────────────────
       #lobby › Write, or press Space (Ctrl+T anywhere) to talk
      "
    `);
  });

  test('at 200x60: rooms left, people right', async () => {
    const app = await start([], { columns: 200, rows: 60 });
    const inked = app.lines.slice(0, -1).filter((line) => /[^\s│]/.test(line));
    expect(`\n${inked.join('\n')}\n`).toMatchInlineSnapshot(`
      "
       voipterm  F1 Chat  F2 Settings  F3 Shell  F4 Help                                                                                                                             ada@station.example:2222
      ──────────────────────────┬── #lobby ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┬──────────────────────────
       Rooms                    │                                                                                                                                                  │ Here 4
       ▸ #lobby                 │                                                                                                                                                  │   ada (you)
         #music               3 │                                                                                                                                                  │ ● grace )))
         #station-ops           │                                                                                                                                                  │   linus
                                │                                                                                                                                                  │   margaret.hamilton
                                │──────────────────────────────────────────────────────────── Sunday, 16 November 2025 ────────────────────────────────────────────────────────────│
                                │ 12:00              grace │ evening all                                                                                                           │
                                │ 12:01              linus │ hi grace! did the new station survive the night?                                                                      │
                                │ 12:02              grace │ it did: 41 days up, 3 restarts, nothing lost                                                                          │
                                │                          │ and the history is still all there                                                                                    │
                                │──────────────────────────────────────────────────────────── Monday, 17 November 2025 ────────────────────────────────────────────────────────────│
                                │ 12:00  margaret.hamilton │ I read the whole log over breakfast. The replay window never once complained, which is what one wants from a replay   │
                                │                          │ window, really: to be asked often and to say nothing.                                                                 │
                                │                        · │ margaret.hamilton came in                                                                                             │
                                │ 12:01                ada │ how is the voice over the train wifi?                                                                                 │
                                │ 12:02              linus │ surprisingly fine, 60 ms and a bit of loss                                                                            │
                                │                          │ the concealment hides most of it                                                                                      │
                                │ 12:03              grace │ 日本語も大丈夫 👍🏽 👩‍💻 naïve café                                                                                       │
                                │ 12:04            mallory │ ha ␛[31mred␛[0m ␛]0;owned␇ gnp.exe bell␇                                                                              │
                                │ 12:05                ada │ nice try, mallory                                                                                                     │
                                │ 12:06                    ┊ this one is still on its way                                                                                          │
      ──────────────────────────┴──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┴──────────────────────────
       #lobby › Write, or press Space (Ctrl+T anywhere) to talk
      "
    `);
    expect(app.lines).toHaveLength(60);
  });

  test('at 40x10: one pane, and what matters of the others in the top row', async () => {
    const app = await start([], { columns: 40, rows: 10 });
    expect(screenOf(app)).toMatchInlineSnapshot(`
      "
       1 Chat  2  3  4  #lobby · 4 here · #m…
        of it
      12:03 grace: 日本語も大丈夫 👍🏽 👩‍💻 ne
        café
      12:04 mallory: ha ␛[31mred␛[0m
        ␛]0;owned␇ gnp.exe bell␇
      12:05 ada: nice try, mallory
      12:06 ada┊ this one is still on its way
       #lobby › Write, or press Space (Ctrl+T…
      "
    `);
    app.resize(39, 9);
    await app.until((text) => text.startsWith('voipterm needs 40x10, this is 39x9'));
  });
});

describe('typing', () => {
  test('completion lists candidates and goes through them; Esc takes it back', async () => {
    const app = await start(['--quiet']);
    app.send('/join \t');
    await app.until((text) => /^ lobby +music *$/m.test(text) && text.includes('#lobby › /join'));
    app.send('\t\t');
    await app.until((text) => text.includes('#lobby › /join music'));
    app.send('\x1b[Z');
    await app.until((text) => text.includes('#lobby › /join lobby'));
    app.send('\x1b');
    await app.until((text) => /#lobby › \/join *$/m.test(text) && !/^ lobby +music *$/m.test(text));
  });

  test('emoji by their name, as they are typed and as they are sent', async () => {
    const app = await start(['--quiet']);
    await app.until(() => true);
    app.send('go :rocke');
    await app.until((text) => text.includes('› go :rocke'));
    // The names are loaded a moment after the first screen.
    await expect
      .poll(() => {
        app.send('\t');
        return app.text.includes('› go 🚀');
      })
      .toBe(true);
    app.send('\x15:tada: done\r');
    await app.until((text) => text.includes('ada │ 🎉 done'));
  });

  test('what was deleted comes back, what was done is undone', async () => {
    const app = await start(['--quiet']);
    app.send('one two three\x17\x17\x01\x19');
    await app.until((text) => text.includes('› two threeone'));
    app.send('\x1f\x1f');
    await app.until((text) => /› one two $/m.test(text) || /› one two$/m.test(text));
  });

  test('vi: modes, an operator with a count, and the dot', async () => {
    const app = await start(['--quiet', '--vi']);
    app.send('one two three four\x1b');
    await app.until((text) => text.includes('#lobby [n] › one two three four'));
    app.send('02dw');
    await app.until((text) => text.includes('[n] › three four'));
    app.send('.');
    await app.until((text) => /\[n\] › *$/m.test(text) || text.includes('[n] › Write'));
    app.send('ihi\x1b');
    await app.until((text) => text.includes('[n] › hi'));
    app.send('\r');
    await app.until((text) => text.includes('ada │ hi') && text.includes('[i] ›'));
  });

  test('each place keeps its own line', async () => {
    const app = await start(['--quiet']);
    app.send('for the lobby\x0e');
    await app.until((text) => text.includes('#music › Write'));
    app.send('for music\x10');
    await app.until((text) => text.includes('#lobby › for the lobby'));
    app.send('\x0e');
    await app.until((text) => text.includes('#music › for music'));
  });

  test('the editor has the terminal, and its text comes into the line', async () => {
    const editor = join(folder, 'editor');
    writeFileSync(
      editor,
      '#!/bin/sh\nstty -a | grep -q -- " icanon" && echo cooked >> "$1"\necho "and more" >> "$1"\n',
    );
    chmodSync(editor, 0o755);
    const app = await start(['--quiet'], { env: { EDITOR: editor, VISUAL: '' } });
    app.send('begun\x18\x05');
    await app.until((text) => text.includes('#lobby (3 lines) › begun⏎cooked⏎and more'));
    expect(app.modes).toMatchObject({ bracketedPaste: true, wrap: false });
    app.send('\r');
    await app.until((text) => /│ begun\n.*│ cooked\n.*│ and more/.test(text));
  });

  test('a paste of many lines is one message, with its count', async () => {
    const app = await start(['--quiet']);
    const page = Array.from({ length: 40 }, (_, at) => `line ${at + 1}`).join('\r');
    app.send(`\x1b[200~${page}\r\x1b[201~`);
    await app.until((text) => text.includes('#lobby (40 lines) ›'));
    app.send('\r');
    await app.until((text) => text.includes('│ line 40'));
    expect(commands()).toHaveLength(1);
  });
});

describe('choosing a message', () => {
  test('answers it, with one line of it above the input; another is deleted when it is asked for twice', async () => {
    const app = await start(['--messages', '30']);
    app.send('\x1br');
    await app.until((text) => text.includes('Enter answers it'));
    app.send('\x1b[A\r');
    await app.until((text) => text.includes('↳ Answering linus: message 29 of many'));
    app.send('indeed\r');
    await expect
      .poll(() => commands().at(-1))
      .toEqual({ do: 'reply', room: 'lobby', text: 'indeed', which: { seq: 29 } });
    app.send('\x1brd');
    await app.until((text) => text.includes('Once more deletes this message'));
    app.send('d');
    await expect.poll(() => commands().at(-1)).toEqual({ do: 'delete', room: 'lobby', which: { seq: 30 } });
  });
});

describe('the mouse', () => {
  test('opens rooms and conversations, and scrolls', async () => {
    const app = await start(['--mouse']);
    expect(app.raw).toContain('\x1b[?1006h');
    // "#music" at the left, "grace" below it.
    app.send('\x1b[<0;6;5M\x1b[<0;6;5m');
    await app.until((text) => text.includes('#music ›'));
    app.send('\x1b[<0;6;4M\x1b[<0;6;4m');
    await app.until((text) => text.includes('#lobby ›'));
    app.send('\x1b[<64;40;10M');
    await app.until((text) => text.includes('newer lines below'));
    app.send('\x1b[<65;40;10M');
    await app.until((text) => !text.includes('newer lines below'));
    app.send('\x1b[<0;6;10M');
    await expect.poll(() => commands().at(-1)).toEqual({ do: 'msg', name: 'grace', text: '' });
    app.send('\x03');
    await app.exited();
    expect(app.raw.lastIndexOf('\x1b[?1006l')).toBeGreaterThan(app.raw.lastIndexOf('\x1b[?1006h'));
  });

  test('is left to the terminal when it is off', async () => {
    const app = await start([]);
    for (const mode of [1000, 1002, 1003, 1006]) expect(app.raw).not.toContain(`\x1b[?${mode}h`);
  });
});

describe('addresses', () => {
  test('are hyperlinks where they are wanted, and text elsewhere', async () => {
    const app = await start(['--quiet', '--links']);
    app.send('see https://x.example/a?b=1 now\r');
    await app.until((text) => text.includes('│ see https://x.example/a?b=1 now'));
    expect(app.raw).toContain('\x1b]8;;https://x.example/a?b=1\x1b\\https://x.example/a?b=1\x1b]8;;\x1b\\');
    await app.stop();
    const plain = await start(['--quiet']);
    plain.send('see https://x.example/a?b=1 now\r');
    await plain.until((text) => text.includes('│ see https://x.example/a?b=1 now'));
    expect(plain.raw).not.toContain('\x1b]8;');
  });
});

describe('a terminal that misbehaves', () => {
  test('resized fifty times a second, it ends whole', async () => {
    const app = await start([], { columns: 80, rows: 24 });
    for (let step = 0; step < 50; step++) {
      app.resize(40 + ((step * 37) % 160), 10 + ((step * 17) % 50));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    app.resize(80, 24);
    await app.until(
      (text, { lines }) =>
        lines.length === 24 &&
        (lines[0] ?? '').includes('F1 Chat') &&
        (lines[22] ?? '').startsWith(' #lobby ›') &&
        (lines[23] ?? '').includes('online') &&
        text.includes('this one is still on its way'),
    );
    app.send('still here');
    await app.until((text) => text.includes('› still here'));
  });

  test.each([
    ['of no size', 0, 0],
    ['of one cell', 1, 1],
    ['of absurd width', 5000, 24],
  ])('that says it is %s is survived', async (_, columns, rows) => {
    const app = await start([]);
    app.lie(columns, rows);
    app.lie(80, 24);
    app.send('still here');
    await app.until((text) => text.includes('› still here'));
  });

  test('that goes away ends the program', async () => {
    const app = await start([]);
    app.kill('SIGHUP');
    expect(await app.exited()).toMatchObject({ exitCode: 0 });
  });
});

test('nothing that others wrote reaches the terminal as anything but text', async () => {
  const app = await start(['--hostile', '--links', '--mouse']);
  await app.until((text) => text.includes('code') && text.includes('answer'));
  app.send('\x1b[200~pasted \x1b]0;owned\x07\u202e\x1b[201~');
  await app.until((text) => text.includes('› pasted'));
  app.send('\x15\x1br');
  await app.until((text) => text.includes('Enter answers it'));
  app.send('k\r');
  await app.until((text) => text.includes('Answering mal'));
  app.resize(50, 12);
  await app.until((_, { lines }) => lines.length === 12 && (lines[10] ?? '').includes('#lobby'));
  expect(app.raw).not.toContain('owned\x07');
  expect(app.raw).not.toContain('\x1b]0;');
  expect(app.raw).not.toContain('\x1bP');
  expect(app.raw).not.toMatch(/[\u0080-\u009f\u202a-\u202e\u2066-\u2069\u200b\u2028\ufeff]/);
  // A full clearing of the screen is ours alone: with the size, and when it begins.
  expect(app.raw.split('\x1b[2J').length - 1).toBeLessThanOrEqual(3);
});
