/**
 * What keys do: takes key events, changes the view, tells session and shell. Knows no React and no terminal.
 *
 * The view is one immutable value that the panes draw. Time comes in through `now`; the owner calls `tick` at
 * `nextDeadline` (run.tsx).
 */
import type { SessionHandle } from '../session/handle.ts';
import type { ShellHandle } from '../session/shell.ts';
import type { RoomState } from '../session/state.ts';
import { ChatRows, type Timestamps } from './chat-rows.ts';
import { type Anchor, scroll } from './chat-window.ts';
import { complete, parseEntered } from './commands.ts';
import { encodeKey, encodePaste } from './key-encode.ts';
import { chordOf, type KeyEvent, type KeyPress } from './key-event.ts';
import { lookUp, TABS, type Tab, type UiCommand, worksInShell } from './keys.ts';
import { type Layout, layoutOf, type Size } from './layout.ts';
import {
  applyEdit,
  type EditLine,
  EMPTY_HISTORY,
  EMPTY_LINE,
  type History,
  insert,
  recall,
  remember,
} from './line-editor.ts';
import { alertsOf } from './status.ts';
import { TalkKey } from './talk-key.ts';
import type { Glyphs } from './theme.ts';

/** Everything on the screen that is not the session's. */
export interface View {
  readonly size: Size;
  readonly tab: Tab;
  readonly line: EditLine;
  readonly history: History;
  /** Where each room is scrolled to; a room that is not in it shows its newest line. */
  readonly anchors: ReadonlyMap<string, Anchor>;
  /** First row shown of the settings and of the help. */
  readonly offsets: { readonly settings: number; readonly help: number };
  /** A sentence of the user interface while there is no room that could take it. */
  readonly flash: string | null;
}

export interface ControllerOptions {
  readonly session: SessionHandle;
  readonly shell: ShellHandle;
  /** In the table's spelling ("ctrl+t"), see parseChord. */
  readonly talkKey: string;
  readonly holdToTalk: boolean;
  readonly timestamps: Timestamps;
  readonly glyphs: Glyphs;
  readonly size: Size;
  /** Rows that the settings and the help have, so that scrolling ends there. */
  readonly paneRows: (pane: 'settings' | 'help', columns: number) => number;
  readonly onQuit: () => void;
  readonly onRedraw: () => void;
}

/** Rooms whose scroll position is remembered; more than one connection can be in. */
const MAX_ANCHORS = 64;

export class Controller {
  #options: ControllerOptions;
  #view: View;
  #listeners = new Set<() => void>();
  #talk: TalkKey;
  #chat: ChatRows;
  /** First line of a room when its older lines were last asked for: one request for each beginning. */
  #askedOlder = new Map<string, string>();

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#talk = new TalkKey(options.holdToTalk);
    this.#view = {
      size: options.size,
      tab: 'chat',
      line: EMPTY_LINE,
      history: EMPTY_HISTORY,
      anchors: new Map(),
      offsets: { settings: 0, help: 0 },
      flash: null,
    };
    this.#chat = this.#makeChat();
  }

  get view(): View {
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Wrapped lines for the width in force; the chat pane draws from the same memo that scrolling counts with. */
  get chat(): ChatRows {
    const { width, self } = this.#chat.format;
    if (width !== this.layout.main || self !== this.#options.session.state.self.name)
      this.#chat = this.#makeChat();
    return this.#chat;
  }

  get layout(): Layout {
    const alerts = alertsOf(this.#options.session.state).length + (this.#view.flash === null ? 0 : 1);
    return layoutOf(this.#view.size, alerts);
  }

  get talkKey(): string {
    return this.#options.talkKey;
  }

  setSize(size: Size): void {
    this.#set({ size });
    const { columns, pane } = this.layout;
    this.#options.shell.resize(columns, pane);
    this.#scrollPane(0);
  }

  /** One event of the keyboard; `now` in ms. */
  handle(event: KeyEvent, now: number): void {
    if (event.kind === 'key') this.#key(event, now);
    else if (event.kind === 'paste') this.#paste(event.text);
    else if (event.kind === 'focus' && !event.gained) this.#setTalking(this.#talk.focusLost());
  }

  /** When `tick` is due, ms; Infinity for never. */
  nextDeadline(): number {
    return this.#talk.nextDeadline();
  }

  tick(now: number): void {
    this.#setTalking(this.#talk.tick(now));
  }

  #key(key: KeyPress, now: number): void {
    const { voice } = this.#options.session.state;
    if (this.#talk.owns(key) || (key.event === 'press' && this.#isTalkKey(key))) {
      this.#setTalking(this.#talk.key(key, voice.talking, now));
      return;
    }
    // A held talk key repeats also where holding does not count.
    if (key.event === 'release' || (key.event === 'repeat' && this.#isTalkKey(key))) return;
    const command = lookUp(key);
    if (this.#view.tab === 'shell' && !(command && worksInShell(command))) this.#shellKey(key);
    else if (command) this.#run(command);
    else if (this.#view.tab === 'chat' && key.text !== '') this.#edit(insert(this.#view.line, key.text));
  }

  /** The configured key everywhere; space where nothing could be typed. */
  #isTalkKey(key: KeyPress): boolean {
    if (chordOf(key) === this.#options.talkKey) return true;
    const { tab, line } = this.#view;
    return chordOf(key) === 'space' && tab !== 'shell' && (tab !== 'chat' || line.text === '');
  }

  #setTalking(on: boolean | undefined): void {
    if (on !== undefined) this.#options.session.do({ do: 'talk', on });
  }

  #shellKey(key: KeyPress): void {
    const { shell } = this.#options;
    const { phase } = shell.screen;
    if (phase.at === 'running') shell.write(encodeKey(key, shell.screen));
    else if (key.name === 'enter') this.#startShell();
  }

  #startShell(): void {
    const { columns, pane } = this.layout;
    this.#options.shell.start(columns, pane);
  }

  #paste(text: string): void {
    const { shell } = this.#options;
    if (this.#view.tab === 'shell') shell.write(encodePaste(text, shell.screen));
    else if (this.#view.tab === 'chat') this.#edit(insert(this.#view.line, pasted(text)));
  }

  #run(command: UiCommand): void {
    switch (command.do) {
      case 'tab':
        return this.#showTab(command.tab);
      case 'next-tab':
        return this.#showTab(TABS[(TABS.indexOf(this.#view.tab) + 1) % TABS.length] ?? 'chat');
      case 'room':
        return this.#stepRoom(command.step);
      case 'quit':
        return this.#options.onQuit();
      case 'redraw':
        return this.#options.onRedraw();
      case 'escape':
        return this.#view.tab === 'chat' ? this.#backToNewest() : this.#showTab('chat');
      case 'scroll':
        return this.#scroll(command.by, command.step);
      case 'scroll-end':
        return this.#backToNewest();
      default:
        return this.#runOnLine(command);
    }
  }

  #runOnLine(
    command: Extract<UiCommand, { do: 'history' | 'edit' | 'send' | 'complete' | 'newline' }>,
  ): void {
    const { tab, line, history } = this.#view;
    if (tab !== 'chat') {
      // Without an input line the arrows scroll.
      if (command.do === 'history') this.#scrollPane(command.step);
      return;
    }
    switch (command.do) {
      case 'edit':
        return this.#edit(applyEdit(line, command.edit));
      case 'newline':
        return this.#edit(insert(line, '\n'));
      case 'history':
        return this.#set(recall(history, line, command.step));
      case 'complete':
        return this.#complete();
      case 'send':
        return this.#send();
    }
  }

  #edit(line: EditLine): void {
    this.#set({ line });
  }

  #complete(): void {
    const { text, cursor } = this.#view.line;
    const { rooms } = this.#options.session.state;
    const names = (this.#room()?.members ?? []).map(({ name }) => name);
    const before = complete(text.slice(0, cursor), [...names, ...rooms.map(({ name }) => name)]);
    if (before !== undefined) this.#edit({ text: before + text.slice(cursor), cursor: before.length });
  }

  #send(): void {
    const { line, history } = this.#view;
    const entered = parseEntered(line.text, this.#options.session.state);
    if (entered.kind === 'nothing') return this.#set({ flash: null });
    // An error leaves the line as it is, to be mended.
    if (entered.kind === 'error') return this.#tell(entered.text);
    this.#set({ line: EMPTY_LINE, history: remember(history, line.text), flash: null });
    this.#backToNewest();
    if (entered.kind === 'command') this.#options.session.do(entered.command);
    else if (entered.kind === 'help') this.#showTab('help');
    else this.#options.onQuit();
  }

  #tell(text: string): void {
    if (this.#options.session.state.current === null) this.#set({ flash: text });
    else this.#options.session.do({ do: 'notice', text });
  }

  #showTab(tab: Tab): void {
    this.#set({ tab });
    if (tab === 'shell' && this.#options.shell.screen.phase.at === 'idle') this.#startShell();
  }

  #room(): RoomState | undefined {
    const { rooms, current } = this.#options.session.state;
    return rooms.find(({ name }) => name === current);
  }

  #stepRoom(step: 1 | -1): void {
    const { rooms, current } = this.#options.session.state;
    const at = rooms.findIndex(({ name }) => name === current);
    const next = rooms[(at + step + rooms.length) % Math.max(1, rooms.length)];
    if (this.#view.tab !== 'chat') this.#showTab('chat');
    if (next && next.name !== current) this.#options.session.do({ do: 'show', room: next.name });
  }

  #backToNewest(): void {
    const room = this.#room();
    if (room) this.#setAnchor(room.name, null);
    else this.#set({ flash: null });
  }

  #scroll(by: 'page' | 'line', step: 1 | -1): void {
    const { tab } = this.#view;
    const { chat: height, pane } = this.layout;
    if (tab !== 'chat') return this.#scrollPane(step * (by === 'page' ? pane - 1 : 1));
    const room = this.#room();
    if (!room) return;
    const rows = step * (by === 'page' ? Math.max(1, height - 1) : 1);
    const moved = scroll(room.lines, this.chat, this.#view.anchors.get(room.name) ?? null, rows, height);
    this.#setAnchor(room.name, moved.anchor);
    if (moved.top && step < 0) this.#askOlder(room);
  }

  #askOlder(room: RoomState): void {
    const first = room.lines[0]?.id ?? '';
    if (!room.older || this.#askedOlder.get(room.name) === first) return;
    this.#askedOlder.set(room.name, first);
    this.#options.session.do({ do: 'older', room: room.name });
  }

  #setAnchor(room: string, anchor: Anchor): void {
    const anchors = new Map(this.#view.anchors);
    anchors.delete(room);
    if (anchor) anchors.set(room, anchor);
    const [oldest] = anchors.keys();
    if (anchors.size > MAX_ANCHORS && oldest !== undefined) anchors.delete(oldest);
    this.#set({ anchors, flash: null });
  }

  #scrollPane(by: number): void {
    const { tab, offsets } = this.#view;
    if (tab !== 'settings' && tab !== 'help') return;
    const { pane, columns } = this.layout;
    const last = Math.max(0, this.#options.paneRows(tab, columns) - pane);
    this.#set({ offsets: { ...offsets, [tab]: Math.min(last, Math.max(0, offsets[tab] + by)) } });
  }

  #makeChat(): ChatRows {
    const { timestamps, glyphs, session } = this.#options;
    return new ChatRows({ width: this.layout.main, timestamps, glyphs, self: session.state.self.name });
  }

  #set(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** Line breaks of a paste stay in the message; one at its end would only be in the way. */
function pasted(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replace(/\n+$/, '');
}
