/** What a pane does with the keyboard while it is shown; controller.ts has one of these for each tab. Types only. */
import type { KeyPress, MouseEvent } from './key-event.ts';
import type { Scope, UiCommand } from './key-row.ts';

export interface PaneKeys {
  /** Scopes of the key table that are in force, the nearest first; 'everywhere' comes after them by itself. */
  readonly scopes: readonly Scope[];
  /** Nothing is typed and nothing could be, so that Space may be a key. */
  readonly empty: boolean;
  /** Names of the commands that matter now, the most useful first, for the hint line. */
  readonly hints: readonly string[];
  /** A key that the pane wants before anything else looks at it; true if it took it. */
  takes?(key: KeyPress): boolean;
  /** Carries out a command of the pane's own scopes. */
  run(command: UiCommand): void;
  /** A key that is no command: typed text, or what the shell's program gets. */
  other(key: KeyPress): void;
  paste(text: string): void;
  scroll(by: 'page' | 'line', step: 1 | -1): void;
  /** Esc: leaves what is open in the pane. False if nothing was, which leads back to the chat. */
  back(): boolean;
  /** The pane comes to the front, or goes. */
  mouse?(event: MouseEvent): void;
  /** The terminal's window got or lost the focus. */
  focus?(gained: boolean): void;
  shown?(): void;
  hidden?(): void;
  resized?(): void;
}
