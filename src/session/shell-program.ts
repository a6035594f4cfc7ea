/** What runs behind a terminal: a program in a PTY of ours, at the station, at an SSH host, or somebody else's screen. Types only. */
import type { EmulatorSize } from './shell-emulator.ts';

export interface Program {
  write(text: string): void;
  resize(size: EmulatorSize): void;
  /** Stops its output, or lets it go on; what comes meanwhile must wait at its source. */
  flow(go: boolean): void;
  /** Ends it; `ended` need not come any more. */
  end(): void;
}

export interface ProgramEvents {
  output(text: string): void;
  /** Once. */
  ended(end: ProgramEnd): void;
}

/** Its exit status, or the signal that ended it; else a sentence that says what took it from us. */
export type ProgramEnd = { readonly code: number; readonly signal?: number } | { readonly why: string };

/** Starts a program; rejects with a sentence that can be shown. */
export type Launch = (size: EmulatorSize, events: ProgramEvents, signal: AbortSignal) => Promise<Program>;
