/** What of the keys reaches the shell, and in which bytes. */
import { describe, expect, test } from 'vitest';
import { encodeKey, encodePaste } from '../../src/ui/key-encode.ts';
import { keyPress } from '../../src/ui/key-event.ts';
import { KeyParser } from '../../src/ui/key-parser.ts';

const MODES = { applicationCursor: false, bracketedPaste: false };

describe('keys for the shell', () => {
  test.each([
    'a',
    'Z',
    'é',
    '👍',
    ' ',
    '\r',
    '\t',
    '\x7f',
    '\x1b',
    '\x00',
    '\x03',
    '\x1a',
    '\x1c',
    '\x1d',
    '\x1f',
    '\x1bx',
    '\x1b\r',
    '\x1b[A',
    '\x1b[1;5C',
    '\x1b[H',
    '\x1b[3~',
    '\x1b[5;2~',
    '\x1bOP',
    '\x1b[1;2P',
    '\x1b[24~',
    '\x1b[Z',
  ])('%j arrives as it was typed', (typed) => {
    const parser = new KeyParser();
    const events = [...parser.push(Buffer.from(typed)), ...parser.flush()];
    expect(events.map((event) => (event.kind === 'key' ? encodeKey(event, MODES) : '')).join('')).toBe(typed);
  });

  test('kitty events arrive as a legacy terminal sends them', () => {
    const parser = new KeyParser();
    const events = parser.push(
      Buffer.from('\x1b[108:76;2;76u\x1b[108;1:3u\x1b[99;5u\x1b[13u\x1b[97;3u\x1b[9;2u'),
    );
    expect(events.map((event) => (event.kind === 'key' ? encodeKey(event, MODES) : ''))).toEqual([
      'L',
      '',
      '\x03',
      '\r',
      '\x1ba',
      '\x1b[Z',
    ]);
  });

  test('cursor keys follow the application mode', () => {
    expect(encodeKey(keyPress('up'), { ...MODES, applicationCursor: true })).toBe('\x1bOA');
    expect(encodeKey(keyPress('up', { ctrl: true }), { ...MODES, applicationCursor: true })).toBe(
      '\x1b[1;5A',
    );
  });

  test('a paste cannot end itself', () => {
    const paste = encodePaste('one\ntwo\x1b[201~rm\x03', { ...MODES, bracketedPaste: true });
    expect(paste).toBe('\x1b[200~one\rtwo[201~rm\x1b[201~');
    expect(encodePaste('a\nb', MODES)).toBe('a\rb');
  });
});
