/** Text that others wrote, made fit for a terminal. */
import { expect, test } from 'vitest';
import { escapeControls, shortened } from '../../src/cli/escape.ts';

test('controls and marks that turn text are written out; the rest stays', () => {
  expect(escapeControls('\u001b[2J a\u0000b\r\n\u007f\u009b \u202e\u2066\u2028')).toBe(
    '\\u001b[2J a\\u0000b\\u000d\\u000a\\u007f\\u009b \\u202e\\u2066\\u2028',
  );
  expect(escapeControls('Grüße 日本 👩‍💻 \\u001b')).toBe('Grüße 日本 👩‍💻 \\u001b');
});

test('shortening keeps whole characters', () => {
  expect(shortened('abc', 3)).toBe('abc');
  expect(shortened('abcd', 3)).toBe('ab…');
  expect(shortened('a😀bc', 3)).toBe('a…');
});
