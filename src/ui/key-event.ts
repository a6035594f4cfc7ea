/** What the keyboard layer hands on: one vocabulary whatever the terminal sent. Pure. */

import type { Rgb } from './colors.ts';

/** A key, by the name that the key table uses. */
export interface KeyPress {
  readonly kind: 'key';
  /** Lower case: "a", "1", "space", "enter", "f1", "up". Modifier keys alone never come. */
  readonly name: string;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
  /** The text that the key types, or '' if it types nothing. */
  readonly text: string;
  /** 'repeat' and 'release' come from terminals with the kitty protocol only. */
  readonly event: 'press' | 'repeat' | 'release';
  /** The terminal would also report the release of this key. */
  readonly releases: boolean;
}

export type KeyEvent =
  | KeyPress
  /** A bracketed paste, whole. */
  | { readonly kind: 'paste'; readonly text: string }
  /** The terminal's window got or lost the focus. */
  | { readonly kind: 'focus'; readonly gained: boolean }
  | MouseEvent
  /** An answer to a question that we asked the terminal. */
  | { readonly kind: 'answer'; readonly to: 'kitty' | 'attributes' }
  | { readonly kind: 'answer'; readonly to: 'background'; readonly color: Rgb };

/** Rows that one step of the wheel scrolls, as in most programs. */
export const WHEEL_ROWS = 3;

/** What the mouse did, where mouse reports are on (terminal.ts). */
export interface MouseEvent {
  readonly kind: 'mouse';
  readonly action: 'press' | 'release' | 'move' | 'wheel-up' | 'wheel-down';
  /** Of a press, a release or a move with the button held; 'none' for the rest. */
  readonly button: 'left' | 'middle' | 'right' | 'none';
  /** Cell of the screen, counted from 0. */
  readonly column: number;
  readonly row: number;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
}

/** What may be left out means: no modifier, no text, a press. */
export function keyPress(name: string, rest: Partial<Omit<KeyPress, 'kind' | 'name'>> = {}): KeyPress {
  return {
    kind: 'key',
    name,
    ctrl: false,
    alt: false,
    shift: false,
    text: '',
    event: 'press',
    releases: false,
    ...rest,
  };
}

/** The table's spelling of a key: "ctrl+alt+up". Shift is left out where the text already shows it ("A", "?"). */
export function chordOf(key: KeyPress): string {
  const shift = key.shift && key.text === '' ? 'shift+' : '';
  return `${key.ctrl ? 'ctrl+' : ''}${key.alt ? 'alt+' : ''}${shift}${key.name}`;
}

/** Brings a chord that a person wrote ("Alt+Ctrl+T") into the table's spelling; undefined if it names no key. */
export function parseChord(written: string): string | undefined {
  // The last "+" separates, unless it is the key itself: "ctrl++".
  const [, before = '', name = ''] = /^(?:(.*)\+)?(.+)$/s.exec(written.trim().toLowerCase()) ?? [];
  const modifiers = before === '' ? [] : before.split('+');
  if (!isKeyName(name) || modifiers.some((modifier) => !MODIFIERS.includes(modifier))) return undefined;
  return [...MODIFIERS.filter((modifier) => modifiers.includes(modifier)), name].join('+');
}

/** In the order in which a chord names them. */
const MODIFIERS: readonly string[] = ['ctrl', 'alt', 'shift'];

const NAMED = new Set([
  ...[
    'space',
    'enter',
    'tab',
    'escape',
    'backspace',
    'insert',
    'delete',
    'home',
    'end',
    'pageup',
    'pagedown',
  ],
  ...['up', 'down', 'left', 'right', 'clear', 'menu', 'pause', 'print'],
]);

function isKeyName(name: string): boolean {
  return NAMED.has(name) || /^f([1-9]|1\d|2[0-4])$/.test(name) || /^[^\s\p{C}]$/u.test(name);
}
