/** The keyboard and the mouse in the settings: goes from row to row, changes what is chosen, opens it for typing. */
import type { SessionHandle } from '../session/handle.ts';
import type { SettingRow } from '../session/settings-model.ts';
import { chordOf, type KeyPress, type MouseEvent, WHEEL_ROWS } from './key-event.ts';
import type { Scope, SettingsKey, UiCommand } from './key-row.ts';
import type { Layout } from './layout.ts';
import type { PaneKeys } from './pane-keys.ts';
import { PATH_TEST } from './settings-items.ts';
import { SettingsFocus } from './settings-focus.ts';
import { type PaneLook, settingsRows, settledOffset } from './settings-rows.ts';
import { SettingsTyping } from './settings-typing.ts';
import type { SettingsView } from './settings-view.ts';
import { steppedValue } from './settings-values.ts';
import type { Glyphs } from './theme.ts';
import type { LiveView } from './view.ts';

export interface SettingsKeysOptions {
  readonly view: LiveView;
  readonly session: SessionHandle;
  readonly layout: () => Layout;
  readonly glyphs: () => Glyphs;
}

export class SettingsKeys implements PaneKeys {
  readonly #options: SettingsKeysOptions;
  readonly #focus: SettingsFocus;
  readonly #typing: SettingsTyping;

  constructor(options: SettingsKeysOptions) {
    this.#options = options;
    this.#focus = new SettingsFocus(options.view, options.session, (view) => settledOffset(this.#pane(view)));
    this.#typing = new SettingsTyping(this.#focus);
  }

  /** While a value or the filter is typed, the keys are those of the input line. */
  get scopes(): readonly Scope[] {
    return this.#typing.on ? ['input'] : ['settings'];
  }

  get empty(): boolean {
    return !this.#typing.on;
  }

  get hints(): readonly string[] {
    if (this.#typing.on) return ['send', 'back'];
    return [
      'setting-previous',
      'setting-less',
      'setting-edit',
      'setting-filter',
      'setting-undo',
      'setting-reset',
      'path-test',
      'back',
      'talk',
    ];
  }

  /** A key that is asked for is that key, whatever it does otherwise. */
  takes(key: KeyPress): boolean {
    if (this.#focus.view.mode !== 'capture') return false;
    if (key.event !== 'press') return true;
    const { row } = this.#focus;
    const chord = chordOf(key);
    this.#focus.set({ mode: 'browse' });
    if (row && chord !== 'escape') this.#focus.save(row, chord);
    return true;
  }

  run(command: UiCommand): void {
    if (this.#typing.on) this.#typing.run(command);
    else this.#browse(command as SettingsKey);
  }

  other(key: KeyPress): void {
    if (key.text !== '') this.paste(key.text);
  }

  paste(text: string): void {
    if (this.#typing.on) this.#typing.insert(text);
  }

  scroll(by: 'page' | 'line', step: 1 | -1): void {
    const page = Math.max(1, Math.floor(this.#options.layout().pane / 2));
    this.#focus.move(by === 'page' ? step * page : step);
  }

  /** The wheel goes about; a click chooses a row, and opens the chosen one. */
  mouse({ action, button, row }: MouseEvent): void {
    if (action === 'wheel-up') return this.#focus.move(-WHEEL_ROWS);
    if (action === 'wheel-down') return this.#focus.move(WHEEL_ROWS);
    if (action !== 'press' || button !== 'left' || this.#focus.view.mode !== 'browse') return;
    const id = this.#idAt(row);
    const item = this.#focus.selectables.find((one) => one.id === id);
    if (!item) return;
    if (item.id === this.#focus.selected?.id) this.#open(false);
    else this.#focus.set({ selected: item.id });
  }

  back(): boolean {
    const { mode, filter } = this.#focus.view;
    if (mode === 'browse' && filter === '') return false;
    const typesValue = mode === 'edit' || mode === 'capture';
    this.#focus.set(typesValue ? { mode: 'browse' } : { mode: 'browse', filter: '' });
    return true;
  }

  shown(): void {
    this.#focus.session.do({ do: 'devices' });
  }

  /** The test of sound ends with the pane that shows it. */
  hidden(): void {
    const { session } = this.#focus;
    this.#focus.set({ mode: 'browse' });
    if (session.state.sound.loopback !== 'off') session.do({ do: 'loopback', mode: 'off' });
  }

  #browse(command: SettingsKey): void {
    const { session } = this.#focus;
    switch (command.do) {
      case 'choose':
        return this.#focus.move(command.step);
      case 'section':
        return this.#focus.moveSection(command.step);
      case 'ends':
        return this.#focus.move(command.at === 'first' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
      case 'change':
        return this.#step(command.step);
      case 'edit-setting':
        return this.#open(command.asText);
      case 'filter':
        return this.#focus.set({ mode: 'filter' });
      case 'undo-setting':
        return session.do({ do: 'settings-undo' });
      case 'reset-setting':
        return this.#reset(command.to);
      case 'reconnect':
        return session.do(command);
      case 'path-test':
        this.#focus.set({ selected: PATH_TEST, filter: '' });
        return session.do(command);
    }
  }

  #step(by: 1 | -1): void {
    const { selected, row, session } = this.#focus;
    if (selected?.kind === 'action') return session.do(selected.step(by));
    const next = row && steppedValue(row, by, session.state);
    if (row && next !== undefined) this.#focus.save(row, next);
  }

  /** Enter: switches what can be switched, asks for a key, opens the rest for typing. */
  #open(asText: boolean): void {
    const { row } = this.#focus;
    if (row && (asText || needsTyping(row))) this.#typing.open(row);
    else if (row?.editor.kind === 'key') this.#focus.set({ mode: 'capture' });
    else this.#step(1);
  }

  /** Back to what the file says, else the default; or to the default in any case. */
  #reset(to: 'file' | 'default'): void {
    const { row } = this.#focus;
    if (!row) return;
    const fileSaysOther = row.file !== null && row.file !== row.default;
    this.#focus.save(row, to === 'default' && fileSaysOther ? row.default : null);
  }

  #idAt(row: number): string | undefined {
    return settingsRows(this.#pane(this.#focus.view))[row - this.#options.layout().top]?.key;
  }

  #pane(view: SettingsView): PaneLook {
    const { session, layout, glyphs } = this.#options;
    const { pane: height, columns: width } = layout();
    return { state: session.state, view, width, height, glyphs: glyphs() };
  }
}

function needsTyping({ editor }: SettingRow): boolean {
  return editor.kind === 'number' || editor.kind === 'text' || editor.kind === 'list';
}
