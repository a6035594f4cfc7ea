/** A key event to the bytes that a program in the shell pane expects (xterm's legacy encoding). Pure. */
import type { KeyPress } from './key-event.ts';

/** Modes that the program in the shell has set in its terminal. */
export interface EncodeModes {
  /** DECCKM: unmodified cursor keys as SS3. */
  readonly applicationCursor: boolean;
  readonly bracketedPaste: boolean;
}

const CURSOR: Readonly<Record<string, string>> = {
  up: 'A',
  down: 'B',
  right: 'C',
  left: 'D',
  end: 'F',
  home: 'H',
};
const FUNCTION_SS3: Readonly<Record<string, string>> = { f1: 'P', f2: 'Q', f3: 'R', f4: 'S' };
const TILDE: Readonly<Record<string, number>> = {
  insert: 2,
  delete: 3,
  pageup: 5,
  pagedown: 6,
  f5: 15,
  f6: 17,
  f7: 18,
  f8: 19,
  f9: 20,
  f10: 21,
  f11: 23,
  f12: 24,
};
const CONTROL: Readonly<Record<string, string>> = {
  space: '\0',
  '@': '\0',
  '[': '\x1b',
  '\\': '\x1c',
  ']': '\x1d',
  '^': '\x1e',
  '6': '\x1e',
  _: '\x1f',
  '-': '\x1f',
  '/': '\x1f',
  '?': '\x7f',
};
const PLAIN: Readonly<Record<string, string>> = {
  enter: '\r',
  tab: '\t',
  escape: '\x1b',
  backspace: '\x7f',
  space: ' ',
};

/** '' for a release and for keys that a legacy terminal cannot send. */
export function encodeKey(key: KeyPress, modes: EncodeModes): string {
  if (key.event === 'release') return '';
  return encodeNamed(key, modes) ?? encodeCharacter(key);
}

/** Text as a paste: marked where the program asked for marks, with what could end the mark taken out. */
export function encodePaste(text: string, modes: EncodeModes): string {
  const safe = text.replaceAll(/[^\P{Cc}\t\n\r]/gu, '').replaceAll(/\r?\n/g, '\r');
  return modes.bracketedPaste ? `\x1b[200~${safe}\x1b[201~` : safe;
}

function encodeNamed(key: KeyPress, modes: EncodeModes): string | undefined {
  const bits = 1 + (key.shift ? 1 : 0) + (key.alt ? 2 : 0) + (key.ctrl ? 4 : 0);
  const tilde = TILDE[key.name];
  if (tilde !== undefined) return bits > 1 ? `\x1b[${tilde};${bits}~` : `\x1b[${tilde}~`;
  const final = CURSOR[key.name] ?? FUNCTION_SS3[key.name];
  if (final === undefined) return key.name === 'tab' && key.shift ? '\x1b[Z' : undefined;
  if (bits > 1) return `\x1b[1;${bits}${final}`;
  return modes.applicationCursor || key.name in FUNCTION_SS3 ? `\x1bO${final}` : `\x1b[${final}`;
}

function encodeCharacter(key: KeyPress): string {
  const alt = key.alt ? '\x1b' : '';
  if (key.ctrl) {
    const control = /^[a-z]$/.test(key.name)
      ? String.fromCharCode(key.name.charCodeAt(0) & 0x1f)
      : CONTROL[key.name];
    if (control !== undefined) return alt + control;
  }
  const plain = PLAIN[key.name];
  if (plain !== undefined) return alt + plain;
  if (key.text !== '') return alt + key.text;
  if ([...key.name].length !== 1) return '';
  return alt + (key.shift ? key.name.toUpperCase() : key.name);
}
