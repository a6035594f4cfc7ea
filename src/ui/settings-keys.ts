/** The keyboard in the settings: goes from row to row, changes what is chosen, types values and the filter. */
import type { SessionHandle } from '../session/handle.ts';
import type { SettingRow } from '../session/settings-model.ts';
import { chordOf, type KeyPress } from './key-event.ts';
import type { Scope, SettingsKey, UiCommand } from './key-row.ts';
import { applyEdit, EMPTY_LINE, insert } from './line-editor.ts';
import type { PaneKeys } from './pane-keys.ts';
import { type Selectable, selectables, selectedItem, settingsItems } from './settings-items.ts';
import { choicesOf, steppedNumber, steppedValue } from './settings-values.ts';
import type { SettingsView } from './settings-view.ts';
import type { LiveView } from './view.ts';

export interface SettingsKeysOptions {
  readonly view: LiveView;
  readonly session: SessionHandle;
  /** Rows of the pane, for a page. */
  readonly pageRows: () => number;
}

/** What a line alone takes. */
type LineEdit = Parameters<typeof applyEdit>[1];

/** Edits of the input line that make sense in one line without a history. */
const LINE_EDITS: ReadonlySet<string> = new Set<LineEdit>([
  'left',
  'right',
  'word-left',
  'word-right',
  'home',
  'end',
  'backspace',
  'delete',
  'delete-word',
  'delete-to-start',
  'delete-to-end',
]);

export class SettingsKeys implements PaneKeys {
  #options: SettingsKeysOptions;

  constructor(options: SettingsKeysOptions) {
    this.#options = options;
  }

  /** While a value or the filter is typed, the keys are those of the input line. */
  get scopes(): readonly Scope[] {
    return this.#typing ? ['input'] : ['settings'];
  }

  get empty(): boolean {
    return !this.#typing;
  }

  get hints(): readonly string[] {
    if (this.#typing) return ['send', 'back'];
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
    if (this.#view.mode !== 'capture') return false;
    if (key.event !== 'press') return true;
    const row = this.#row;
    const chord = chordOf(key);
    this.#set({ mode: 'browse' });
    if (row && chord !== 'escape') this.#save(row, chord);
    return true;
  }

  run(command: UiCommand): void {
    if (this.#typing) this.#type(command);
    else this.#browse(command as SettingsKey);
  }

  other(key: KeyPress): void {
    if (key.text !== '') this.paste(key.text);
  }

  paste(text: string): void {
    // A value is one line: what a paste brings at its end is not meant.
    if (this.#typing)
      this.#draft(insert(this.#line, text.replace(/[\r\n]+$/, '').replaceAll(/[\r\n]+/g, ' ')));
  }

  scroll(by: 'page' | 'line', step: 1 | -1): void {
    this.#move(by === 'page' ? step * Math.max(1, this.#options.pageRows() - 2) : step);
  }

  back(): boolean {
    const { mode, filter } = this.#view;
    if (mode === 'browse' && filter === '') return false;
    this.#set(mode === 'edit' || mode === 'capture' ? { mode: 'browse' } : { mode: 'browse', filter: '' });
    return true;
  }

  shown(): void {
    this.#session.do({ do: 'devices' });
  }

  /** The test of sound ends with the pane that shows it. */
  hidden(): void {
    this.#set({ mode: 'browse' });
    if (this.#session.state.sound.loopback !== 'off') this.#session.do({ do: 'loopback', mode: 'off' });
  }

  // Going about -------------------------------------------------------------------------------------------

  #browse(command: SettingsKey): void {
    switch (command.do) {
      case 'choose':
        return this.#move(command.step);
      case 'section':
        return this.#moveSection(command.step);
      case 'ends':
        return this.#move(command.at === 'first' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
      case 'change':
        return this.#step(command.step);
      case 'edit-setting':
        return this.#open(command.asText);
      case 'filter':
        return this.#set({ mode: 'filter' });
      case 'undo-setting':
        return this.#session.do({ do: 'settings-undo' });
      case 'reset-setting':
        return this.#reset(command.to);
      case 'reconnect':
        return this.#session.do({ do: 'reconnect' });
      case 'path-test':
        return this.#session.do({ do: 'path-test' });
    }
  }

  #move(by: number): void {
    const all = selectables(this.#items);
    const at = Math.max(
      0,
      all.findIndex(({ id }) => id === this.#selected?.id),
    );
    const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
    if (next) this.#set({ selected: next.id });
  }

  /** To the first row of the next section, or of the one before. */
  #moveSection(step: 1 | -1): void {
    const items = this.#items;
    const titles = items.flatMap((item, at) => (item.kind === 'title' ? [at] : []));
    const at = items.findIndex(({ id }) => id === this.#selected?.id);
    const current = titles.findLastIndex((title) => title < at);
    const title = titles[(current + step + titles.length) % Math.max(1, titles.length)];
    const first = title === undefined ? undefined : selectables(items.slice(title))[0];
    if (first) this.#set({ selected: first.id });
  }

  #step(by: 1 | -1): void {
    const item = this.#selected;
    if (item?.kind === 'action') return this.#session.do(item.step(by));
    const row = this.#row;
    const next = row && steppedValue(row, by, this.#session.state);
    if (row && next !== undefined) this.#save(row, next);
  }

  /** Enter: switches what can be switched, asks for a key, opens the rest for typing. */
  #open(asText: boolean): void {
    const item = this.#selected;
    if (item?.kind === 'action') return this.#session.do(item.step(1));
    const row = this.#row;
    if (!row) return;
    if (asText || needsTyping(row)) this.#openDraft(row);
    else if (row.editor.kind === 'key') this.#set({ mode: 'capture' });
    else this.#step(1);
  }

  #openDraft(row: SettingRow): void {
    if (row.applies === 'station') return;
    this.#set({ mode: 'edit', draft: { text: row.text, cursor: row.text.length } });
    this.#session.do({ do: 'setting-check', path: row.path, text: row.text });
  }

  /** Back to what the file says, else the default; or to the default in any case. */
  #reset(to: 'file' | 'default'): void {
    const row = this.#row;
    if (!row) return;
    const text = to === 'default' && row.file !== null && row.file !== row.default ? row.default : null;
    this.#session.do({ do: 'setting', path: row.path, text });
  }

  #save(row: SettingRow, text: string): void {
    this.#session.do({ do: 'setting', path: row.path, text });
  }

  // Typing ------------------------------------------------------------------------------------------------

  #type(command: UiCommand): void {
    if (command.do === 'edit' && LINE_EDITS.has(command.edit))
      this.#draft(applyEdit(this.#line, command.edit as LineEdit));
    else if (command.do === 'history') this.#stepDraft(command.step);
    else if (command.do === 'complete') this.#completeDraft();
    else if (command.do === 'send') this.#enter();
  }

  #draft(line: { readonly text: string; readonly cursor: number }): void {
    if (this.#view.mode === 'filter') return this.#set({ filter: line.text, selected: '' });
    this.#set({ draft: line });
    const row = this.#row;
    if (row) this.#session.do({ do: 'setting-check', path: row.path, text: line.text });
  }

  /** Up and down are more and less of a number, and lead to the rows while the filter is typed. */
  #stepDraft(step: 1 | -1): void {
    if (this.#view.mode === 'filter') {
      this.#set({ mode: 'browse' });
      return this.#move(step);
    }
    const row = this.#row;
    if (row?.editor.kind !== 'number') return;
    const by = step < 0 ? 1 : -1;
    const next = steppedNumber(Number(this.#view.draft.text), by, row.editor);
    if (next !== undefined) this.#draft({ text: next, cursor: next.length });
  }

  /** To the only choice that begins so. */
  #completeDraft(): void {
    const row = this.#row;
    if (this.#view.mode !== 'edit' || !row) return;
    const { text } = this.#view.draft;
    const choices =
      row.editor.kind === 'list' ? (row.editor.choices ?? []) : choicesOf(row, this.#session.state);
    const [, before = '', word = ''] = /^(.*,\s*)?([^,]*)$/s.exec(text) ?? [];
    const fitting = choices.filter(
      (name) => word !== '' && name.toLowerCase().startsWith(word.toLowerCase()),
    );
    const [only] = fitting;
    if (only === undefined || fitting.length > 1) return;
    this.#draft({ text: before + only, cursor: before.length + only.length });
  }

  #enter(): void {
    const { mode, draft } = this.#view;
    const row = this.#row;
    const { check } = this.#session.state.settings;
    const bad = row && check?.path === row.path && check.text === draft.text && check.problem !== null;
    // What cannot be stays to be mended, and the reason stands below.
    if (mode === 'edit' && bad) return;
    this.#set({ mode: 'browse', draft: EMPTY_LINE });
    if (mode === 'edit' && row) this.#save(row, draft.text);
  }

  get #line(): { readonly text: string; readonly cursor: number } {
    const { mode, filter, draft } = this.#view;
    return mode === 'filter' ? { text: filter, cursor: filter.length } : draft;
  }

  get #typing(): boolean {
    const { mode } = this.#view;
    return mode === 'edit' || mode === 'filter';
  }

  get #items() {
    return settingsItems(this.#session.state, this.#view.filter);
  }

  get #selected(): Selectable | undefined {
    return selectedItem(this.#items, this.#view.selected);
  }

  get #row(): SettingRow | undefined {
    const item = this.#selected;
    return item?.kind === 'setting' ? item.row : undefined;
  }

  get #view(): SettingsView {
    return this.#options.view.now.settings;
  }

  get #session(): SessionHandle {
    return this.#options.session;
  }

  #set(change: Partial<SettingsView>): void {
    this.#options.view.set({ settings: { ...this.#view, ...change } });
  }
}

function needsTyping({ editor }: SettingRow): boolean {
  return editor.kind === 'number' || editor.kind === 'text' || editor.kind === 'list';
}
