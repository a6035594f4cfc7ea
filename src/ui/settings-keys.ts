/** The keyboard in the settings: up and down choose, left and right change; past the last one they scroll. */
import type { SessionHandle } from '../session/handle.ts';
import type { Scope, UiCommand } from './key-row.ts';
import type { PaneKeys } from './pane-keys.ts';
import type { Scrolling } from './scrolling.ts';
import { soundItems, type TalkKeyWords } from './sound-rows.ts';
import type { LiveView } from './view.ts';

export interface SettingsKeysOptions {
  readonly view: LiveView;
  readonly session: SessionHandle;
  readonly scrolling: Scrolling;
  readonly talkKeyWords: () => TalkKeyWords;
}

export class SettingsKeys implements PaneKeys {
  readonly scopes: readonly Scope[] = ['settings'];
  readonly empty = true;
  readonly hints: readonly string[] = [
    'setting-previous',
    'setting-less',
    'page-newer',
    'back',
    'talk',
    'tab-help',
  ];
  #options: SettingsKeysOptions;

  constructor(options: SettingsKeysOptions) {
    this.#options = options;
  }

  run(command: UiCommand): void {
    if (command.do === 'choose') this.#choose(command.step);
    else if (command.do === 'change') this.#change(command.step);
  }

  other(): void {
    // Nothing is typed here.
  }

  paste(): void {
    // Nor pasted.
  }

  scroll(by: 'page' | 'line', step: 1 | -1): void {
    this.#options.scrolling.move(by, step);
  }

  back(): boolean {
    return false;
  }

  shown(): void {
    this.#options.session.do({ do: 'devices' });
  }

  /** The test of sound ends with the pane that shows it. */
  hidden(): void {
    const { session } = this.#options;
    if (session.state.sound.loopback !== 'off') session.do({ do: 'loopback', mode: 'off' });
  }

  #choose(step: 1 | -1): void {
    const { view, scrolling } = this.#options;
    const { soundItem, offsets } = view.now;
    const next = soundItem + step;
    const scrolls = next >= this.#items.length || (step < 0 && offsets.settings > 0);
    if (scrolls) scrolling.movePane(step);
    else view.set({ soundItem: Math.max(0, next) });
  }

  #change(step: 1 | -1): void {
    const { view, session } = this.#options;
    const change = this.#items[view.now.soundItem]?.step(step);
    if (change) session.do(change);
  }

  get #items() {
    return soundItems(this.#options.session.state, this.#options.talkKeyWords());
  }
}
