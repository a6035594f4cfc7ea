/** When the interface is in lines. */
import { expect, test } from 'vitest';
import { wantsPlain } from '../../src/cli/tui.ts';
import { terminalLooks } from '../../src/ui/terminal-looks.ts';

const XTERM = { TERM: 'xterm-256color' };

test.each([
  [{}, 'auto', XTERM, false],
  [{ plain: true }, 'off', XTERM, true],
  [{}, 'on', XTERM, true],
  [{}, 'auto', { ...XTERM, INK_SCREEN_READER: 'true' }, true],
  [{}, 'auto', { ...XTERM, INK_SCREEN_READER: '0' }, false],
  [{}, 'off', { ...XTERM, INK_SCREEN_READER: 'true' }, false],
  [{}, 'auto', { TERM: 'dumb' }, true],
  [{}, 'off', { TERM: 'dumb' }, false],
  [{}, 'auto', { TERM: 'linux' }, false],
  [{}, 'auto', {}, false],
] as const)('%j, ui.plain %s, %j: %s', (options, mode, env, plain) => {
  expect(wantsPlain(options, mode, terminalLooks(env), env)).toBe(plain);
});
