/**
 * Bytes from a keyboard to key events, streaming. Pure: it owns no timer.
 *
 * A lone ESC may be the Escape key or the begin of a sequence whose rest is still on the way. The parser then
 * waits; the caller flushes after ESCAPE_WAIT_MS (PASTE_WAIT_MS inside a paste) if nothing more came.
 */
import { StringDecoder } from 'node:string_decoder';
import { decodeCharacter, decodeCsi, decodeOsc, decodeSs3 } from './key-decode.ts';
import { type KeyEvent, keyPress } from './key-event.ts';

/** Time to wait for the rest of a sequence, ms: a slow ssh link splits them, a person does not notice. */
export const ESCAPE_WAIT_MS = 50;
/** Time to wait for the end of a paste, ms, before the keyboard counts as usable again. */
export const PASTE_WAIT_MS = 2000;
/** Longest control sequence kept; kitty's longest with text stay far below. A longer one is dropped. */
export const MAX_SEQUENCE = 256;
/** Longest paste kept, UTF-16 units: eight of the longest messages. The rest of it is dropped. */
export const MAX_PASTE = 64 * 1024;

const ESC = '\x1b';
const PASTE_BEGIN = '200~';
const PASTE_END = '\x1b[201~';

/** Consumed units and what they mean; 'more' if the sequence is not complete. */
type Step = { readonly length: number; readonly event?: KeyEvent | undefined } | 'more';

export class KeyParser {
  #decoder = new StringDecoder('utf8');
  #pending = '';
  #paste: string | undefined;
  #kitty = false;

  /** What the caller has to flush if nothing more comes. */
  get waiting(): 'nothing' | 'escape' | 'report' | 'paste' {
    if (this.#paste !== undefined) return 'paste';
    // No person types so far into one; its rest must not count as typed.
    if (this.#pending.length > 2 && ']P_^X'.includes(this.#pending[1] ?? '')) return 'report';
    return this.#pending === '' ? 'nothing' : 'escape';
  }

  /** Takes the next bytes in any split and returns the events that are complete. Never throws. */
  push(bytes: Uint8Array): KeyEvent[] {
    this.#pending += this.#decoder.write(bytes);
    return this.#drain();
  }

  /** Gives up waiting: a lone ESC is the Escape key, an unfinished sequence nothing, an unfinished paste whole. */
  flush(): KeyEvent[] {
    if (this.#paste !== undefined) {
      const text = this.#paste + this.#pending;
      this.#paste = undefined;
      this.#pending = '';
      return [{ kind: 'paste', text: text.slice(0, MAX_PASTE) }];
    }
    const events = flushed(this.#pending);
    this.#pending = '';
    return events;
  }

  /** After the kitty protocol was switched on: arrows and F-keys then report their releases too. */
  enableKitty(): void {
    this.#kitty = true;
  }

  #drain(): KeyEvent[] {
    const events: KeyEvent[] = [];
    while (this.#pending !== '') {
      const step: Step = this.#paste === undefined ? this.#step() : this.#pasteStep();
      if (step === 'more') break;
      this.#pending = this.#pending.slice(step.length);
      if (step.event) events.push(step.event);
    }
    return events;
  }

  #step(): Step {
    const first = this.#pending[0] ?? '';
    if (first !== ESC) return characterStep(this.#pending);
    if (this.#pending.startsWith(`${ESC}[${PASTE_BEGIN}`)) {
      this.#paste = '';
      return { length: ESC.length + 1 + PASTE_BEGIN.length };
    }
    return escapeStep(this.#pending, this.#kitty);
  }

  #pasteStep(): Step {
    const end = this.#pending.indexOf(PASTE_END);
    const keep = end >= 0 ? end : this.#pending.length - partialEnd(this.#pending);
    const paste = ((this.#paste ?? '') + this.#pending.slice(0, keep)).slice(0, MAX_PASTE);
    this.#paste = paste;
    if (end < 0) {
      this.#pending = this.#pending.slice(keep);
      return 'more';
    }
    this.#paste = undefined;
    return { length: end + PASTE_END.length, event: { kind: 'paste', text: paste } };
  }
}

/** Length of the longest tail of `text` that may be the begin of the end mark. */
function partialEnd(text: string): number {
  for (let length = Math.min(PASTE_END.length - 1, text.length); length > 0; length--) {
    if (PASTE_END.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

function characterStep(pending: string): Step {
  const character = String.fromCodePoint(pending.codePointAt(0) ?? 0);
  return { length: character.length, event: decodeCharacter(character) };
}

function escapeStep(pending: string, kitty: boolean): Step {
  const second = pending[1];
  if (second === undefined) return 'more';
  if (second === '[') return csiStep(pending, kitty);
  if (second === 'O') return ss3Step(pending);
  if (second === ']' || second === 'P' || second === '_' || second === '^' || second === 'X')
    return stringStep(pending);
  if (second === ESC) return doubleEscapeStep(pending, kitty);
  return altStep(pending);
}

/** `ESC x` is alt+x. */
function altStep(pending: string): Step {
  const character = String.fromCodePoint(pending.codePointAt(1) ?? 0);
  const key = decodeCharacter(character);
  return { length: 1 + character.length, event: key && { ...key, alt: true, text: '' } };
}

/** Some terminals send alt+arrow as ESC before the arrow's sequence; else the first ESC was the Escape key. */
function doubleEscapeStep(pending: string, kitty: boolean): Step {
  const third = pending[2];
  if (third === undefined) return 'more';
  if (third !== '[' && third !== 'O') return { length: 1, event: keyPress('escape') };
  const inner = escapeStep(pending.slice(1), kitty);
  if (inner === 'more') return 'more';
  const event = inner.event?.kind === 'key' ? { ...inner.event, alt: true } : inner.event;
  return { length: 1 + inner.length, event };
}

/** `CSI parameters intermediates final` (ECMA-48, 5.4), plus what the Linux console and rxvt made of it. */
function csiStep(pending: string, kitty: boolean): Step {
  const limit = Math.min(pending.length, MAX_SEQUENCE);
  for (let at = 2; at < limit; at++) {
    const code = pending.charCodeAt(at);
    const linuxConsole = at === 2 && pending[at] === '[';
    const rxvtShift = pending[at] === '$' && /^\d+$/.test(pending.slice(2, at));
    if ((code >= 0x40 && code <= 0x7e && !linuxConsole) || rxvtShift) {
      return { length: at + 1, event: decodeCsi(pending.slice(2, at + 1), kitty) };
    }
    // Not a byte of a control sequence: the sequence was cut, the byte stands for itself.
    if ((code < 0x20 || code > 0x3f) && !linuxConsole) return { length: at };
  }
  return pending.length >= MAX_SEQUENCE ? { length: MAX_SEQUENCE } : 'more';
}

function ss3Step(pending: string): Step {
  const third = pending[2];
  if (third === undefined) return 'more';
  const key = decodeSs3(third);
  if (key) return { length: 3, event: key };
  return { length: 2, event: keyPress('o', { alt: true, shift: true }) };
}

/** OSC, DCS, APC, PM, SOS: a terminal's report, ended by BEL or ST. Swallowed unless we asked for it. */
function stringStep(pending: string): Step {
  for (let at = 2; at < Math.min(pending.length, MAX_SEQUENCE); at++) {
    if (pending[at] === '\x07') return { length: at + 1, event: reportIn(pending, at) };
    if (pending[at] === ESC) {
      if (pending[at + 1] === undefined) return 'more';
      const ended = pending[at + 1] === '\\';
      return { length: ended ? at + 2 : at, event: ended ? reportIn(pending, at) : undefined };
    }
  }
  return pending.length >= MAX_SEQUENCE ? { length: MAX_SEQUENCE } : 'more';
}

function reportIn(pending: string, end: number): KeyEvent | undefined {
  return pending[1] === ']' ? decodeOsc(pending.slice(2, end)) : undefined;
}

/** What an unfinished sequence was after all: a key, if a person can have typed it. */
function flushed(pending: string): KeyEvent[] {
  if (pending === ESC) return [keyPress('escape')];
  if (pending === ESC + ESC) return [keyPress('escape'), keyPress('escape')];
  if (pending.length !== 2) return [];
  const key = decodeCharacter(pending[1] ?? '');
  return key ? [{ ...key, alt: true, text: '' }] : [];
}
