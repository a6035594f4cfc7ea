/** The screen takes the colours that fit the terminal's background, and waits for none. */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { createShell } from '../../src/session/shell.ts';
import { runUi } from '../../src/ui/run.tsx';
import { SCHEMES } from '../../src/ui/schemes.ts';
import { terminalLooks } from '../../src/ui/terminal-looks.ts';
import { parseHex } from '../../src/ui/colors.ts';
import { busyState, FakeSession } from '../fakes/fake-session.ts';

const ASKED = '\x1b]11;?\x1b\\';
/** A key in the hint line in the palette's colour. */
const PALETTE = '\x1b[36mF4';

/** What is written until a sequence stands in it. */
async function drawn(
  env: Readonly<Record<string, string>>,
  answer: string | undefined,
  wanted: string,
): Promise<string> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const stdout = Object.assign(new PassThrough(), { columns: 80, rows: 24 });
  let end = (): void => undefined;
  let written = '';
  let left = answer;
  const seen = new Promise<void>((resolve) => {
    stdout.on('data', (chunk: Buffer) => {
      written += chunk;
      // Once the first frame stands there: a terminal at the end of a slow link.
      if (written.includes(PALETTE)) {
        const given = left;
        left = undefined;
        if (given !== undefined) setImmediate(() => stdin.write(given));
      }
      if (written.includes(wanted)) resolve();
    });
  });
  const shell = createShell({ file: '/bin/sh', cwd: '/', env: {}, log: silentLog });
  const running = runUi({
    session: new FakeSession(busyState()),
    shell,
    ...{
      talkKey: 'f8',
      keys: new Map(),
      hints: true,
      talkKeyStyle: 'auto',
      timestamps: 'time',
      ascii: false,
    },
    ...{ editMode: 'readline', mouse: false, links: false },
    looks: terminalLooks(env),
    noColor: false,
    stdin,
    stdout,
    host: {
      attach: (ui) => {
        end = () => ui.end();
        return () => undefined;
      },
    },
  });
  await seen;
  end();
  await running;
  return written;
}

/** How a terminal with all colours is told one. */
function sgr(hex: string | null): string {
  return `\x1b[38;2;${parseHex(hex ?? '')!.join(';')}m`;
}

const light = sgr(SCHEMES.light!.light.colors.accent.hex);
const dark = sgr(SCHEMES.dark!.dark.colors.accent.hex);
const KITTY = { TERM: 'xterm-kitty' };

test('the first frame has the palette, what follows the answer the theme', async () => {
  const written = await drawn(KITTY, '\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\', light);
  expect(written.indexOf(PALETTE)).toBeGreaterThan(written.indexOf(ASKED));
  expect(written.indexOf(PALETTE)).toBeLessThan(written.indexOf(light));
  expect(await drawn(KITTY, '\x1b]11;rgb:1e1e/1e1e/1e1e\x07', dark)).not.toContain(light);
});

test('a terminal that does not answer is not waited for', async () => {
  const written = await drawn(KITTY, undefined, PALETTE);
  expect(written).toContain(ASKED);
  expect(written).not.toContain('38;2;');
});

test('one that cannot be asked is not', async () => {
  const written = await drawn({ TERM: 'linux', COLORFGBG: '15;0' }, undefined, 'F4');
  expect(written).not.toContain(ASKED);
});
