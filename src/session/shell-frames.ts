/**
 * The frames of one shared terminal on their way out: one under way at a time, paced by its answer; what changed meanwhile
 * goes with the next, so that a slow link has fewer frames and never older ones.
 */
import type { TerminalShell } from './shell.ts';
import { encodeFrame, shared } from './shell-frame.ts';
import type { ShellScreen } from './shell-screen.ts';

/** Frames a second at most: as smooth as reading needs, and half of what our own screen has. */
export const FRAME_EVERY_MS = 66;
/** Where nothing changes, a frame without rows still comes: who missed the last one notices. */
const HEARTBEAT_MS = 2000;

export interface OutgoingFrame {
  /** The frame that it changes, 0 for a whole screen. */
  readonly base: number;
  readonly serial: number;
  /** Base64. */
  readonly data: string;
}

export class FrameSender {
  readonly #terminal: Pick<TerminalShell, 'live' | 'subscribe'>;
  readonly #send: (frame: OutgoingFrame) => Promise<unknown>;
  readonly #unsubscribe: () => void;
  #wanted = false;
  /** What the others have; null when the next frame must be whole. */
  #sent: ShellScreen | null = null;
  #serial = 0;
  #busy = false;
  #dirty = false;
  #lastAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    terminal: Pick<TerminalShell, 'live' | 'subscribe'>,
    send: (frame: OutgoingFrame) => Promise<unknown>,
  ) {
    this.#terminal = terminal;
    this.#send = send;
    this.#unsubscribe = terminal.subscribe(() => {
      this.#dirty = true;
      this.#arm();
    });
  }

  /** Somebody looks on, or nobody does. */
  want(on: boolean): void {
    this.#wanted = on;
    if (on) this.#arm();
    else this.#stop();
  }

  /** The next frame is a whole screen. */
  whole(): void {
    this.#sent = null;
    this.#dirty = true;
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    this.#unsubscribe();
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The next frame as soon as it may go: at once where something changed, else as a sign of life. */
  #arm(): void {
    if (this.#busy || !this.#wanted || this.#closed) return;
    this.#stop();
    const after = this.#dirty ? FRAME_EVERY_MS : HEARTBEAT_MS;
    const wait = Math.max(0, this.#lastAt + after - performance.now());
    this.#timer = setTimeout(() => void this.#next(), wait);
  }

  async #next(): Promise<void> {
    this.#timer = undefined;
    this.#busy = true;
    this.#dirty = false;
    this.#lastAt = performance.now();
    const screen = shared(this.#terminal.live);
    const data = encodeFrame(this.#sent, screen).toString('base64');
    const base = this.#sent ? this.#serial : 0;
    this.#serial += 1;
    this.#sent = screen;
    try {
      await this.#send({ base, serial: this.#serial, data });
    } catch {
      // Not passed on, for whatever reason: what follows must not build on it. The connection's end is told elsewhere.
      this.#sent = null;
    }
    this.#busy = false;
    this.#arm();
  }
}
