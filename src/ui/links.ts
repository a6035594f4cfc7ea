/** Addresses in a text, and what a terminal is told of them. Pure. */

/** Schemes that may be opened with a click: a page, a mail, an invitation. Never a file or a program of this machine. */
const ADDRESS = /(?:https?|voipterm):\/\/[^\s<>"'`\u2018-\u201f]+|mailto:[^\s<>"'`]+@[^\s<>"'`]+/giu;
/** Ends a sentence, not an address. */
const AFTER = /[.,;:!?*_~\]}\u2026]+$/u;
/** Longest address that VTE and iTerm2 take, bytes. */
export const MAX_ADDRESS = 2083;

export interface Found {
  readonly from: number;
  readonly to: number;
  /** What the terminal opens: printable ASCII only. */
  readonly target: string;
}

/** The addresses of a clean line, in order. */
export function findLinks(line: string): readonly Found[] {
  if (!line.includes(':')) return [];
  return [...line.matchAll(ADDRESS)].flatMap(({ 0: found, index }) => {
    const text = trimmed(found);
    const target = targetOf(text);
    return target === undefined ? [] : [{ from: index, to: index + text.length, target }];
  });
}

/** Without what belongs to the sentence around it: a full stop, a bracket that was opened before it. */
function trimmed(found: string): string {
  let text = found.replace(AFTER, '');
  while (text.endsWith(')') && count(text, ')') > count(text, '('))
    text = text.slice(0, -1).replace(AFTER, '');
  return text;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** As OSC 8 wants it: bytes from 32 to 126 only, all others as %XX. */
function targetOf(text: string): string | undefined {
  if (!/:(\/\/)?./.test(text)) return undefined;
  const target = text
    .toWellFormed()
    .replaceAll(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character));
  return target.length > MAX_ADDRESS || !/^[\x21-\x7e]+$/.test(target) ? undefined : target;
}

const OSC8 = '\x1b]8;';
const ST = '\x1b\\';

/** Text that opens an address where the terminal knows OSC 8; others show the text alone. */
export function hyperlink(text: string, target: string): string {
  return `${OSC8};${target}${ST}${text}${OSC8};${ST}`;
}

/** Whether a terminal is known to take OSC 8 or to pass over it; the Linux console and old screens print it. */
export function knowsHyperlinks(env: Readonly<Record<string, string | undefined>>): boolean {
  const { TERM = '', TERM_PROGRAM = '', VTE_VERSION = '' } = env;
  if (TERM === '' || TERM === 'dumb' || TERM === 'linux' || /^screen/.test(TERM)) return false;
  if (/^(tmux|xterm-kitty|xterm-ghostty|alacritty|foot|wezterm|contour)/.test(TERM)) return true;
  if (/^(iTerm\.app|WezTerm|vscode|ghostty|Hyper|mintty|tmux|rio|WarpTerminal)$/.test(TERM_PROGRAM))
    return true;
  if (Number(VTE_VERSION) >= 5000) return true;
  return ['KITTY_WINDOW_ID', 'WT_SESSION', 'KONSOLE_VERSION', 'DOMTERM'].some((name) => Boolean(env[name]));
}
