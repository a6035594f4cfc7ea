/** The key table, and what of it reaches the shell. */
import { describe, expect, test } from 'vitest';
import { encodeKey, encodePaste } from '../../src/ui/key-encode.ts';
import { keyPress, parseChord } from '../../src/ui/key-event.ts';
import { KeyParser } from '../../src/ui/key-parser.ts';
import { KEY_TABLE, lookUp, showChord, worksInShell } from '../../src/ui/keys.ts';

const MODES = { applicationCursor: false, bracketedPaste: false };

describe('the table', () => {
  const all = KEY_TABLE.flatMap(({ keys }) => keys);

  test('names each chord once, in the spelling that keys have', () => {
    expect(new Set(all).size).toBe(all.length);
    for (const chord of all) expect(parseChord(chord)).toBe(chord);
  });

  test('takes no key that types', () => {
    for (const text of 'azAZ09 .,-/]äß') {
      const [event] = new KeyParser().push(Buffer.from(text));
      expect(event?.kind === 'key' && lookUp(event)).toBeUndefined();
    }
  });

  test('leaves the shell everything but the tabs', () => {
    const kept = KEY_TABLE.filter(({ command }) => worksInShell(command)).flatMap(({ keys }) => keys);
    expect(kept).toEqual(['f1', 'alt+1', 'f2', 'alt+2', 'f3', 'alt+3', 'f4', 'alt+4', 'ctrl+]']);
  });

  test('reads well', () => {
    expect(['ctrl+t', 'f8', 'ctrl+]', 'alt+up', 'pageup'].map(showChord)).toEqual([
      'Ctrl+T',
      'F8',
      'Ctrl+]',
      'Alt+Up',
      'PgUp',
    ]);
  });
});

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
