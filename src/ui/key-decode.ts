/** One complete escape sequence to one key event. Pure; key-parser.ts finds where a sequence ends. */
import { type KeyEvent, type KeyPress, keyPress } from './key-event.ts';
import { decodeMouse } from './mouse-decode.ts';

/** Final byte of `CSI 1 ; modifiers X` and of `SS3 X` (xterm, rxvt, VT220). */
const BY_FINAL: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'clear',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
};

/** SS3 finals of the keypad in application mode that type a character, and rxvt's ctrl+arrows. */
const BY_SS3: Readonly<Record<string, KeyPress>> = {
  M: keyPress('enter'),
  j: keyPress('*', { text: '*' }),
  k: keyPress('+', { text: '+' }),
  l: keyPress(',', { text: ',' }),
  m: keyPress('-', { text: '-' }),
  n: keyPress('.', { text: '.' }),
  o: keyPress('/', { text: '/' }),
  X: keyPress('=', { text: '=' }),
  a: keyPress('up', { ctrl: true }),
  b: keyPress('down', { ctrl: true }),
  c: keyPress('right', { ctrl: true }),
  d: keyPress('left', { ctrl: true }),
};

/** Number of `CSI number ; modifiers ~`. 11 to 15 are the F-keys of rxvt and PuTTY. */
const BY_TILDE: Readonly<Record<number, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
  25: 'f13',
  26: 'f14',
  28: 'f15',
  29: 'menu',
  31: 'f17',
  32: 'f18',
  33: 'f19',
  34: 'f20',
};

/** Code points below 57344 that kitty gives to keys that type nothing. */
const BY_CODE: Readonly<Record<number, string>> = {
  8: 'backspace',
  9: 'tab',
  13: 'enter',
  27: 'escape',
  32: 'space',
  127: 'backspace',
};

/** Kitty's private use area: functional keys from 57358 on, in order; '' is a key that we do not name. */
const KITTY_KEYPAD: readonly string[] = [
  ...['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '/', '*', '-', '+', 'enter', '=', ','],
  ...['left', 'right', 'up', 'down', 'pageup', 'pagedown', 'home', 'end', 'insert', 'delete', 'clear'],
];
const KITTY_KEYPAD_FIRST = 57399;
const KITTY_F13 = 57376;
const KITTY_PRIVATE_FIRST = 57344;
const KITTY_PRIVATE_LAST = 63743;

const SHIFT = 1;
const ALT = 2;
const CTRL = 4;
const SUPER_HYPER_META = 8 | 16 | 32;
const EVENTS = ['press', 'press', 'repeat', 'release'] as const;

interface Modifiers {
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
  /** Held with super, hyper or meta: a window manager's chord, which types nothing here. */
  readonly foreign: boolean;
  readonly event: KeyPress['event'];
  /** Given an event type, so releases come too. */
  readonly releases: boolean;
}

/** "5:3" is ctrl, released. Empty means no modifier, pressed. */
function modifiersOf(parameter: string | undefined): Modifiers {
  const [bits = '', type = ''] = (parameter ?? '').split(':');
  const mask = Math.max(0, (Number(bits) || 1) - 1);
  return {
    ctrl: (mask & CTRL) !== 0,
    alt: (mask & ALT) !== 0,
    shift: (mask & SHIFT) !== 0,
    foreign: (mask & SUPER_HYPER_META) !== 0,
    event: EVENTS[Number(type)] ?? 'press',
    releases: false,
  };
}

function named(name: string, modifiers: Modifiers, text = ''): KeyPress {
  const { foreign: _, ...held } = modifiers;
  return keyPress(name, { ...held, text });
}

/** The body of a CSI sequence, without `ESC [`. Undefined for what is no key: reports, unknown ones. */
export function decodeCsi(body: string, kitty: boolean): KeyEvent | undefined {
  const final = body.at(-1) ?? '';
  const parameters = body.slice(0, -1);
  if (parameters === '' && (final === 'I' || final === 'O')) return { kind: 'focus', gained: final === 'I' };
  if (parameters.startsWith('?')) return answer(final);
  if (parameters.startsWith('<')) return decodeMouse(parameters.slice(1), final);
  if (/^[>=]/.test(parameters)) return undefined;
  if (parameters === '' && final === 'Z') return keyPress('tab', { shift: true });
  if (parameters.startsWith('[')) return linuxConsoleKey(final);
  const fields = parameters.split(';');
  if (final === 'u') return decodeKitty(fields);
  return decodeLegacy(final, fields, kitty);
}

function answer(final: string): KeyEvent | undefined {
  if (final === 'u') return { kind: 'answer', to: 'kitty' };
  if (final === 'c') return { kind: 'answer', to: 'attributes' };
  return undefined;
}

/** The body of an OSC sequence: the answer to what the background is, "11;rgb:RRRR/GGGG/BBBB" of 1 to 4 digits each. */
export function decodeOsc(body: string): KeyEvent | undefined {
  const parts = /^11;rgba?:([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})/i.exec(body);
  if (!parts) return undefined;
  const [red = 0, green = 0, blue = 0] = parts
    .slice(1)
    .map((part) => Math.round((Number.parseInt(part, 16) / (16 ** part.length - 1)) * 255));
  return { kind: 'answer', to: 'background', color: [red, green, blue] };
}

/** The Linux console sends `CSI [ A` to `CSI [ E` for F1 to F5. */
function linuxConsoleKey(final: string): KeyEvent | undefined {
  const index = 'ABCDE'.indexOf(final);
  return index < 0 ? undefined : keyPress(`f${index + 1}`);
}

function decodeLegacy(final: string, fields: readonly string[], kitty: boolean): KeyEvent | undefined {
  const modifiers = { ...modifiersOf(fields[1]), releases: kitty };
  if ('~^$@'.includes(final)) return decodeTilde(final, fields, modifiers);
  if ('abcd'.includes(final) && fields[0] === '') {
    return keyPress(BY_FINAL[final.toUpperCase()] ?? '', { shift: true });
  }
  const name = BY_FINAL[final];
  // `CSI row ; column R` is a cursor report; only F3 has 1 there, and we never ask for the cursor.
  return name === undefined ? undefined : named(name, modifiers);
}

/** rxvt marks the modifiers by the final: ^ ctrl, $ shift, @ both. */
function decodeTilde(final: string, fields: readonly string[], modifiers: Modifiers): KeyEvent | undefined {
  if (fields[0] === '27') return modifyOtherKeys(fields);
  const name = BY_TILDE[Number(fields[0])];
  if (name === undefined) return undefined;
  return named(name, {
    ...modifiers,
    ctrl: modifiers.ctrl || final === '^' || final === '@',
    shift: modifiers.shift || final === '$' || final === '@',
  });
}

/** xterm's modifyOtherKeys: `CSI 27 ; modifiers ; code ~`. */
function modifyOtherKeys(fields: readonly string[]): KeyEvent | undefined {
  const [, modifiers = '', code = ''] = fields;
  return decodeKitty([code, modifiers]);
}

/** `CSI code[:shifted[:base]] ; modifiers[:event] ; text u` of the kitty keyboard protocol. */
function decodeKitty(fields: readonly string[]): KeyEvent | undefined {
  const [codes = '', modifierField, textField = ''] = fields;
  const [code = 0, shifted = 0, base = 0] = codes.split(':').map(Number);
  const modifiers = { ...modifiersOf(modifierField), releases: true };
  const text = modifiers.foreign ? '' : kittyText(textField, { code, shifted }, modifiers);
  const name = kittyName(code, base, modifiers) ?? (text === '' ? undefined : text.toLowerCase());
  return name === undefined ? undefined : named(name, modifiers, text);
}

/** With ctrl or alt on a layout without Latin letters, the key is named as on the standard layout. */
function kittyName(code: number, base: number, modifiers: Modifiers): string | undefined {
  const fixed = BY_CODE[code];
  if (fixed !== undefined) return fixed;
  if (code >= KITTY_PRIVATE_FIRST && code <= KITTY_PRIVATE_LAST) return kittyFunctional(code);
  if (!isPrintable(code)) return undefined;
  const latin = (modifiers.ctrl || modifiers.alt) && code > 0x7f && isPrintable(base) ? base : code;
  return String.fromCodePoint(latin).toLowerCase();
}

function kittyFunctional(code: number): string | undefined {
  if (code >= KITTY_F13 && code < KITTY_F13 + 12) return `f${13 + code - KITTY_F13}`;
  return KITTY_KEYPAD[code - KITTY_KEYPAD_FIRST];
}

/** A terminal that sends no text field (flag 16) still has its letters typed. */
function kittyText(
  field: string,
  key: { readonly code: number; readonly shifted: number },
  modifiers: Modifiers,
): string {
  if (modifiers.event === 'release') return '';
  if (field !== '') return textOfCodes(field);
  if (modifiers.ctrl || modifiers.alt) return '';
  if (key.code === 32) return ' ';
  if (key.code in BY_CODE || (key.code >= KITTY_PRIVATE_FIRST && key.code <= KITTY_PRIVATE_LAST)) return '';
  if (!modifiers.shift) return isPrintable(key.code) ? String.fromCodePoint(key.code) : '';
  if (isPrintable(key.shifted)) return String.fromCodePoint(key.shifted);
  return isPrintable(key.code) ? String.fromCodePoint(key.code).toUpperCase() : '';
}

function textOfCodes(field: string): string {
  const codes = field.split(':').map(Number).filter(isPrintable);
  return String.fromCodePoint(...codes);
}

/** A code point that types something: no control, no surrogate, inside Unicode. */
function isPrintable(code: number): boolean {
  if (!Number.isInteger(code) || code < 0x20 || code > 0x10ffff) return false;
  return !(code >= 0x7f && code <= 0x9f) && !(code >= 0xd800 && code <= 0xdfff);
}

/** The character after `ESC O`. Undefined if it ends no known sequence. */
export function decodeSs3(final: string): KeyPress | undefined {
  const name = BY_FINAL[final];
  if (name !== undefined) return keyPress(name);
  if (/^[p-y]$/.test(final)) {
    const digit = String(final.charCodeAt(0) - 'p'.charCodeAt(0));
    return keyPress(digit, { text: digit });
  }
  return BY_SS3[final];
}

/** One character as the keyboard sends it without any sequence: text, a control character, DEL. */
export function decodeCharacter(character: string): KeyPress | undefined {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x20) return keyPress('space', { text: ' ' });
  if (isPrintable(code)) return printableKey(character);
  if (code === 0x0d || code === 0x0a) return keyPress('enter');
  if (code === 0x09) return keyPress('tab');
  if (code === 0x1b) return keyPress('escape');
  // Terminals disagree about which of the two Backspace sends; nobody binds ctrl+h apart from it.
  if (code === 0x7f || code === 0x08) return keyPress('backspace');
  if (code === 0) return keyPress('space', { ctrl: true });
  if (code < 0x20) return keyPress(String.fromCharCode(code + 0x40).toLowerCase(), { ctrl: true });
  return undefined;
}

function printableKey(character: string): KeyPress {
  const lower = character.toLowerCase();
  return keyPress(lower, { text: character, shift: lower !== character });
}
