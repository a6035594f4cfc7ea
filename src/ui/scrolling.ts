/** Where each pane is scrolled to: rooms by an anchor that lines to come do not move, the text panes by a row. */
import { currentRoom } from '../session/places.ts';
import type { SessionHandle } from '../session/handle.ts';
import type { Line, RoomState } from '../session/state.ts';
import { ChatRows, type Timestamps } from './chat-rows.ts';
import { type Anchor, reveal, scroll } from './chat-window.ts';
import { shownLines } from './shown-lines.ts';
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
  /** First and last line of a room when what is beyond was last asked for: one request for each end. */
  #asked = { older: new Map<string, string>(), newer: new Map<string, string>() };
  /** The jump of each room that was followed last. */
  #jumps = new Map<string, number>();

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
    const { width, self, highlight } = this.#chat.format;
    const { state } = this.#options.session;
    if (width !== this.#layout.main || self !== state.self.name || highlight !== state.text.highlight)
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
    const moved = scroll(this.#lines(room), this.chat, anchor, rows, height);
    this.#setAnchor(room.name, this.#held(room, moved.anchor));
    if (moved.top && step < 0) this.#ask(room, 'older');
    if (moved.anchor === null && step > 0) this.#ask(room, 'newer');
  }

  /** Moves a text pane by rows; 0 only brings it back into its bounds after a resize. */
  movePane(by: number): void {
    const { tab, offsets } = this.#view.now;
    if (tab !== 'help') return;
    const { pane, columns } = this.#layout;
    const last = Math.max(0, this.#options.paneRows(tab, columns) - pane);
    this.#view.set({ offsets: { ...offsets, [tab]: Math.min(last, Math.max(0, offsets[tab] + by)) } });
  }

  /** Shows a whole line of the room shown. */
  reveal(id: string): void {
    const room = this.#room();
    if (!room) return;
    const anchor = this.#view.now.anchors.get(room.name) ?? null;
    const moved = reveal(this.#lines(room), this.chat, anchor, id, this.#layout.chat);
    this.#setAnchor(room.name, this.#held(room, moved));
  }

  /** Follows a jump to a message, once it is there; its line's id the first time. */
  jumped(): string | undefined {
    const room = this.#room();
    const { jump } = room ?? { jump: null };
    if (!room || !jump || this.#jumps.get(room.name) === jump.serial) return undefined;
    const line = this.#lines(room).find((each) => each.kind === 'message' && each.seq === jump.seq);
    if (!line) return undefined;
    this.#jumps.set(room.name, jump.serial);
    this.reveal(line.id);
    return line.id;
  }

  /** Asks for what was said before the first line. */
  older(): void {
    const room = this.#room();
    if (room) this.#ask(room, 'older');
  }

  toNewest(): void {
    const room = this.#room();
    if (!room) return this.#view.set({ flash: null });
    if (room.newer) this.#options.session.do({ do: 'newest', room: room.name });
    this.#setAnchor(room.name, null);
  }

  get #layout() {
    return layoutFor(this.#view.now, this.#options.session.state);
  }

  #room(): RoomState | undefined {
    return currentRoom(this.#options.session.state);
  }

  #lines(room: RoomState): readonly Line[] {
    return shownLines(room, this.#options.session.state);
  }

  /** At the end of lines that newer ones follow, the view stays there when they come. */
  #held(room: RoomState, anchor: Anchor): Anchor {
    const last = this.#lines(room).at(-1);
    return anchor === null && room.newer && last ? { id: last.id, row: Number.MAX_SAFE_INTEGER } : anchor;
  }

  #ask(room: RoomState, what: 'older' | 'newer'): void {
    const end = room.lines.at(what === 'older' ? 0 : -1)?.id ?? '';
    if (!room[what] || this.#asked[what].get(room.name) === end) return;
    this.#asked[what].set(room.name, end);
    this.#options.session.do({ do: what, room: room.name });
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
    const { self, text } = session.state;
    const { main: width } = this.#layout;
    return new ChatRows({ width, timestamps, glyphs, self: self.name, highlight: text.highlight });
  }
}
