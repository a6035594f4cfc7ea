/** What the UI is given: the session as it sees it. Types only; the tests' fake session implements the same. */
import type { Command } from './commands.ts';
import type { Levels, State } from './state.ts';

export interface SessionHandle {
  /** The newest immutable snapshot; the same object until something changed. */
  readonly state: State;
  /** Calls the listener after each change; returns the function that stops it. */
  subscribe(listener: () => void): () => void;
  readonly levels: { get(): Levels; subscribe(listener: () => void): () => void };
  /** Carries a command out. Never throws: a failure becomes a notice. */
  do(command: Command): void;
}
