/** What a guest's terminal can show, from what its SSH client said of it. Pure. */
import { wantsAscii } from '../cli/locale.ts';
import type { Visitor } from '../station/guests.ts';
import { knowsHyperlinks } from '../ui/links.ts';
import { type TerminalLooks, terminalLooks } from '../ui/terminal-looks.ts';

export interface TerminalKind {
  /** A whole screen can be drawn; else plain lines are written. */
  readonly screen: boolean;
  /** Nothing but ASCII can be shown. */
  readonly ascii: boolean;
  /** Addresses can be clicked. */
  readonly links: boolean;
  readonly looks: TerminalLooks;
}

export function terminalKind({ terminal, env }: Pick<Visitor, 'terminal' | 'env'>): TerminalKind {
  const own = { ...env, TERM: terminal?.type ?? 'dumb' };
  const looks = terminalLooks(own);
  const screen = terminal !== null && terminal.type !== '' && !looks.dumb && !env.VOIPTERM_PLAIN;
  return {
    screen,
    ascii: wantsAscii('auto', env) || /^vt[12]\d\d/.test(terminal?.type ?? ''),
    links: knowsHyperlinks(own),
    looks,
  };
}
