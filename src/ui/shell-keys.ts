/** The keyboard in the shell pane: its program gets every key that the table does not keep. */
import type { ShellHandle } from '../session/shell.ts';
import { encodeKey, encodePaste } from './key-encode.ts';
import type { KeyPress } from './key-event.ts';
import type { Scope } from './key-row.ts';
import type { Layout } from './layout.ts';
import type { PaneKeys } from './pane-keys.ts';

export class ShellKeys implements PaneKeys {
  readonly scopes: readonly Scope[] = ['shell'];
  readonly empty = false;
  readonly hints: readonly string[] = ['tab-chat', 'next-tab', 'tab-help', 'talk'];
  #shell: ShellHandle;
  #layout: () => Layout;

  constructor(shell: ShellHandle, layout: () => Layout) {
    this.#shell = shell;
    this.#layout = layout;
  }

  run(): void {
    // No row of the table has the shell's scope yet.
  }

  other(key: KeyPress): void {
    const { screen } = this.#shell;
    if (screen.phase.at === 'running') this.#shell.write(encodeKey(key, screen));
    else if (key.name === 'enter') this.#start();
  }

  paste(text: string): void {
    this.#shell.write(encodePaste(text, this.#shell.screen));
  }

  scroll(): void {
    // Its program gets the keys.
  }

  back(): boolean {
    return false;
  }

  shown(): void {
    if (this.#shell.screen.phase.at === 'idle') this.#start();
  }

  resized(): void {
    const { columns, pane } = this.#layout();
    this.#shell.resize(columns, pane);
  }

  #start(): void {
    const { columns, pane } = this.#layout();
    this.#shell.start(columns, pane);
  }
}
