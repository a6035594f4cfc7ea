/** Colours and glyphs: one place that knows about NO_COLOR and about terminals without UTF-8. */
import { createContext } from 'react';

export interface Glyphs {
  readonly ellipsis: string;
  readonly rule: string;
  readonly bar: string;
  readonly ruleDown: string;
  readonly ruleUp: string;
  readonly current: string;
  readonly talking: string;
  readonly waves: string;
  readonly online: string;
  readonly connecting: string;
  readonly offline: string;
  readonly failed: string;
  readonly warning: string;
  readonly notice: string;
  readonly pending: string;
  readonly newline: string;
  /** Before the quoted line that a message answers. */
  readonly reply: string;
  /** Of a message that the station refused. */
  readonly refused: string;
  readonly meterOn: string;
  readonly meterOff: string;
  readonly up: string;
  readonly down: string;
  readonly prompt: string;
}

const UNICODE: Glyphs = {
  ellipsis: '…',
  rule: '─',
  bar: '│',
  ruleDown: '┬',
  ruleUp: '┴',
  current: '▸',
  talking: '●',
  waves: ')))',
  online: '●',
  connecting: '◌',
  offline: '○',
  failed: '✕',
  warning: '!',
  notice: '·',
  pending: '┊',
  newline: '⏎',
  reply: '↳',
  refused: '✕',
  meterOn: '█',
  meterOff: '░',
  up: '↑',
  down: '↓',
  prompt: '›',
};

const ASCII: Glyphs = {
  ellipsis: '~',
  rule: '-',
  bar: '|',
  ruleDown: '+',
  ruleUp: '+',
  current: '>',
  talking: '*',
  waves: ')))',
  online: '*',
  connecting: '.',
  offline: 'o',
  failed: 'x',
  warning: '!',
  notice: '-',
  pending: ':',
  newline: '|',
  reply: '>',
  refused: 'x',
  meterOn: '#',
  meterOff: '.',
  up: 'up ',
  down: 'down ',
  prompt: '>',
};

/** What a piece of text is, so that one table decides how it looks. */
export type Tone =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'self'
  | 'good'
  | 'warning'
  | 'bad'
  | 'accent'
  | 'selected'
  | 'live'
  | 'code'
  | 'link'
  | 'mention'
  | { readonly name: string };

/** Ink's Text props of a tone. */
export interface Look {
  readonly color?: string;
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly inverse?: boolean;
  readonly underline?: boolean;
}

const LOOKS: Readonly<Record<Extract<Tone, string>, Look>> = {
  plain: {},
  dim: { dimColor: true },
  strong: { bold: true },
  self: { bold: true },
  good: { color: 'green' },
  warning: { color: 'yellow' },
  bad: { color: 'red', bold: true },
  accent: { color: 'cyan' },
  selected: { inverse: true, bold: true },
  live: { color: 'green', bold: true, inverse: true },
  code: { color: 'cyan' },
  link: { color: 'blue', underline: true },
  mention: { color: 'yellow', bold: true },
};

/** Colours that tell people apart: the middle of the palette, readable on dark and on light. */
const NAME_COLORS = ['cyan', 'magenta', 'blue', 'green', 'yellow', 'red'] as const;

export interface Theme {
  readonly glyphs: Glyphs;
  /** True for a terminal without UTF-8: what is not ASCII is drawn as '?'. */
  readonly ascii: boolean;
  readonly color: boolean;
}

/** @param noColor NO_COLOR is set (no-color.org): weight and inversion stay, colours go. */
export function makeTheme(ascii: boolean, noColor: boolean): Theme {
  return { glyphs: ascii ? ASCII : UNICODE, ascii, color: !noColor };
}

export function lookOf(tone: Tone, theme: Theme): Look {
  const look = typeof tone === 'string' ? LOOKS[tone] : { color: nameColor(tone.name), bold: true };
  if (theme.color) return look;
  const { color: _, ...rest } = look;
  return rest;
}

/** The same name gets the same colour everywhere. */
function nameColor(name: string): string {
  let hash = 0;
  for (const character of name.toLowerCase()) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return NAME_COLORS[hash % NAME_COLORS.length] ?? 'cyan';
}

export const ThemeContext = createContext<Theme>(makeTheme(false, false));
