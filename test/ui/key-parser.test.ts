/** Bytes of many terminals to keys. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chordOf, type KeyEvent, type KeyPress, parseChord } from '../../src/ui/key-event.ts';
import { KeyParser, MAX_PASTE, MAX_SEQUENCE } from '../../src/ui/key-parser.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

function parse(...chunks: (string | Uint8Array)[]): KeyEvent[] {
  const parser = new KeyParser();
  const events = chunks.flatMap((chunk) => parser.push(typeof chunk === 'string' ? bytes(chunk) : chunk));
  return [...events, ...parser.flush()];
}

/** Keys as the table spells them, other events as JSON. */
function chords(...chunks: string[]): string[] {
  return parse(...chunks).map((event) => (event.kind === 'key' ? chordOf(event) : JSON.stringify(event)));
}

function key(text: string): KeyPress {
  const [event] = parse(text);
  if (event?.kind !== 'key') throw new Error(`no key: ${JSON.stringify(event)}`);
  return event;
}

describe('legacy keys', () => {
  test.each([
    ['a', 'a'],
    ['A', 'a'],
    ['é', 'é'],
    [' ', 'space'],
    ['\r', 'enter'],
    ['\n', 'enter'],
    ['\t', 'tab'],
    ['\x7f', 'backspace'],
    ['\x08', 'backspace'],
    ['\x00', 'ctrl+space'],
    ['\x01', 'ctrl+a'],
    ['\x14', 'ctrl+t'],
    ['\x1d', 'ctrl+]'],
    ['\x1b', 'escape'],
    ['\x1ba', 'alt+a'],
    ['\x1b1', 'alt+1'],
    ['\x1b\r', 'alt+enter'],
    ['\x1b\x7f', 'alt+backspace'],
    ['\x1bO', 'alt+shift+o'],
    ['\x1b[', 'alt+['],
    ['\x1b]', 'alt+]'],
    ['\x1b[A', 'up'],
    ['\x1bOA', 'up'],
    ['\x1b\x1b[A', 'alt+up'],
    ['\x1b[1;3A', 'alt+up'],
    ['\x1b[1;5C', 'ctrl+right'],
    ['\x1b[1;6D', 'ctrl+shift+left'],
    ['\x1b[a', 'shift+up'],
    ['\x1bOa', 'ctrl+up'],
    ['\x1b[H', 'home'],
    ['\x1b[1~', 'home'],
    ['\x1b[7~', 'home'],
    ['\x1b[F', 'end'],
    ['\x1b[4~', 'end'],
    ['\x1b[8~', 'end'],
    ['\x1b[8^', 'ctrl+end'],
    ['\x1b[3$', 'shift+delete'],
    ['\x1b[5~', 'pageup'],
    ['\x1b[6;5~', 'ctrl+pagedown'],
    ['\x1b[Z', 'shift+tab'],
    ['\x1b[27;5;116~', 'ctrl+t'],
    ['\x1bOM', 'enter'],
    ['\x1bOq', '1'],
  ])('%j is %s', (sent, chord) => {
    expect(chords(sent)).toEqual([chord]);
  });

  test.each([
    [
      'xterm',
      [
        '\x1bOP',
        '\x1bOQ',
        '\x1bOR',
        '\x1bOS',
        '\x1b[15~',
        '\x1b[17~',
        '\x1b[18~',
        '\x1b[19~',
        '\x1b[20~',
        '\x1b[21~',
        '\x1b[23~',
        '\x1b[24~',
      ],
    ],
    ['rxvt and PuTTY', ['\x1b[11~', '\x1b[12~', '\x1b[13~', '\x1b[14~', '\x1b[15~']],
    ['Linux console', ['\x1b[[A', '\x1b[[B', '\x1b[[C', '\x1b[[D', '\x1b[[E']],
    ['kitty', ['\x1b[P', '\x1b[Q', '\x1b[R', '\x1b[S']],
    ['kitty with event types', ['\x1b[1;1:1P', '\x1b[1;1:1Q', '\x1b[1;1:1R', '\x1b[1;1:1S', '\x1b[15;1:1~']],
  ])('F-keys of %s', (_, sent) => {
    expect(chords(...sent)).toEqual(sent.map((__, index) => `f${index + 1}`));
  });

  test('typed text keeps its case', () => {
    expect(key('A')).toMatchObject({ name: 'a', text: 'A', shift: true });
    expect(key('ß')).toMatchObject({ name: 'ß', text: 'ß' });
  });
});

describe('kitty protocol', () => {
  test.each([
    ['\x1b[97u', 'a', 'a', 'press'],
    ['\x1b[97;1;97u', 'a', 'a', 'press'],
    ['\x1b[97:65;2;65u', 'a', 'A', 'press'],
    ['\x1b[97;2u', 'a', 'A', 'press'],
    ['\x1b[49:33;2u', '1', '!', 'press'],
    ['\x1b[97;1:2;97u', 'a', 'a', 'repeat'],
    ['\x1b[97;1:3u', 'a', '', 'release'],
    ['\x1b[32;1:3u', 'space', '', 'release'],
    ['\x1b[116;5:1u', 'ctrl+t', '', 'press'],
    ['\x1b[1089:1057:99;5u', 'ctrl+c', '', 'press'],
    ['\x1b[1;1:3A', 'up', '', 'release'],
    ['\x1b[19;1:3~', 'f8', '', 'release'],
    ['\x1b[13u', 'enter', '', 'press'],
    ['\x1b[27u', 'escape', '', 'press'],
    ['\x1b[57400;1;49u', '1', '1', 'press'],
    ['\x1b[57414u', 'enter', '', 'press'],
    ['\x1b[57376u', 'f13', '', 'press'],
    ['\x1b[0;1;26085:26412u', '日本', '日本', 'press'],
  ])('%j is %s, types %j, %s', (sent, chord, text, event) => {
    const parsed = key(sent);
    expect(chordOf(parsed)).toBe(chord);
    expect(parsed).toMatchObject({ text, event });
  });

  test('says which keys will report a release', () => {
    expect(key('\x1b[32;1:1;32u').releases).toBe(true);
    expect(key(' ').releases).toBe(false);
    const parser = new KeyParser();
    parser.enableKitty();
    expect(parser.push(bytes('\x1bOP'))[0]).toMatchObject({ name: 'f1' });
    expect(parser.push(bytes('\x1b[19~'))[0]).toMatchObject({ name: 'f8', releases: true });
  });

  test('modifier keys alone, and chords of the window manager, type nothing', () => {
    expect(parse('\x1b[57441;2u')).toEqual([]);
    expect(key('\x1b[97;9u').text).toBe('');
  });

  test('answers are told apart from keys', () => {
    expect(parse('\x1b[?0u\x1b[?62;22c')).toEqual([
      { kind: 'answer', to: 'kitty' },
      { kind: 'answer', to: 'attributes' },
    ]);
  });
});

describe('everything else', () => {
  test('a paste is one event, whatever it holds', () => {
    expect(parse('\x1b[200~a\x1b[Ab\r\n\x03\x1b[201~x')).toMatchObject([
      { kind: 'paste', text: 'a\x1b[Ab\r\n\x03' },
      { kind: 'key', name: 'x' },
    ]);
  });

  test('a paste is bounded, and an unfinished one ends with the flush', () => {
    const [event] = parse(`\x1b[200~${'x'.repeat(MAX_PASTE * 2)}`);
    expect(event).toEqual({ kind: 'paste', text: 'x'.repeat(MAX_PASTE) });
  });

  test('focus, mouse and reports', () => {
    expect(parse('\x1b[I\x1b[O')).toEqual([
      { kind: 'focus', gained: true },
      { kind: 'focus', gained: false },
    ]);
    expect(chords('\x1b[?2026;2$yz')).toEqual(['z']);
    expect(chords('\x1b]10;rgb:0000/0000/0000\x1b\\\x1bP1$r0m\x1b\\\x1b]0;t\x07z')).toEqual(['z']);
  });

  test('a sequence without an end is dropped, not kept', () => {
    expect(chords(`\x1b[${'1'.repeat(MAX_SEQUENCE)}`, 'z').at(-1)).toBe('z');
    expect(chords('\x1b[1;\x03')).toEqual(['ctrl+c']);
  });

  test('UTF-8 may be split anywhere', () => {
    const emoji = bytes('👍é');
    const parser = new KeyParser();
    const events = [...emoji].flatMap((byte) => parser.push(Uint8Array.of(byte)));
    expect(events).toMatchObject([{ text: '👍' }, { text: 'é' }]);
  });

  test('waiting tells what a flush would end', () => {
    const parser = new KeyParser();
    expect(parser.waiting).toBe('nothing');
    parser.push(bytes('\x1b'));
    expect(parser.waiting).toBe('escape');
    expect(parser.flush()).toMatchObject([{ name: 'escape' }]);
    parser.push(bytes('\x1b[200~abc'));
    expect(parser.waiting).toBe('paste');
    parser.push(bytes('\x1b[201~'));
    expect(parser.waiting).toBe('nothing');
  });
});

/** Bytes in which escape sequences are likely. */
const noise = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\x1b',
        '\x1b[',
        '\x1bO',
        '\x1b[<',
        '\x1b[200~',
        '\x1b[201~',
        '\x1b]',
        ';',
        ':',
        '$',
        '~',
        'u',
        'A',
        '1',
        '97',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constant('x'.repeat(300)),
    ),
    { maxLength: 60 },
  )
  .map((parts) => bytes(parts.join('')));

describe('properties', () => {
  test('byte by byte equals whole', () => {
    fc.assert(
      fc.property(noise, (input) => {
        expect(parse(...Array.from(input, (byte) => Uint8Array.of(byte)))).toEqual(parse(input));
      }),
    );
  });

  test('any bytes: never throws, types no control character, keeps at most one sequence', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), noise, (random, likely) => {
        const parser = new KeyParser();
        for (const event of [...parser.push(random), ...parser.push(likely), ...parser.flush()]) {
          if (event.kind === 'key') expect(event.text).not.toMatch(/\p{Cc}/u);
        }
        expect(parser.waiting).toBe('nothing');
        expect(parser.push(bytes('q')).at(-1)).toMatchObject({ name: 'q' });
      }),
    );
  });
});

test.each([
  ['Ctrl+T', 'ctrl+t'],
  ['alt+ctrl+Up', 'ctrl+alt+up'],
  [' f8 ', 'f8'],
  ['ctrl+space', 'ctrl+space'],
  ['ctrl++', 'ctrl++'],
  ['ctrl+', undefined],
  ['hyper+x', undefined],
  ['f99', undefined],
  ['', undefined],
])('the written chord %j is %s', (written, chord) => {
  expect(parseChord(written)).toBe(chord);
});
