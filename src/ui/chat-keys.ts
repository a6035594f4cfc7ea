/** The keyboard in the chat: the input line, and scrolling in the room. */
import type { Composer } from './composer.ts';
import type { KeyPress } from './key-event.ts';
import type { InputCommand, Scope, UiCommand } from './key-row.ts';
import type { PaneKeys } from './pane-keys.ts';
import type { Scrolling } from './scrolling.ts';
import type { LiveView } from './view.ts';

export class ChatKeys implements PaneKeys {
  readonly scopes: readonly Scope[] = ['input', 'chat'];
  #view: LiveView;
  #composer: Composer;
  #scrolling: Scrolling;

  constructor(view: LiveView, composer: Composer, scrolling: Scrolling) {
    this.#view = view;
    this.#composer = composer;
    this.#scrolling = scrolling;
  }

  get empty(): boolean {
    return this.#view.now.line.text === '';
  }

  get hints(): readonly string[] {
    return this.empty
      ? ['talk-empty', 'talk', 'tab-help', 'room-next', 'page-older', 'tab-settings', 'tab-shell', 'quit']
      : ['send', 'newline', 'complete', 'talk', 'room-next', 'tab-help'];
  }

  run(command: UiCommand): void {
    // The scopes have no others.
    this.#composer.run(command as InputCommand);
  }

  other(key: KeyPress): void {
    if (key.text !== '') this.#composer.type(key.text);
  }

  paste(text: string): void {
    this.#composer.paste(text);
  }

  scroll(by: 'page' | 'line', step: 1 | -1): void {
    this.#scrolling.move(by, step);
  }

  back(): boolean {
    if (!this.#composer.back()) this.#scrolling.toNewest();
    return true;
  }
}
