/** What a terminal can do, judged. Pure. */
import { MIN_COLUMNS, MIN_ROWS } from '../ui/layout.ts';
import { type Check, ok, warning } from './check.ts';

export interface TerminalFacts {
  /** What it said to our question about the keyboard; null if it was not asked, since it is no terminal. */
  readonly answer: 'kitty' | 'plain' | 'nothing' | null;
  /** Bits of colour: 1, 4, 8 or 24. */
  readonly colorDepth: number;
  /** NO_COLOR is set. */
  readonly noColor: boolean;
  /** LC_ALL, LC_CTYPE or LANG, the first that is set; '' if none is. */
  readonly locale: string;
  /** ui.ascii: what is not ASCII is not drawn. */
  readonly ascii: boolean;
  readonly columns: number;
  readonly rows: number;
}

export function judgeTerminal(facts: TerminalFacts): Check[] {
  if (facts.answer === null) {
    return [ok('terminal.keyboard', 'not asked: input or output is no terminal', { asked: false })];
  }
  return [keyboard(facts.answer), colors(facts), characters(facts), size(facts)];
}

function keyboard(answer: 'kitty' | 'plain' | 'nothing'): Check {
  const facts = { asked: true, answered: answer !== 'nothing', kitty: answer === 'kitty' };
  const id = 'terminal.keyboard';
  if (answer === 'kitty') return ok(id, 'it tells when a key is let go: hold the talk key to talk', facts);
  const fix =
    'for hold-to-talk use a terminal with the kitty keyboard protocol (kitty, foot, Ghostty, WezTerm, Konsole)';
  const consequence = 'the talk key starts talking, and pressed again stops it';
  if (answer === 'plain')
    return warning(id, `it does not tell when a key is let go: ${consequence}`, fix, facts);
  return warning(id, `it answers no question: ${consequence}`, fix, facts);
}

function colors({ colorDepth, noColor }: TerminalFacts): Check {
  const facts = { depth: colorDepth, noColor };
  const id = 'terminal.colors';
  if (noColor) return ok(id, 'none, as NO_COLOR says', facts);
  if (colorDepth >= 4) return ok(id, `${(2 ** colorDepth).toLocaleString('en')}`, facts);
  return warning(
    id,
    'none, by what TERM says',
    'set TERM to what your terminal is, such as xterm-256color',
    facts,
  );
}

function characters({ locale, ascii }: TerminalFacts): Check {
  const utf8 = locale === '' || /utf-?8/i.test(locale);
  const facts = { utf8, locale, ascii };
  const id = 'terminal.characters';
  if (ascii && utf8) return ok(id, 'ASCII alone, as ui.ascii says', facts);
  if (locale === '') return ok(id, 'no locale is set; UTF-8 is assumed', facts);
  if (utf8) return ok(id, `UTF-8 (${locale})`, facts);
  const fix =
    'set LANG to a UTF-8 locale, such as C.UTF-8, or ui.ascii to "off" if the terminal shows UTF-8 all the same';
  return warning(
    id,
    `the locale ${locale} is not UTF-8: names and texts in other scripts show as ?`,
    fix,
    facts,
  );
}

function size({ columns, rows }: TerminalFacts): Check {
  const facts = { columns, rows };
  if (columns >= MIN_COLUMNS && rows >= MIN_ROWS) return ok('terminal.size', `${columns}x${rows}`, facts);
  const text = `${columns}x${rows} is too small for the interface, which needs ${MIN_COLUMNS}x${MIN_ROWS}`;
  return warning('terminal.size', text, 'make the window larger or its letters smaller', facts);
}
