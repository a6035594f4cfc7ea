/** Where each pane is scrolled to: rooms by an anchor that lines to come do not move, the text panes by a row. */
import type { SessionHandle } from '../session/handle.ts';
import { readableLines } from '../session/people.ts';
import type { RoomState } from '../session/state.ts';
import { ChatRows, type Timestamps } from './chat-rows.ts';
import { type Anchor, scroll } from './chat-window.ts';
import type { Glyphs } from './theme.ts';
import { type LiveView, layoutFor } from './view.ts';

export interface ScrollingOptions {
  readonly session: SessionHandle;
  readonly timestamps: Timestamps;
  readonly glyphs: Glyphs;
  /** Rows that the help has, so that scrolling ends there. */
  readonly paneRows: (pane: 'help', columns: number) => number;
}

/** Rooms whose scroll position is remembered; more than one connection can be in. */
const MAX_ANCHORS = 64;

export class Scrolling {
  #view: LiveView;
  #options: ScrollingOptions;
  #chat: ChatRows;
  /** First line of a room when its older lines were last asked for: one request for each beginning. */
  #askedOlder = new Map<string, string>();

  constructor(view: LiveView, options: ScrollingOptions) {
    this.#view = view;
    this.#options = options;
    this.#chat = this.#makeChat();
  }

  /** Lines are wrapped anew. */
  configure(change: Pick<ScrollingOptions, 'timestamps' | 'glyphs'>): void {
    this.#options = { ...this.#options, ...change };
    this.#chat = this.#makeChat();
  }

  /** Wrapped lines for the width in force; the chat pane draws from the same memo that scrolling counts with. */
  get chat(): ChatRows {
    const { width, self } = this.#chat.format;
    if (width !== this.#layout.main || self !== this.#options.session.state.self.name)
      this.#chat = this.#makeChat();
    return this.#chat;
  }

  /** Moves the pane that is shown by a page or a row. */
  move(by: 'page' | 'line', step: 1 | -1): void {
    const { chat: height, pane } = this.#layout;
    if (this.#view.now.tab !== 'chat') return this.movePane(step * (by === 'page' ? pane - 1 : 1));
    const room = this.#room();
    if (!room) return;
    const rows = step * (by === 'page' ? Math.max(1, height - 1) : 1);
    const anchor = this.#view.now.anchors.get(room.name) ?? null;
    const lines = readableLines(room, this.#options.session.state);
    const moved = scroll(lines, this.chat, anchor, rows, height);
    this.#setAnchor(room.name, moved.anchor);
    if (moved.top && step < 0) this.#askOlder(room);
  }

  /** Moves a text pane by rows; 0 only brings it back into its bounds after a resize. */
  movePane(by: number): void {
    const { tab, offsets } = this.#view.now;
    if (tab !== 'help') return;
    const { pane, columns } = this.#layout;
    const last = Math.max(0, this.#options.paneRows(tab, columns) - pane);
    this.#view.set({ offsets: { ...offsets, [tab]: Math.min(last, Math.max(0, offsets[tab] + by)) } });
  }

  toNewest(): void {
    const room = this.#room();
    if (room) this.#setAnchor(room.name, null);
    else this.#view.set({ flash: null });
  }

  get #layout() {
    return layoutFor(this.#view.now, this.#options.session.state);
  }

  #room(): RoomState | undefined {
    const { rooms, current } = this.#options.session.state;
    return rooms.find(({ name }) => name === current);
  }

  #askOlder(room: RoomState): void {
    const first = room.lines[0]?.id ?? '';
    if (!room.older || this.#askedOlder.get(room.name) === first) return;
    this.#askedOlder.set(room.name, first);
    this.#options.session.do({ do: 'older', room: room.name });
  }

  #setAnchor(room: string, anchor: Anchor): void {
    const anchors = new Map(this.#view.now.anchors);
    anchors.delete(room);
    if (anchor) anchors.set(room, anchor);
    const [oldest] = anchors.keys();
    if (anchors.size > MAX_ANCHORS && oldest !== undefined) anchors.delete(oldest);
    this.#view.set({ anchors, flash: null });
  }

  #makeChat(): ChatRows {
    const { timestamps, glyphs, session } = this.#options;
    return new ChatRows({ width: this.#layout.main, timestamps, glyphs, self: session.state.self.name });
  }
}
