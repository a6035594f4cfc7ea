/** What the settings pane is at: the rows that the filter leaves, the chosen one, and how it is changed. */
import type { SessionHandle } from '../session/handle.ts';
import type { SettingRow } from '../session/settings-model.ts';
import {
  type Selectable,
  type SettingsItem,
  selectables,
  selectedItem,
  settingsItems,
} from './settings-items.ts';
import type { SettingsView } from './settings-view.ts';
import type { LiveView } from './view.ts';

export class SettingsFocus {
  readonly session: SessionHandle;
  readonly #view: LiveView;
  readonly #offset: (view: SettingsView) => number;

  /** @param offset first row of the list that is shown with such a view. */
  constructor(view: LiveView, session: SessionHandle, offset: (view: SettingsView) => number) {
    this.#view = view;
    this.session = session;
    this.#offset = offset;
  }

  get view(): SettingsView {
    return this.#view.now.settings;
  }

  set(change: Partial<SettingsView>): void {
    const settings = { ...this.view, ...change };
    this.#view.set({ settings: { ...settings, offset: this.#offset(settings) } });
  }

  get items(): readonly SettingsItem[] {
    return settingsItems(this.session.state, this.view.filter);
  }

  get selectables(): readonly Selectable[] {
    return selectables(this.items);
  }

  get selected(): Selectable | undefined {
    return selectedItem(this.items, this.view.selected);
  }

  /** The chosen row, if it is a key's. */
  get row(): SettingRow | undefined {
    const item = this.selected;
    return item?.kind === 'setting' ? item.row : undefined;
  }

  /** Goes so many rows down, and not over the ends. */
  move(by: number): void {
    const all = this.selectables;
    const at = Math.max(
      0,
      all.findIndex(({ id }) => id === this.selected?.id),
    );
    const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
    if (next) this.set({ selected: next.id });
  }

  /** To the first row of the next section, or of the one before. */
  moveSection(step: 1 | -1): void {
    const { items } = this;
    const titles = items.flatMap((item, at) => (item.kind === 'title' ? [at] : []));
    const at = items.findIndex(({ id }) => id === this.selected?.id);
    const current = titles.findLastIndex((title) => title < at);
    const title = titles[(current + step + titles.length) % Math.max(1, titles.length)];
    const first = title === undefined ? undefined : selectables(items.slice(title))[0];
    if (first) this.set({ selected: first.id });
  }

  /** Saves a text as the value, or with null drops what was saved. */
  save(row: SettingRow, text: string | null): void {
    this.session.do({ do: 'setting', path: row.path, text });
  }
}
