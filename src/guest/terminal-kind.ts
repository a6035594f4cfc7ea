/** What a guest's terminal can show, from what its SSH client said of it. Pure. */
import type { Visitor } from '../station/guests.ts';

/** Colours: none, the 16 of a theme, 256, or all. */
export type ColorDepth = 0 | 16 | 256 | 16_777_216;

export interface TerminalKind {
  /** A whole screen can be drawn; else plain lines are written. */
  readonly screen: boolean;
  /** Nothing but ASCII can be shown. */
  readonly ascii: boolean;
  readonly colors: ColorDepth;
}

/** Terminals that understand no cursor movement, or of which nothing is known. */
const DUMB = /^(?:|dumb|unknown|network|lpr|printer|teletype|tty|emacs)$/;
/** Terminals with all colours that do not always say so in COLORTERM, which ssh does not send unless told. */
const TRUE_COLOR = /-direct\b|^(?:xterm-kitty|xterm-ghostty|alacritty|foot|wezterm|contour|rio)\b/;
const MONOCHROME = /^(?:vt\d|xterm-mono|.*-m$)/;

export function terminalKind({ terminal, env }: Pick<Visitor, 'terminal' | 'env'>): TerminalKind {
  if (!terminal || DUMB.test(terminal.type) || isSet(env.VOIPTERM_PLAIN))
    return { screen: false, ascii: isAscii(env), colors: 0 };
  const ascii = isAscii(env) || /^vt[12]\d\d/.test(terminal.type);
  return { screen: true, ascii, colors: colorsOf(terminal.type, env) };
}

function colorsOf(type: string, env: Visitor['env']): ColorDepth {
  if (isSet(env.NO_COLOR) || MONOCHROME.test(type)) return 0;
  if (/^(?:truecolor|24bit)$/i.test(env.COLORTERM ?? '') || TRUE_COLOR.test(type)) return 16_777_216;
  return /256/.test(type) ? 256 : 16;
}

/** POSIX: LC_ALL, then LC_CTYPE, then LANG. Who sends none of them has as a rule UTF-8. */
function isAscii(env: Visitor['env']): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return locale !== '' && !/utf-?8/i.test(locale);
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';
