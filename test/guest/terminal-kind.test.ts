/** What a terminal can show, from what its SSH client says of it. */
import { expect, test } from 'vitest';
import { terminalKind } from '../../src/guest/terminal-kind.ts';

const on = (type: string | null, env: Readonly<Record<string, string>> = {}) =>
  terminalKind({ terminal: type === null ? null : { type, columns: 80, rows: 24 }, env });
const ALL = 16_777_216;

test('without a terminal, or with one that moves no cursor, there are lines', () => {
  for (const type of [null, '', 'dumb', 'unknown']) expect(on(type).screen).toBe(false);
  expect(on('xterm', { VOIPTERM_PLAIN: '1' }).screen).toBe(false);
  expect(on('xterm').screen).toBe(true);
});

test.each([
  ['xterm', {}, 16],
  ['linux', {}, 16],
  ['xterm-256color', {}, 256],
  ['tmux-256color', {}, 256],
  ['xterm-256color', { COLORTERM: 'truecolor' }, ALL],
  ['tmux', { COLORTERM: '24bit' }, ALL],
  ['xterm-kitty', {}, ALL],
  ['alacritty', {}, ALL],
  ['xterm-direct', {}, ALL],
  ['vt100', {}, 0],
  ['xterm-256color', { NO_COLOR: '1', COLORTERM: 'truecolor' }, 0],
  ['xterm-256color', { NO_COLOR: '' }, 256],
])('colours of %s with %j', (type, env, colors) => {
  expect(on(type, env).looks.depth).toBe(colors);
});

test('ASCII where the locale says so, not where none is sent', () => {
  expect(on('xterm').ascii).toBe(false);
  expect(on('xterm', { LANG: 'C.UTF-8' }).ascii).toBe(false);
  expect(on('xterm', { LANG: 'de_DE.utf8' }).ascii).toBe(false);
  expect(on('xterm', { LANG: 'C' }).ascii).toBe(true);
  expect(on('xterm', { LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' }).ascii).toBe(true);
  expect(on('vt220').ascii).toBe(true);
});

test.each([
  ['xterm-kitty', {}, true],
  ['xterm-256color', {}, false],
  ['xterm-256color', { TERM_PROGRAM: 'WezTerm' }, true],
  ['linux', { TERM_PROGRAM: 'WezTerm' }, false],
  [null, { TERM_PROGRAM: 'WezTerm' }, false],
])('addresses of %s with %j can be clicked: %s', (type, env, links) => {
  expect(on(type, env).links).toBe(links);
});
