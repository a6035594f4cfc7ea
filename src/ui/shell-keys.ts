/** The keyboard in the shell pane: its program gets every key that the table does not keep, unless one looks back or writes a line. */
import type { SessionHandle } from '../session/handle.ts';
import type { ShellHandle } from '../session/shell.ts';
import { encodeKey, encodePaste } from './key-encode.ts';
import { type KeyPress, type MouseEvent, WHEEL_ROWS } from './key-event.ts';
import type { Scope, ShellKey, UiCommand } from './key-row.ts';
import type { Layout } from './layout.ts';
import { encodeMouse } from './mouse-encode.ts';
import type { PaneKeys } from './pane-keys.ts';
import { AT_PROGRAM, hasTabRow, terminalRows } from './shell-view.ts';
import type { LiveView } from './view.ts';

export interface ShellKeysOptions {
  readonly view: LiveView;
  readonly session: SessionHandle;
  readonly shell: ShellHandle;
  readonly layout: () => Layout;
}

/** Longest line of the pane's own: what a person looks for, or calls a shell. */
const MAX_LINE = 100;
/** Up and down of cursor keys, for programs on the whole screen that know no mouse. */
const ARROWS = { 'wheel-up': 'A', 'wheel-down': 'B' } as const;

export class ShellKeys implements PaneKeys {
  readonly empty = false;
  readonly #options: ShellKeysOptions;
  #query = '';

  constructor(options: ShellKeysOptions) {
    this.#options = options;
  }

  get scopes(): readonly Scope[] {
    return this.#view.at === 'lookback' ? ['lookback', 'shell'] : ['shell'];
  }

  get hints(): readonly string[] {
    if (this.#view.at === 'lookback') return ['look-page-up', 'look-search', 'look-older', 'look-end'];
    return ['tab-chat', 'next-tab', 'shell-new', 'shell-next', 'shell-look-back', 'tab-help', 'talk'];
  }

  run(command: UiCommand): void {
    // The scopes have no others.
    this.#run(command as ShellKey);
  }

  other(key: KeyPress): void {
    const { shell } = this.#options;
    const view = this.#view;
    if (view.at === 'lookback') return;
    if (view.at !== 'program') return this.#typed(key, view.at, view.text);
    if (shell.screen.phase.at === 'running') shell.write(encodeKey(key, shell.screen));
    else if (key.name === 'enter') this.#start();
  }

  paste(text: string): void {
    const { shell } = this.#options;
    if (this.#view.at === 'program') shell.write(encodePaste(text, shell.screen));
  }

  /** A program that wants the mouse has it; Shift keeps it for the pane, as in other terminals. */
  mouse(event: MouseEvent): void {
    const { shell, layout, session } = this.#options;
    const { screen } = shell;
    const top = layout().top + (hasTabRow(session.state.shells) ? 1 : 0);
    const place = { column: event.column, row: event.row - top };
    if (place.row < 0 || place.row >= screen.rows.length || screen.phase.at !== 'running') return;
    const wheel = event.action === 'wheel-up' || event.action === 'wheel-down' ? event.action : undefined;
    if (screen.mouse !== 'none' && !event.shift) return shell.write(encodeMouse(event, place, screen));
    if (!wheel) return;
    if (!screen.alternateScreen) return this.#look(wheel === 'wheel-up' ? -WHEEL_ROWS : WHEEL_ROWS);
    const arrow = `\x1b${screen.applicationCursor ? 'O' : '['}${ARROWS[wheel]}`;
    shell.write(arrow.repeat(WHEEL_ROWS));
  }

  focus(gained: boolean): void {
    const { shell } = this.#options;
    if (shell.screen.focusReports) shell.write(gained ? '\x1b[I' : '\x1b[O');
  }

  scroll(): void {
    // Its program gets the keys.
  }

  back(): boolean {
    return false;
  }

  shown(): void {
    const { shell, layout } = this.#options;
    if (shell.screen.phase.at === 'idle') this.#start();
    else shell.resize(layout().columns, this.#rows);
  }

  hidden(): void {
    this.#leave();
  }

  resized(): void {
    const { shell, layout } = this.#options;
    shell.resize(layout().columns, this.#rows);
  }

  get #view() {
    return this.#options.view.now.shell;
  }

  get #rows(): number {
    const { session, layout } = this.#options;
    return terminalRows(session.state.shells, layout().pane);
  }

  #start(): void {
    const { shell, layout } = this.#options;
    shell.start(layout().columns, this.#rows);
  }

  #run(command: ShellKey): void {
    const { session, shell, view } = this.#options;
    switch (command.do) {
      case 'shell-new':
        return session.do({ do: 'shell-open', kind: 'local', target: '' });
      case 'shell-step':
        this.#leave();
        return session.do({ do: 'shell-tab', step: command.step });
      case 'shell-show':
        this.#leave();
        return session.do({ do: 'shell-show', place: command.place });
      case 'shell-close':
        this.#leave();
        return session.do({ do: 'shell-close' });
      case 'shell-rename':
        return view.set({ shell: { at: 'name', text: '' } });
      case 'shell-send':
        return shell.write(command.text);
      case 'shell-look':
        return this.#look(1 - this.#rows);
      case 'shell-search':
        return view.set({ shell: { at: 'search', text: '' } });
      case 'look':
        return this.#look(command.step * this.#rowsOf(command.by));
      case 'look-find':
        return this.#find(command.step);
      case 'look-end':
        return this.#leave();
    }
  }

  #rowsOf(by: 'row' | 'page' | 'all'): number {
    if (by === 'row') return 1;
    return by === 'page' ? Math.max(1, this.#rows - 1) : this.#options.shell.screen.above;
  }

  /** Forward to the newest row leaves looking back. */
  #look(rows: number): void {
    const { shell, view } = this.#options;
    shell.scroll(rows);
    if (rows > 0 && shell.screen.scrolled === 0) this.#leave();
    else if (shell.screen.scrolled > 0 && this.#view.at === 'program')
      view.set({ shell: { at: 'lookback' } });
  }

  /** One line of the pane's own: what to look for, or a name. */
  #typed(key: KeyPress, at: 'search' | 'name', text: string): void {
    const { view, session } = this.#options;
    if (key.name === 'escape') return this.#leave();
    if (key.name === 'enter') {
      this.#leave();
      if (at === 'name' && text !== '') session.do({ do: 'shell-name', name: text });
      if (at === 'search' && text !== '') this.#query = text;
      if (at === 'search') this.#find(-1);
      return;
    }
    const next = key.name === 'backspace' ? [...text].slice(0, -1).join('') : text + key.text;
    view.set({ shell: { at, text: next.slice(0, MAX_LINE) } });
  }

  #find(step: 1 | -1): void {
    const { shell, view, session } = this.#options;
    if (this.#query === '') return;
    if (shell.find(this.#query, step)) view.set({ shell: { at: 'lookback' } });
    else {
      const where = step < 0 ? 'above' : 'below';
      session.do({ do: 'notice', text: `the shell printed no "${this.#query}" ${where} what is shown` });
    }
  }

  #leave(): void {
    const { shell, view } = this.#options;
    if (this.#view.at === 'program') return;
    view.set({ shell: AT_PROGRAM });
    shell.scroll('end');
  }
}
