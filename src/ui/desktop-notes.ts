/**
 * The signs of a terminal for somebody who looks elsewhere: the bell, and desktop notifications where it has them. Pure:
 * what to write, not writing it.
 */
import type { TextAlert, TextState } from '../session/text-state.ts';
import { cleanLine } from './clean-text.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How a terminal is told: iTerm2's OSC 9 with one text, or rxvt's OSC 777 with a title and a text. */
export type NoteForm = 'osc9' | 'osc777';

export interface NoteTerminal {
  /** Null where it has none, as far as is known. */
  readonly form: NoteForm | null;
  /** tmux stands between: it hands on what is wrapped for it, if allow-passthrough is on. */
  readonly tmux: boolean;
}

export const NO_NOTES: NoteTerminal = { form: null, tmux: false };

const BELL = '\x07';

/** What the terminal around us understands. Inside tmux and screen the one outside is not known: only their bell is. */
export function noteTerminal(env: Environment): NoteTerminal {
  const term = env.TERM ?? '';
  const tmux = Boolean(env.TMUX) || term.startsWith('tmux');
  if (tmux || env.STY || term.startsWith('screen')) return { form: null, tmux };
  return { form: formOf(term, env.TERM_PROGRAM ?? ''), tmux: false };
}

function formOf(term: string, program: string): NoteForm | null {
  if (/^(?:WezTerm|ghostty)$/i.test(program) || /^(?:foot|rxvt|xterm-ghostty|wezterm)/.test(term))
    return 'osc777';
  return program === 'iTerm.app' || term === 'xterm-kitty' ? 'osc9' : null;
}

/** The bytes of a sign as the settings want it; "" for none. */
export function signOf(alert: TextAlert, signs: TextState['signs'], terminal: NoteTerminal): string {
  const form = signs.desktop === 'auto' ? terminal.form : signs.desktop === 'off' ? null : signs.desktop;
  const note = form === null ? '' : noteOf(alert, form);
  return (terminal.tmux ? wrapped(note) : note) + (signs.bell ? BELL : '');
}

/** A semicolon parts the fields of OSC 777, and makes a command of OSC 9 for some terminals. */
function noteOf({ title, text }: TextAlert, form: NoteForm): string {
  const [who, what] = [title, text].map((part) => cleanLine(part).replaceAll(';', ','));
  return form === 'osc9' ? `\x1b]9;${who}: ${what}${BELL}` : `\x1b]777;notify;${who};${what}${BELL}`;
}

function wrapped(note: string): string {
  return note === '' ? '' : `\x1bPtmux;${note.replaceAll('\x1b', '\x1b\x1b')}\x1b\\`;
}
