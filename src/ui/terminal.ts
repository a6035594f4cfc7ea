/**
 * Takes the terminal over and gives it back as it was, exactly once, whatever ends the program.
 *
 * Giving back is synchronous where the output has a file descriptor (fs.writeSync), so that it also works in 'exit' and
 * 'uncaughtException' handlers. One owner writes all of these sequences; Ink is not told to.
 */
import { writeSync } from 'node:fs';
import type { OutputStream } from './screen.ts';

/** What the user interface needs of an input: process.stdin, or a channel that looks like a terminal. */
export interface InputStream extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  ref?(): unknown;
  unref?(): unknown;
}

const ESC = '\x1b[';
/** Alternate screen, empty; no automatic wrap (a row never breaks the layout); bracketed paste; focus reports. */
const ENTER = `${ESC}?1049h${ESC}2J${ESC}H${ESC}?7l${ESC}?2004h${ESC}?1004h`;
/**
 * In the opposite order, with the cursor shown, attributes reset, and a synchronized update ended if one was open. Emptied,
 * since GNU screen has no alternate screen unless it is told to.
 */
const LEAVE = `${ESC}?2026l${ESC}0m${ESC}?1004l${ESC}?2004l${ESC}?7h${ESC}2J${ESC}H${ESC}?1049l${ESC}?25h`;
/** Which colour is the background? */
const ASK_BACKGROUND = '\x1b]11;?\x1b\\';
/** Does the terminal speak the kitty keyboard protocol? The device attributes, which all know, end the wait. */
const ASK_KITTY = `${ESC}?u${ESC}c`;
/**
 * Kitty flags: 1 unambiguous, 2 event types, 4 alternate keys (a Cyrillic layout's ctrl+c), 8 also for text keys
 * (else space has no release), 16 with the text they type.
 */
const PUSH_KITTY = `${ESC}>31u`;
const POP_KITTY = `${ESC}<u`;

/** Presses, releases and drags of the mouse, in a form that reaches beyond column 223. */
const MOUSE_ON = `${ESC}?1002h${ESC}?1006h`;
const MOUSE_OFF = `${ESC}?1006l${ESC}?1002l`;

/** Tries of a synchronous write to a terminal that is busy (EAGAIN). */
const MAX_TRIES = 50;

export class TerminalOwner {
  #input: InputStream;
  #output: OutputStream;
  #beforeLeave: () => void;
  #kitty = false;
  #mouse = false;
  /** DECSCUSR; 0 is the terminal's own. */
  #shape = 0;
  #entered = false;

  /** @param beforeLeave stops whoever draws: what comes after would land on the user's own screen. */
  constructor(input: InputStream, output: OutputStream, beforeLeave: () => void) {
    this.#input = input;
    this.#output = output;
    this.#beforeLeave = beforeLeave;
  }

  /** Raw mode, alternate screen, and the questions about the keyboard and, if it is wanted, the background. */
  enter(asksBackground = false): void {
    if (this.#entered) return;
    this.#entered = true;
    this.#input.setRawMode?.(true);
    this.#write(ENTER + (this.#mouse ? MOUSE_ON : '') + (asksBackground ? ASK_BACKGROUND : '') + ASK_KITTY);
  }

  /** Whether clicks and the wheel come as reports, or do what the terminal does with them. */
  setMouse(on: boolean): void {
    if (this.#mouse === on) return;
    this.#mouse = on;
    if (this.#entered) this.#write(on ? MOUSE_ON : MOUSE_OFF);
  }

  /** How the cursor looks (DECSCUSR, 0 to 6); the user's own comes back with the terminal. */
  setCursorShape(shape: number): void {
    if (this.#shape === shape || !this.#entered) return;
    this.#shape = shape;
    this.#write(`${ESC}${shape} q`);
  }

  /** Lends the terminal to another program, until `enter`. Whoever draws must be still by then. */
  suspend(): void {
    if (!this.#entered) return;
    this.#entered = false;
    this.#giveBack();
  }

  /** Once the terminal said that it speaks the protocol. */
  enableKitty(): void {
    if (this.#kitty || !this.#entered) return;
    this.#kitty = true;
    this.#write(PUSH_KITTY);
  }

  /** Gives the terminal back. Calling it again does nothing; never throws. */
  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    this.#beforeLeave();
    this.#giveBack();
  }

  #giveBack(): void {
    // Kitty keeps its flags per screen: popped while ours is still shown.
    const cursor = this.#shape === 0 ? '' : `${ESC}0 q`;
    this.#write((this.#kitty ? POP_KITTY : '') + (this.#mouse ? MOUSE_OFF : '') + cursor + LEAVE);
    this.#kitty = false;
    this.#shape = 0;
    try {
      this.#input.setRawMode?.(false);
    } catch {
      // The terminal is gone; so is its raw mode.
      this.#entered = false;
    }
  }

  /** Empties the screen before it is drawn anew; what was lost of an earlier frame may have left an update open. */
  clear(): void {
    if (this.#entered) this.#write(`${ESC}?2026l${ESC}0m${ESC}2J${ESC}H`);
  }

  #write(text: string): void {
    const { fd } = this.#output;
    if (fd === undefined) {
      this.#output.write(text);
      return;
    }
    const bytes = Buffer.from(text);
    for (let sent = 0, tries = 0; sent < bytes.length && tries < MAX_TRIES; tries++) {
      try {
        sent += writeSync(fd, bytes, sent);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
      }
    }
  }
}
