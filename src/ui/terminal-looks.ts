/** What a terminal can show, as far as its environment tells. Pure. */
import type { ColorDepth } from './colors.ts';
import type { Ground } from './schemes.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface TerminalLooks {
  /** It cannot place a cursor: nothing but lines can be written. */
  readonly dumb: boolean;
  readonly depth: ColorDepth;
  /** Its background, if the environment says; what the terminal answers goes before. */
  readonly ground: Ground | null;
  /** It may be asked for its background: it knows the question, or passes over it. */
  readonly asks: boolean;
  /** A multiplexer answers in its place, and guesses: its exact black or white says nothing. */
  readonly guesses: boolean;
  /** Its font lacks more than box drawing, whatever the locale says. */
  readonly fewGlyphs: boolean;
}

/** A terminal of which nothing is known: its own palette, and nothing is asked. */
export const UNKNOWN_TERMINAL: TerminalLooks = {
  dumb: false,
  depth: 16,
  ground: null,
  asks: false,
  guesses: false,
  fewGlyphs: false,
};

/** Terminals that show the letters of a question that they do not know, or cannot answer. */
const UNASKABLE = /^(?:linux|vt\d|ansi|cons25|screen|dumb|unknown|emacs|eterm|sun|wy)/;
/** Terminals without a cursor to place. No TERM at all is Windows. */
const DUMB = /^(?:dumb|unknown|network|teletype|printer|lpr|tty|emacs)$/;
const MONOCHROME = /^(?:vt\d|xterm-mono|.*-m$)/;
const ALL_COLORS = /-direct\b|^(?:xterm-kitty|xterm-ghostty|alacritty|foot|wezterm|contour|rio)\b/;

export function terminalLooks(env: Environment): TerminalLooks {
  const term = env.TERM ?? '';
  const tmux = isSet(env.TMUX) || term.startsWith('tmux');
  const screen = !tmux && (isSet(env.STY) || term.startsWith('screen'));
  return {
    dumb: DUMB.test(term),
    depth: depthOf(term, env, screen),
    ground: groundOf(env.COLORFGBG),
    asks: !screen && (tmux || (term !== '' && !UNASKABLE.test(term))),
    guesses: tmux || screen,
    fewGlyphs: /^(?:linux|vt\d|cons25)/.test(term),
  };
}

/** GNU screen 4 takes 24-bit colours for something else, and passes COLORTERM of the terminal around it on. */
function depthOf(term: string, env: Environment, screen: boolean): ColorDepth {
  if (isSet(env.NO_COLOR) || MONOCHROME.test(term) || DUMB.test(term)) return 0;
  const all = /^(?:truecolor|24bit)$/i.test(env.COLORTERM ?? '') || ALL_COLORS.test(term);
  if (all && !screen && term !== 'linux') return 16_777_216;
  return /256/.test(term) ? 256 : 16;
}

/** rxvt's COLORFGBG: "15;0" or "15;default;0", of which the last is the background's number in the palette. */
function groundOf(colors: string | undefined): Ground | null {
  const last = /(?:^|;)(\d{1,2})$/.exec(colors ?? '')?.[1];
  if (last === undefined || Number(last) > 15) return null;
  const number = Number(last);
  return number === 7 || number > 8 ? 'light' : 'dark';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
