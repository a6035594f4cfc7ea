/** Colours and glyphs: one place that knows about NO_COLOR and about terminals without UTF-8. */
import { createContext } from 'react';
import { type ColorDepth, nearest256, parseHex } from './colors.ts';
import { COLOR_ROLES, type ColorRole, type Scheme, type Shade } from './schemes.ts';

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
  | { readonly name: string }
  /** A colour as the settings write it, to be looked at. */
  | { readonly sample: string };

/** Ink's Text props of a tone. */
export interface Look {
  readonly color?: string;
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly inverse?: boolean;
  readonly underline?: boolean;
}

/** Weight and inversion, which tell the same without colour; `role` is the colour's. */
const LOOKS: Readonly<Record<Extract<Tone, string>, Look & { readonly role?: ColorRole }>> = {
  plain: {},
  dim: { role: 'dim' },
  strong: { bold: true },
  self: { bold: true },
  good: { role: 'good' },
  warning: { role: 'warning' },
  bad: { role: 'bad', bold: true },
  accent: { role: 'accent' },
  selected: { inverse: true, bold: true },
  live: { role: 'good', bold: true, inverse: true },
  code: { role: 'code' },
  link: { role: 'link', underline: true },
  mention: { role: 'mention', bold: true },
};

/** The terminal's own palette, its middle: can be read on dark and on light. */
const PALETTE: Readonly<Record<ColorRole, string>> = {
  dim: '',
  good: 'green',
  warning: 'yellow',
  bad: 'red',
  accent: 'cyan',
  code: 'cyan',
  link: 'blue',
  mention: 'yellow',
};
const PALETTE_NAMES = ['cyan', 'magenta', 'blue', 'green', 'yellow', 'red'] as const;

export interface Theme {
  readonly glyphs: Glyphs;
  /** True for a terminal without UTF-8: what is not ASCII is drawn as '?'. */
  readonly ascii: boolean;
  readonly color: boolean;
  /** Addresses can be clicked (OSC 8); not unless it is said. */
  readonly links?: boolean;
  /** Ink's colours; "" is the terminal's own, dimmed. */
  readonly colors: Readonly<Record<ColorRole, string>>;
  /** Colours that tell people apart. */
  readonly names: readonly string[];
}

/** Colours in place of a theme's, as the settings write them. */
export type Instead = Readonly<Partial<Record<ColorRole, string>>>;

export interface ThemeColors {
  /** Null for the terminal's own palette. */
  readonly scheme: Scheme | null;
  readonly depth: ColorDepth;
  /** The font has little but ASCII and box drawing. */
  readonly fewGlyphs: boolean;
  readonly instead?: Instead;
}

const OWN_PALETTE: ThemeColors = { scheme: null, depth: 16, fewGlyphs: false };

/** @param noColor NO_COLOR is set (no-color.org): weight and inversion stay, colours go. */
export function makeTheme(ascii: boolean, noColor: boolean, colors: ThemeColors = OWN_PALETTE): Theme {
  const { scheme, depth, fewGlyphs, instead = {} } = colors;
  const given = Object.entries(instead).filter(([, written]) => written !== '');
  const own = scheme
    ? (Object.fromEntries(COLOR_ROLES.map((role) => [role, inkColor(scheme.colors[role], depth)])) as Record<
        ColorRole,
        string
      >)
    : PALETTE;
  return {
    glyphs: ascii || fewGlyphs ? ASCII : UNICODE,
    ascii,
    color: !noColor && depth > 0,
    colors: {
      ...own,
      ...Object.fromEntries(
        given.map(([role, written]) => [role, writtenColor(written, own[role as ColorRole], depth)]),
      ),
    },
    names: scheme ? scheme.names.map((shade) => inkColor(shade, depth)) : PALETTE_NAMES,
  };
}

/** A colour of the settings; one that the terminal does not have is the theme's. */
function writtenColor(written: string, theme: string, depth: ColorDepth): string {
  return written.startsWith('#') ? inkColor({ hex: written, basic: theme }, depth) : written;
}

/** A colour as Ink takes it, of those that the terminal has. */
function inkColor({ hex, basic }: Shade, depth: ColorDepth): string {
  const rgb = hex === null ? undefined : parseHex(hex);
  if (hex === null || rgb === undefined || depth < 256) return basic;
  return depth === 256 ? `ansi256(${nearest256(rgb)})` : hex;
}

export function lookOf(tone: Tone, theme: Theme): Look {
  if (typeof tone !== 'string' && 'sample' in tone) return theme.color ? { color: tone.sample } : {};
  if (typeof tone !== 'string') {
    return theme.color ? { color: nameColor(tone.name, theme.names), bold: true } : { bold: true };
  }
  const { role, ...look } = LOOKS[tone];
  if (role === undefined) return look;
  const color = theme.colors[role];
  // Without colours what is less important is still dimmed.
  if (!theme.color || color === '') return role === 'dim' ? { ...look, dimColor: true } : look;
  return { ...look, color };
}

/** The same name gets the same colour everywhere. */
function nameColor(name: string, colors: readonly string[]): string {
  let hash = 0;
  for (const character of name.toLowerCase()) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return colors[hash % colors.length] ?? 'cyan';
}

export const ThemeContext = createContext<Theme>(makeTheme(false, false));
