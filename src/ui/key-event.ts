/** What the keyboard layer hands on: one vocabulary whatever the terminal sent. Pure. */

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
  /** An answer to a question that we asked the terminal. */
  | { readonly kind: 'answer'; readonly to: 'kitty' | 'attributes' };

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
  const parts = written.trim().toLowerCase().split('+');
  // "ctrl++" names the plus key.
  const name = parts.at(-1) === '' && parts.length > 1 ? '+' : parts.at(-1);
  const modifiers = new Set(parts.slice(0, -1).filter((part) => part !== ''));
  if (name === undefined || !isKeyName(name)) return undefined;
  for (const modifier of modifiers) if (!['ctrl', 'alt', 'shift'].includes(modifier)) return undefined;
  return ['ctrl', 'alt', 'shift'].filter((modifier) => modifiers.has(modifier)).join('+') === ''
    ? name
    : `${['ctrl', 'alt', 'shift'].filter((modifier) => modifiers.has(modifier)).join('+')}+${name}`;
}

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
