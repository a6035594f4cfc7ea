/** What a message is made of: code, links, names. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findLinks, hyperlink, knowsHyperlinks, MAX_ADDRESS } from '../../src/ui/links.ts';
import { messageLines, spansOf } from '../../src/ui/message-text.ts';
import { cutSpans, wrapSpans } from '../../src/ui/spans.ts';
import { widthOf } from '../../src/ui/text-width.ts';

const CALLED = { self: 'ada', words: ['deploy'] };
/** "plain[tone:text]plain". */
const shown = (line: string): string =>
  spansOf(line, CALLED, 'plain')
    .map(({ text, tone }) =>
      tone === 'plain'
        ? text
        : `[${typeof tone === 'string' ? tone : `@${'name' in tone ? tone.name : tone.sample}`}:${text}]`,
    )
    .join('');

describe('one line', () => {
  test.each([
    ['nothing special', 'nothing special'],
    ['ada: look', '[mention:ada]: look'],
    ['thanks @Ada!', 'thanks [mention:@Ada]!'],
    ['it was ada.', 'it was [mention:ada].'],
    ['adamant, canada', 'adamant, canada'],
    ['the deploy is done', 'the [mention:deploy] is done'],
    ['ask @grace about it', 'ask [@grace:@grace] about it'],
    ['mail ada@x.example', 'mail [mention:ada][@x.example:@x.example]'],
    ['run `npm test ada` now', 'run [code:`npm test ada`] now'],
    ['see https://a.example/x?y=1#z.', 'see [link:https://a.example/x?y=1#z].'],
    ['(https://a.example/b_(c))', '([link:https://a.example/b_(c)])'],
    ['<https://a.example>', '<[link:https://a.example]>'],
    ['voipterm://t@host/lobby', '[link:voipterm://t@host/lobby]'],
    ['mailto:a@b.example', '[link:mailto:a@b.example]'],
    ['https://x.example/ada', '[link:https://x.example/ada]'],
    ['javascript:alert(1) file:///etc/passwd ssh://h', 'javascript:alert(1) file:///etc/passwd ssh://h'],
    ['https:// and http', 'https:// and http'],
  ])('%j', (line, expected) => {
    expect(shown(line)).toBe(expected);
  });

  test('what the terminal opens is plain ASCII, and bounded', () => {
    expect(findLinks('https://ex.example/日本?ö')[0]?.target).toBe(
      'https://ex.example/%E6%97%A5%E6%9C%AC?%C3%B6',
    );
    expect(findLinks(`https://x.example/${'a'.repeat(MAX_ADDRESS)}`)).toEqual([]);
    expect(hyperlink('here', 'https://x.example')).toBe('\x1b]8;;https://x.example\x1b\\here\x1b]8;;\x1b\\');
  });

  test('no letter is lost and no address can end its sequence', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (rest) => {
        const [line] = messageLines(`x https://h.example/${rest.replaceAll(/[\n\r]/g, '')}`, CALLED, 'plain');
        for (const { link = 'a' } of line?.spans ?? []) expect(link).toMatch(/^[\x21-\x7e]+$/);
      }),
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (line) => {
        const spans = spansOf(line, CALLED, 'plain');
        expect(spans.map(({ text }) => text).join('')).toBe(line);
      }),
    );
  });
});

describe('lines of a message', () => {
  const kinds = (text: string): string[] =>
    messageLines(text, CALLED, 'plain').map(
      ({ spans, verbatim }) => `${verbatim ? 'code' : 'text'}: ${spans.map((span) => span.text).join('')}`,
    );

  test('fenced code is kept as it was written, to its end or the last line', () => {
    expect(kinds('look:\n```ts\nconst ada = 1;\n  x\n```\nada')).toEqual([
      'text: look:',
      'code: ```ts',
      'code: const ada = 1;',
      'code:   x',
      'code: ```',
      'text: ada',
    ]);
    expect(kinds('````\n```\nx')).toEqual(['code: ````', 'code: ```', 'code: x']);
    expect(kinds('```')).toEqual(['text: ```']);
  });

  test('so is what is indented', () => {
    expect(kinds('like\n\tmake all\n    make test\nthen')).toEqual([
      'text: like',
      'code:     make all',
      'code:     make test',
      'text: then',
    ]);
  });
});

describe('spans', () => {
  const spans = [
    { text: 'one two ', tone: 'plain' as const },
    { text: 'https://x.example/long', tone: 'link' as const, link: 'https://x.example/long' },
    { text: ' end', tone: 'dim' as const },
  ];

  test('are wrapped with their looks, a link being the same on each row', () => {
    expect(wrapSpans(spans, 12)).toEqual([
      [{ text: 'one two', tone: 'plain' }],
      [{ text: 'https://x.ex', tone: 'link', link: 'https://x.example/long' }],
      [{ text: 'ample/long', tone: 'link', link: 'https://x.example/long' }],
      [{ text: 'end', tone: 'dim' }],
    ]);
  });

  test('are cut with a mark', () => {
    expect(cutSpans(spans, 12, '…').map(({ text }) => text)).toEqual(['one two ', 'htt…']);
    expect(cutSpans(spans, 8, '…').map(({ text }) => text)).toEqual(['one two…']);
    expect(cutSpans(spans, 99, '…')).toEqual(spans);
  });

  test('wrapped or cut, no row is too wide and no letter is lost', () => {
    const some = fc.array(
      fc
        .string({ unit: 'grapheme', maxLength: 20 })
        .map((text) => ({ text: text.replaceAll(/\p{C}/gu, ''), tone: 'plain' as const })),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(some, fc.integer({ min: 3, max: 40 }), (parts, width) => {
        const rows = wrapSpans(parts, width).map((row) => row.map(({ text }) => text).join(''));
        for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(width);
        const cut = cutSpans(parts, width, '…')
          .map(({ text }) => text)
          .join('');
        expect(widthOf(cut)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

test.each([
  [{ TERM: 'xterm-kitty' }, true],
  [{ TERM: 'xterm-256color', VTE_VERSION: '7600' }, true],
  [{ TERM: 'xterm-256color', VTE_VERSION: '4800' }, false],
  [{ TERM: 'xterm-256color', TERM_PROGRAM: 'iTerm.app' }, true],
  [{ TERM: 'tmux-256color' }, true],
  [{ TERM: 'screen-256color', VTE_VERSION: '7600' }, false],
  [{ TERM: 'linux' }, false],
  [{ TERM: 'dumb' }, false],
  [{}, false],
])('%j takes hyperlinks: %j', (env, known) => {
  expect(knowsHyperlinks(env)).toBe(known);
});
