/**
 * What keys do: takes key events, changes the view, tells session and shell. Knows no React and no terminal.
 *
 * Time comes in through `now`; the owner calls `tick` at `nextDeadline` (ui.tsx).
 */
import type { SessionHandle } from '../session/handle.ts';
import type { ShellHandle } from '../session/shell.ts';
import type { ChatRows } from './chat-rows.ts';
import { Composer, type Sent } from './composer.ts';
import { encodeKey, encodePaste } from './key-encode.ts';
import { chordOf, type KeyEvent, type KeyPress } from './key-event.ts';
import { lookUp, showChord, TABS, type Tab, type UiCommand, worksInShell } from './keys.ts';
import type { Layout, Size } from './layout.ts';
import { Scrolling, type ScrollingOptions } from './scrolling.ts';
import { soundItems, type TalkKeyWords } from './sound-rows.ts';
import { TalkKey, type TalkKeyStyle, type TalkWish } from './talk-key.ts';
import { LiveView, layoutFor, type View } from './view.ts';

export interface ControllerOptions extends ScrollingOptions {
  readonly session: SessionHandle;
  readonly shell: ShellHandle;
  /** In the table's spelling ("ctrl+t"), see parseChord. */
  readonly talkKey: string;
  readonly talkKeyStyle: TalkKeyStyle;
  readonly size: Size;
  readonly onQuit: () => void;
  readonly onRedraw: () => void;
}

export class Controller {
  #options: ControllerOptions;
  #view: LiveView;
  #scrolling: Scrolling;
  #composer: Composer;
  #talk: TalkKey;
  /** The talk key where the microphone is open by itself. */
  #muteKey = new TalkKey('toggle');

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#view = new LiveView(options.size);
    this.#scrolling = new Scrolling(this.#view, options);
    this.#composer = new Composer(this.#view, options.session, (sent) => this.#sent(sent));
    this.#talk = new TalkKey(options.talkKeyStyle);
  }

  get view(): View {
    return this.#view.now;
  }

  subscribe(listener: () => void): () => void {
    return this.#view.subscribe(listener);
  }

  /** Wrapped lines for the width in force. */
  get chat(): ChatRows {
    return this.#scrolling.chat;
  }

  get layout(): Layout {
    return layoutFor(this.view, this.#options.session.state);
  }

  get talkKey(): string {
    return this.#options.talkKey;
  }

  /** What the talk key is and does in this terminal. */
  get talkKeyWords(): TalkKeyWords {
    const { talkKey, talkKeyStyle } = this.#options;
    const holds = talkKeyStyle === 'hold' || (talkKeyStyle === 'auto' && this.view.releases);
    return { key: showChord(talkKey), holds };
  }

  /** The terminal reports when a key is let go. */
  setReleases(): void {
    this.#view.set({ releases: true });
  }

  setSize(size: Size): void {
    this.#view.set({ size });
    const { columns, pane } = this.layout;
    this.#options.shell.resize(columns, pane);
    this.#scrolling.movePane(0);
  }

  /** One event of the keyboard; `now` in ms. */
  handle(event: KeyEvent, now: number): void {
    if (event.kind === 'key') this.#key(event, now);
    else if (event.kind === 'paste') this.#paste(event.text);
    else if (event.kind === 'focus') this.#focus(event.gained);
  }

  /** When `tick` is due, ms; Infinity for never. */
  nextDeadline(): number {
    return Math.min(this.#talk.nextDeadline(), this.#muteKey.nextDeadline());
  }

  tick(now: number): void {
    this.#setTalking(this.#talk.tick(now));
    this.#setMuted(this.#muteKey.tick(now));
  }

  #key(key: KeyPress, now: number): void {
    if (this.#talk.owns(key) || this.#muteKey.owns(key) || (key.event === 'press' && this.#isTalkKey(key))) {
      this.#talkKey(key, now);
      return;
    }
    if (key.event === 'press') this.#talk.otherKey();
    // A held talk key repeats also where holding does not count.
    if (key.event === 'release' || (key.event === 'repeat' && this.#isTalkKey(key))) return;
    const command = lookUp(key);
    const { tab } = this.view;
    if (tab === 'shell' && !(command && worksInShell(command))) this.#shellKey(key);
    else if (command) this.#run(command);
    else if (tab === 'chat' && key.text !== '') this.#composer.type(key.text);
  }

  /** The configured key everywhere; space where nothing could be typed. */
  #isTalkKey(key: KeyPress): boolean {
    if (chordOf(key) === this.#options.talkKey) return true;
    const { tab, line } = this.view;
    return chordOf(key) === 'space' && tab !== 'shell' && (tab !== 'chat' || line.text === '');
  }

  /** It opens and closes the microphone; where that is open by itself, it mutes. */
  #talkKey(key: KeyPress, now: number): void {
    const { mode, talking, muted } = this.#options.session.state.voice;
    if (this.#talk.owns(key) || (mode === 'push' && !this.#muteKey.owns(key)))
      this.#setTalking(this.#talk.key(key, talking, now));
    else this.#setMuted(this.#muteKey.key(key, !muted, now));
  }

  #focus(gained: boolean): void {
    if (!gained) this.#setTalking(this.#talk.focusLost());
    this.#options.session.do({ do: 'focus', gained });
  }

  #setTalking(wish: TalkWish | undefined): void {
    if (wish === undefined) return;
    this.#options.session.do({ do: 'talk', on: wish !== 'silence', latched: wish === 'latch' });
  }

  #setMuted(wish: TalkWish | undefined): void {
    if (wish !== undefined) this.#options.session.do({ do: 'mute', on: wish === 'silence' });
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
    if (this.view.tab === 'shell') shell.write(encodePaste(text, shell.screen));
    else if (this.view.tab === 'chat') this.#composer.paste(text);
  }

  #run(command: UiCommand): void {
    const { tab } = this.view;
    switch (command.do) {
      case 'tab':
        return this.#showTab(command.tab);
      case 'next-tab':
        return this.#showTab(TABS[(TABS.indexOf(tab) + 1) % TABS.length] ?? 'chat');
      case 'room':
        return this.#stepRoom(command.step);
      case 'quit':
        return this.#options.onQuit();
      case 'redraw':
        return this.#options.onRedraw();
      case 'escape':
        return tab === 'chat' ? this.#scrolling.toNewest() : this.#showTab('chat');
      case 'scroll':
        return this.#scrolling.move(command.by, command.step);
      case 'scroll-end':
        return this.#scrolling.toNewest();
      default:
        if (tab === 'chat') this.#composer.run(command);
        else if (tab === 'settings') this.#sound(command);
        // Without an input line the arrows scroll.
        else if (command.do === 'history') this.#scrolling.movePane(command.step);
    }
  }

  #sent(sent: Sent): void {
    this.#scrolling.toNewest();
    if (sent.kind === 'command') this.#options.session.do(sent.command);
    else if (sent.kind === 'help') this.#showTab('help');
    else if (sent.kind === 'voices') this.#view.set({ voices: !this.view.voices });
    else this.#options.onQuit();
  }

  /** Arrows in the settings: up and down choose, left and right change; past the last one they scroll. */
  #sound(command: UiCommand): void {
    const { session } = this.#options;
    const { soundItem, offsets } = this.view;
    const items = soundItems(session.state, this.talkKeyWords);
    if (command.do === 'history') {
      const next = soundItem + command.step;
      const scrolls = next >= items.length || (command.step < 0 && offsets.settings > 0);
      if (scrolls) this.#scrolling.movePane(command.step);
      else this.#view.set({ soundItem: Math.max(0, next) });
    } else if (command.do === 'edit' && (command.edit === 'left' || command.edit === 'right')) {
      const change = items[soundItem]?.step(command.edit === 'left' ? -1 : 1);
      if (change) session.do(change);
    }
  }

  #showTab(tab: Tab): void {
    const { session } = this.#options;
    // The test of sound ends with the pane that shows it.
    if (tab !== 'settings' && session.state.sound.loopback !== 'off')
      session.do({ do: 'loopback', mode: 'off' });
    if (tab === 'settings' && this.view.tab !== 'settings') session.do({ do: 'devices' });
    this.#view.set({ tab });
    if (tab === 'shell' && this.#options.shell.screen.phase.at === 'idle') this.#startShell();
  }

  #stepRoom(step: 1 | -1): void {
    const { rooms, current } = this.#options.session.state;
    const at = rooms.findIndex(({ name }) => name === current);
    const next = rooms[(at + step + rooms.length) % Math.max(1, rooms.length)];
    if (this.view.tab !== 'chat') this.#showTab('chat');
    if (next && next.name !== current) this.#options.session.do({ do: 'show', room: next.name });
  }
}
