/** Which theme comes of what a terminal is and says. */
import { describe, expect, test } from 'vitest';
import { KeyParser } from '../../src/ui/key-parser.ts';
import { ANSWER_MS, Looks, type LooksOptions } from '../../src/ui/looks.ts';
import { SCHEMES } from '../../src/ui/schemes.ts';
import { terminalLooks, UNKNOWN_TERMINAL } from '../../src/ui/terminal-looks.ts';
import { lookOf, makeTheme } from '../../src/ui/theme.ts';

const KITTY = terminalLooks({ TERM: 'xterm-kitty' });

function looks(given: Partial<LooksOptions> = {}): Looks {
  return new Looks({ name: 'auto', own: null, ascii: false, noColor: false, terminal: KITTY, ...given });
}

describe('the environment', () => {
  test.each([
    [
      { TERM: 'xterm-256color', COLORTERM: 'truecolor' },
      { depth: 16_777_216, asks: true, guesses: false },
    ],
    [{ TERM: 'xterm-256color' }, { depth: 256, asks: true }],
    [{ TERM: 'xterm' }, { depth: 16, asks: true }],
    [{ TERM: 'xterm-kitty' }, { depth: 16_777_216, asks: true }],
    [{ TERM: 'xterm-256color', NO_COLOR: '1' }, { depth: 0 }],
    [{ TERM: 'xterm-256color', NO_COLOR: '' }, { depth: 256 }],
    [
      { TERM: 'linux', COLORTERM: 'truecolor' },
      { depth: 16, asks: false, fewGlyphs: true },
    ],
    [{ TERM: 'vt100' }, { depth: 0, asks: false, fewGlyphs: true, dumb: false }],
    [{ TERM: 'dumb' }, { depth: 0, asks: false, dumb: true }],
    [{}, { depth: 16, asks: false, dumb: false }],
    // tmux fits colours itself, and answers in the terminal's place.
    [
      { TERM: 'tmux-256color', TMUX: '/tmp/x,1,0', COLORTERM: 'truecolor' },
      { depth: 16_777_216, asks: true, guesses: true },
    ],
    [
      { TERM: 'screen-256color', TMUX: '/tmp/x,1,0' },
      { depth: 256, asks: true, guesses: true },
    ],
    // GNU screen does not, whatever the terminal around it is.
    [
      { TERM: 'screen', STY: '1.x', COLORTERM: 'truecolor' },
      { depth: 16, asks: false, guesses: true },
    ],
    [
      { TERM: 'screen.xterm-256color', STY: '1.x', COLORTERM: 'truecolor' },
      { depth: 256, asks: false },
    ],
    // An SSH login from within screen or tmux passes TERM alone on.
    [{ TERM: 'screen' }, { depth: 16, asks: false }],
    [{ TERM: 'rxvt', COLORFGBG: '15;0' }, { ground: 'dark' }],
    [{ TERM: 'rxvt', COLORFGBG: '0;default;15' }, { ground: 'light' }],
    [{ TERM: 'rxvt', COLORFGBG: '7;8' }, { ground: 'dark' }],
    [{ TERM: 'rxvt', COLORFGBG: 'default;default' }, { ground: null }],
    [{ TERM: 'rxvt', COLORFGBG: '0;99' }, { ground: null }],
  ])('%j', (env, expected) => {
    expect(terminalLooks(env)).toMatchObject(expected);
  });
});

describe('the background', () => {
  const light = SCHEMES.light!.light.colors.accent.hex;
  const dark = SCHEMES.dark!.dark.colors.accent.hex;

  test('the palette is used until it is known', () => {
    const made = looks();
    expect(lookOf('accent', made.theme)).toEqual({ color: 'cyan' });
    expect(made.ask()).toBe(true);
    expect(made.answer([0xfd, 0xf6, 0xe3], 20)).toBe(true);
    expect(lookOf('accent', made.theme)).toEqual({ color: light });
    expect(lookOf('dim', made.theme)).toEqual({ color: SCHEMES.light!.light.colors.dim.hex });
  });

  test('what the environment says holds until the terminal says better', () => {
    const made = looks({ terminal: terminalLooks({ TERM: 'xterm-kitty', COLORFGBG: '0;15' }) });
    expect(lookOf('accent', made.theme)).toEqual({ color: light });
    made.ask();
    made.answer([0x1e, 0x1e, 0x1e], 20);
    expect(lookOf('accent', made.theme)).toEqual({ color: dark });
  });

  test('a late answer, and one that nobody asked for, change nothing', () => {
    const made = looks();
    expect(made.answer([255, 255, 255], 0)).toBe(false);
    made.ask();
    made.drawn(50);
    expect(made.answer([255, 255, 255], ANSWER_MS + 51)).toBe(false);
    expect(looks({ terminal: UNKNOWN_TERMINAL }).ask()).toBe(false);
  });

  test('one that comes while the first frame is made counts, and none after the next answer', () => {
    const made = looks();
    made.ask();
    expect(made.answer([255, 255, 255], 5 * ANSWER_MS)).toBe(true);
    made.ask();
    made.settled();
    expect(made.answer([0, 0, 0], 1)).toBe(false);
  });

  test('what a multiplexer says without knowing is passed over', () => {
    const made = looks({ terminal: terminalLooks({ TERM: 'tmux-256color', TMUX: 'x' }) });
    made.ask();
    expect(made.answer([255, 255, 255], 5)).toBe(false);
    made.ask();
    expect(made.answer([0, 0, 0], 5)).toBe(false);
    made.ask();
    expect(made.answer([0xfd, 0xf6, 0xe3], 5)).toBe(true);
    expect(lookOf('accent', made.theme).color).toMatch(/^ansi256\(\d+\)$/);
  });

  test('a chosen theme goes before it, and another can be chosen', () => {
    const made = looks({ name: 'light' });
    made.ask();
    made.answer([1, 1, 1], 5);
    expect(lookOf('accent', made.theme)).toEqual({ color: light });
    made.choose({ name: 'auto', own: null });
    expect(lookOf('accent', made.theme)).toEqual({ color: dark });
  });
});

describe('a theme', () => {
  const scheme = SCHEMES.dark!.dark;

  test('takes the colours that there are', () => {
    const at = (depth: 0 | 16 | 256 | 16_777_216) =>
      lookOf('bad', makeTheme(false, false, { scheme, depth, fewGlyphs: false }));
    expect(at(16_777_216)).toEqual({ color: '#ff8080', bold: true });
    expect(at(256)).toEqual({ color: 'ansi256(210)', bold: true });
    expect(at(16)).toEqual({ color: 'redBright', bold: true });
    expect(at(0)).toEqual({ bold: true });
  });

  test('without colours tells by weight', () => {
    const plain = makeTheme(false, true, { scheme, depth: 256, fewGlyphs: false });
    expect(lookOf('dim', plain)).toEqual({ dimColor: true });
    expect(lookOf('live', plain)).toEqual({ bold: true, inverse: true });
    expect(lookOf({ name: 'ada' }, plain)).toEqual({ bold: true });
  });

  test('draws with few glyphs where the font has few, and leaves the text alone', () => {
    const theme = makeTheme(false, false, { scheme: null, depth: 16, fewGlyphs: true });
    expect(theme.glyphs.current).toBe('>');
    expect(theme.ascii).toBe(false);
  });
});

describe('the answer of the terminal', () => {
  const events = (...chunks: string[]) => {
    const parser = new KeyParser();
    return chunks.flatMap((chunk) => parser.push(Buffer.from(chunk)));
  };

  test.each([
    ['\x1b]11;rgb:1e1e/2020/ffff\x1b\\', [0x1e, 0x20, 255]],
    ['\x1b]11;rgb:1e/20/ff\x07', [0x1e, 0x20, 255]],
    ['\x1b]11;rgba:ffff/0000/8080/ffff\x07', [255, 0, 0x80]],
    ['\x1b]11;rgb:f/0/8\x07', [255, 0, 0x88]],
  ])('%j', (bytes, color) => {
    expect(events(bytes)).toEqual([{ kind: 'answer', to: 'background', color }]);
    expect(events(...bytes)).toEqual([{ kind: 'answer', to: 'background', color }]);
  });

  test.each(['\x1b]11;?\x07', '\x1b]11;red\x07', '\x1b]10;rgb:1/2/3\x07', '\x1bP11;rgb:1/2/3\x1b\\'])(
    '%j is none',
    (bytes) => {
      expect(events(bytes)).toEqual([]);
    },
  );

  test('one that comes in pieces is waited for, so that nothing of it is typed', () => {
    const parser = new KeyParser();
    parser.push(Buffer.from('\x1b]'));
    expect(parser.waiting).toBe('escape');
    parser.push(Buffer.from('11;rgb:1e1e'));
    expect(parser.waiting).toBe('report');
    expect(parser.push(Buffer.from('/2020/ffff\x07a'))).toMatchObject([{ to: 'background' }, { name: 'a' }]);
  });
});
