/** The keyboard and the mouse in the help: it only scrolls. */
import { type MouseEvent, WHEEL_ROWS } from './key-event.ts';
import type { Scope, UiCommand } from './key-row.ts';
import type { PaneKeys } from './pane-keys.ts';
import type { Scrolling } from './scrolling.ts';

export class HelpKeys implements PaneKeys {
  readonly scopes: readonly Scope[] = ['help'];
  readonly empty = true;
  readonly hints: readonly string[] = ['help-down', 'page-newer', 'back', 'next-tab', 'talk'];
  #scrolling: Scrolling;

  constructor(scrolling: Scrolling) {
    this.#scrolling = scrolling;
  }

  run(command: UiCommand): void {
    if (command.do === 'rows') this.#scrolling.movePane(command.step);
  }

  other(): void {
    // Nothing is typed here.
  }

  paste(): void {
    // Nor pasted.
  }

  scroll(by: 'page' | 'line', step: 1 | -1): void {
    this.#scrolling.move(by, step);
  }

  back(): boolean {
    return false;
  }

  mouse({ action }: MouseEvent): void {
    if (action === 'wheel-up' || action === 'wheel-down')
      this.#scrolling.movePane(action === 'wheel-up' ? -WHEEL_ROWS : WHEEL_ROWS);
  }
}
