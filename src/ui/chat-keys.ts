/** The keyboard and the mouse in the chat: the input line, scrolling, choosing a message, what a search found. */
import type { SessionHandle } from '../session/handle.ts';
import { currentRoom } from '../session/places.ts';
import { visibleRows } from './chat-window.ts';
import type { Composer } from './composer.ts';
import { type KeyPress, type MouseEvent, WHEEL_ROWS } from './key-event.ts';
import type { ChatKey, InputCommand, Scope, UiCommand } from './key-row.ts';
import { hitAt } from './mouse-hits.ts';
import type { PaneKeys } from './pane-keys.ts';
import { Picking } from './picking.ts';
import type { Scrolling } from './scrolling.ts';
import { shownLines } from './shown-lines.ts';
import type { Glyphs } from './theme.ts';
import { type LiveView, layoutFor } from './view.ts';

export interface ChatKeysOptions {
  readonly view: LiveView;
  readonly session: SessionHandle;
  readonly composer: Composer;
  readonly scrolling: Scrolling;
  readonly glyphs: Glyphs;
}

export class ChatKeys implements PaneKeys {
  #options: ChatKeysOptions;
  #picking: Picking;

  constructor(options: ChatKeysOptions) {
    this.#options = options;
    this.#picking = new Picking(options);
  }

  get scopes(): readonly Scope[] {
    if (this.#picking.active) return ['pick', 'chat'];
    return this.#search ? ['found', 'input', 'chat'] : ['input', 'chat'];
  }

  get empty(): boolean {
    return this.#options.view.now.line.text === '';
  }

  get hints(): readonly string[] {
    if (this.#picking.active)
      return ['pick-reply', 'pick-edit', 'pick-delete', 'pick-older', 'pick-newer', 'back'];
    if (this.#search && this.empty) return ['found-open', 'found-up', 'found-down', 'back', 'tab-help'];
    return this.empty
      ? [
          'talk-empty',
          'talk',
          'tab-help',
          'room-next',
          'page-older',
          'pick',
          'tab-settings',
          'tab-shell',
          'quit',
        ]
      : ['send', 'newline', 'complete', 'talk', 'editor', 'room-next', 'tab-help'];
  }

  run(command: UiCommand): void {
    switch (command.do) {
      case 'pick':
      case 'edit-last':
      case 'pick-step':
      case 'pick-reply':
      case 'pick-edit':
      case 'pick-delete':
        return this.#pick(command);
      case 'found-step':
        return this.#stepFound(command.step);
      case 'found-open':
        return this.#openFound();
      default:
        // The scopes have no others.
        this.#options.composer.run(command as InputCommand);
    }
  }

  other(key: KeyPress): void {
    if (key.text !== '' && !this.#picking.active) this.#options.composer.type(key.text);
  }

  paste(text: string): void {
    this.#picking.stop();
    this.#options.composer.paste(text);
  }

  scroll(by: 'page' | 'line', step: 1 | -1): void {
    if (this.#search && by === 'page') for (let rows = 10; rows > 0; rows--) this.#stepFound(step);
    else this.#options.scrolling.move(by, step);
  }

  /** One step out of what is open, at last to the newest line. */
  back(): boolean {
    const { composer, session, scrolling } = this.#options;
    if (this.#picking.active) this.#picking.stop();
    else if (this.#search && this.empty) session.do({ do: 'search-close' });
    else if (!composer.back()) scrolling.toNewest();
    return true;
  }

  mouse({ action, button, column, row }: MouseEvent): void {
    if (action === 'wheel-up' || action === 'wheel-down') {
      const step = action === 'wheel-up' ? -1 : 1;
      for (let rows = WHEEL_ROWS; rows > 0; rows--) this.scroll('line', step);
    } else if (action === 'press' && button === 'left') this.#click(column, row);
  }

  /** The session changed: another place may be shown, or a message that was jumped to. */
  follow(): void {
    const { composer, scrolling, view } = this.#options;
    composer.follow();
    const line = scrolling.jumped();
    if (line !== undefined) this.#picking.start(line);
    else if (view.now.picked !== null && !this.#picking.active) this.#picking.stop();
    if (!this.#search && view.now.found > 0) view.set({ found: 0 });
  }

  get #search() {
    return this.#options.session.state.text.search;
  }

  #pick(command: ChatKey): void {
    const { session, view } = this.#options;
    switch (command.do) {
      case 'pick-step':
        return this.#picking.step(command.step);
      case 'pick-reply':
        return this.#picking.reply();
      case 'pick-edit':
        return this.#picking.edit();
      case 'pick-delete':
        return this.#picking.delete();
      case 'edit-last':
        return this.#picking.editLast();
      default:
        if (session.state.current === null) view.set({ flash: 'There is no message to choose here' });
        else this.#picking.start();
    }
  }

  #stepFound(step: 1 | -1): void {
    const { view, session } = this.#options;
    const search = this.#search;
    if (!search) return;
    const last = search.results.length - 1;
    const found = Math.max(0, Math.min(last, view.now.found + step));
    view.set({ found });
    if (found >= last && step > 0 && search.more && !search.busy) session.do({ do: 'search-more' });
  }

  #openFound(): void {
    const { view, session } = this.#options;
    const found = this.#search?.results[Math.min(view.now.found, this.#search.results.length - 1)];
    if (!found) return;
    session.do({ do: 'search-close' });
    session.do({ do: 'jump', room: found.room, seq: found.seq });
  }

  #click(column: number, row: number): void {
    const { session, view, glyphs } = this.#options;
    const { state } = session;
    const hit = hitAt(state, layoutFor(view.now, state), column, row, glyphs);
    if (hit.at === 'room') session.do({ do: 'show', room: hit.name });
    else if (hit.at === 'member') this.#clickMember(hit.id);
    else if (hit.at === 'chat') this.#clickLine(hit.row);
  }

  /** The conversation with whoever is clicked. */
  #clickMember(id: number): void {
    const { session } = this.#options;
    const member = currentRoom(session.state)?.members.find((one) => one.id === id);
    if (member && member.id !== session.state.self.member)
      session.do({ do: 'msg', name: member.name, text: '' });
  }

  #clickLine(row: number): void {
    const { session, view, scrolling } = this.#options;
    const { state } = session;
    const room = currentRoom(state);
    if (!room || this.#search) return;
    const { chat: height } = layoutFor(view.now, state);
    const anchor = view.now.anchors.get(room.name) ?? null;
    const rows = visibleRows(shownLines(room, state), scrolling.chat, anchor, height);
    const id = rows[row - (height - rows.length)]?.key.replace(/:[a-z0-9]+$/, '');
    if (id !== undefined && id === view.now.picked) this.#picking.stop();
    else if (id !== undefined) this.#picking.start(id);
  }
}
