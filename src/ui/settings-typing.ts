/** Typing in the settings: a value, which is judged with each key, or the filter. */
import type { SettingRow } from '../session/settings-model.ts';
import type { UiCommand } from './key-row.ts';
import { applyEdit, type EditLine, EMPTY_LINE, insert, type LineEdit } from './line-editor.ts';
import type { SettingsFocus } from './settings-focus.ts';
import { choicesOf, steppedNumber } from './settings-values.ts';

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

export class SettingsTyping {
  readonly #focus: SettingsFocus;

  constructor(focus: SettingsFocus) {
    this.#focus = focus;
  }

  get on(): boolean {
    const { mode } = this.#focus.view;
    return mode === 'edit' || mode === 'filter';
  }

  /** Opens a value for typing. A station's is not changed here. */
  open(row: SettingRow): void {
    if (row.applies === 'station') return;
    this.#focus.set({ mode: 'edit' });
    this.#draft({ text: row.text, cursor: row.text.length });
  }

  /** A command of the input line. */
  run(command: UiCommand): void {
    if (command.do === 'edit' && LINE_EDITS.has(command.edit))
      this.#draft(applyEdit(this.#line, command.edit as LineEdit));
    else if (command.do === 'history') this.#step(command.step);
    else if (command.do === 'complete') this.#complete();
    else if (command.do === 'send') this.#enter();
  }

  /** Typed or pasted. A value is one line: a line end at the end of a paste is not meant. */
  insert(text: string): void {
    this.#draft(insert(this.#line, text.replace(/[\r\n]+$/, '').replaceAll(/[\r\n]+/g, ' ')));
  }

  #draft(line: EditLine): void {
    const { view, row, session } = this.#focus;
    if (view.mode === 'filter') return this.#focus.set({ filter: line.text, selected: '' });
    this.#focus.set({ draft: line });
    if (row) session.do({ do: 'setting-check', path: row.path, text: line.text });
  }

  /** Up and down are more and less of a number, and lead to the rows while the filter is typed. */
  #step(step: 1 | -1): void {
    const { view, row } = this.#focus;
    if (view.mode === 'filter') {
      this.#focus.set({ mode: 'browse' });
      return this.#focus.move(step);
    }
    if (row?.editor.kind !== 'number') return;
    const next = steppedNumber(Number(view.draft.text), step < 0 ? 1 : -1, row.editor);
    if (next !== undefined) this.#draft({ text: next, cursor: next.length });
  }

  /** To the only choice that begins so; of a list its last item. */
  #complete(): void {
    const { view, row, session } = this.#focus;
    if (view.mode !== 'edit' || !row) return;
    const { editor } = row;
    const choices = editor.kind === 'list' ? (editor.choices ?? []) : choicesOf(row, session.state);
    const [, before = '', word = ''] = /^(.*,\s*)?([^,]*)$/s.exec(view.draft.text) ?? [];
    const fitting = choices.filter(
      (name) => word !== '' && name.toLowerCase().startsWith(word.toLowerCase()),
    );
    const [only] = fitting;
    if (only === undefined || fitting.length > 1) return;
    this.#draft({ text: before + only, cursor: before.length + only.length });
  }

  /** What cannot be stays to be mended, and the reason stands below. */
  #enter(): void {
    const { view, row, session } = this.#focus;
    const { mode, draft } = view;
    const { check } = session.state.settings;
    const judged = check?.path === row?.path && check?.text === draft.text;
    if (mode === 'edit' && judged && check?.problem != null) return;
    this.#focus.set({ mode: 'browse', draft: EMPTY_LINE });
    if (mode === 'edit' && row) this.#focus.save(row, draft.text);
  }

  get #line(): EditLine {
    const { mode, filter, draft } = this.#focus.view;
    return mode === 'filter' ? { text: filter, cursor: filter.length } : draft;
  }
}
