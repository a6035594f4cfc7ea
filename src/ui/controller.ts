/**
 * What keys do: takes key events, looks them up in the key table, and hands them to the pane that is shown, to the talk
 * keys, or carries out what works everywhere. Knows no React and no terminal.
 *
 * Time comes in through `now`; the owner calls `tick` at `nextDeadline` (ui.tsx).
 */
import type { Command } from '../session/commands.ts';
import type { SessionHandle } from '../session/handle.ts';
import type { ShellHandle } from '../session/shell.ts';
import { ChatKeys } from './chat-keys.ts';
import type { ChatRows } from './chat-rows.ts';
import { completionSources, NO_OTHERS, type OtherSources } from './completion-sources.ts';
import { Composer, type Sent } from './composer.ts';
import { helpAbout } from './help-about.ts';
import { HelpKeys } from './help-keys.ts';
import type { Found, KeyBindings, Place } from './key-bindings.ts';
import type { KeyEvent, KeyPress, MouseEvent } from './key-event.ts';
import { type EverywhereCommand, type KeyRow, TABS, type Tab } from './key-row.ts';
import { showChord } from './key-words.ts';
import type { Layout, Size } from './layout.ts';
import type { PaneKeys } from './pane-keys.ts';
import { statusWords } from './plain/status-words.ts';
import { Scrolling, type ScrollingOptions } from './scrolling.ts';
import { SettingsKeys } from './settings-keys.ts';
import { ShellKeys } from './shell-keys.ts';
import { isShared } from './shell-view.ts';
import type { TalkKeyStyle, TalkKeyWords } from './talk-key.ts';
import { tabClicked } from './tab-words.ts';
import { Talking } from './talking.ts';
import { LiveView, layoutFor, type View } from './view.ts';

export interface ControllerOptions extends ScrollingOptions {
  readonly session: SessionHandle;
  readonly shell: ShellHandle;
  readonly bindings: KeyBindings;
  readonly talkKeyStyle: TalkKeyStyle;
  readonly size: Size;
  /** The hint line is wanted; not unless it is said. */
  readonly hints?: boolean;
  /** Whose keys edit the input line; readline's unless it is said. */
  readonly editMode?: 'readline' | 'vi';
  /** What Tab offers besides what the session knows. */
  readonly candidates?: OtherSources;
  /** Opens $EDITOR on a text, where there is one. */
  readonly editText?: ((text: string) => Promise<string>) | undefined;
  readonly onQuit: () => void;
  readonly onRedraw: () => void;
}

/** What may change while it runs. */
export type ConfigurableOptions = Pick<
  ControllerOptions,
  'bindings' | 'talkKeyStyle' | 'timestamps' | 'glyphs' | 'hints' | 'editMode'
>;

/** Keys that lead nowhere for who is drawn for elsewhere, without sound. */
const OF_ONES_OWN = new Set(['talk', 'talk-empty', 'tab-settings', 'tab-shell']);

export class Controller {
  #options: ControllerOptions;
  #view: LiveView;
  #scrolling: Scrolling;
  #talking: Talking;
  #composer: Composer;
  #panes: Readonly<Record<Tab, PaneKeys>>;
  #undo: readonly (() => void)[];

  constructor(options: ControllerOptions) {
    const { session, shell } = options;
    this.#options = options;
    this.#view = new LiveView(options.size, options.hints ?? false);
    this.#scrolling = new Scrolling(this.#view, options);
    this.#talking = new Talking(session, options.talkKeyStyle);
    const { editText, editMode = 'readline', candidates = NO_OTHERS } = options;
    this.#composer = new Composer({
      view: this.#view,
      session,
      sources: () => completionSources(session.state, candidates),
      onSent: (sent) => this.#sent(sent),
      editText,
    });
    const composer = this.#composer;
    composer.setMode(editMode);
    const chat = new ChatKeys({
      ...{ view: this.#view, session, composer, scrolling: this.#scrolling, glyphs: options.glyphs },
    });
    this.#undo = [session.subscribe(() => chat.follow())];
    this.#panes = {
      chat,
      settings: new SettingsKeys({
        view: this.#view,
        session,
        layout: () => this.layout,
        glyphs: () => this.#options.glyphs,
      }),
      shell: new ShellKeys({ view: this.#view, session, shell, layout: () => this.layout }),
      help: new HelpKeys(this.#scrolling),
    };
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

  /** Other settings from now on. */
  configure(change: ConfigurableOptions): void {
    if (change.talkKeyStyle !== this.#options.talkKeyStyle) this.#talking.setStyle(change.talkKeyStyle);
    this.#options = { ...this.#options, ...change };
    this.#scrolling.configure(change);
    this.#composer.setMode(change.editMode ?? 'readline');
    this.#view.set({ hints: change.hints ?? false, waiting: '' });
  }

  /** The session goes on without this. */
  close(): void {
    for (const undo of this.#undo) undo();
  }

  get bindings(): KeyBindings {
    return this.#options.bindings;
  }

  /** Where keys go now. */
  get place(): Place {
    const { scopes, empty } = this.#pane;
    return { scopes: isShared(this.#options.session.state.shells) ? ['shared', ...scopes] : scopes, empty };
  }

  /** Names of the commands that matter now. */
  get hints(): readonly string[] {
    const { hints } = this.#pane;
    return this.#options.session.state.voice.absent ? hints.filter((name) => !OF_ONES_OWN.has(name)) : hints;
  }

  /** What the talk key is and does in this terminal. */
  get talkKeyWords(): TalkKeyWords {
    const { bindings, talkKeyStyle } = this.#options;
    const holds = talkKeyStyle === 'hold' || (talkKeyStyle === 'auto' && this.view.releases);
    const key = bindings.keyOf('talk') ?? bindings.keyOf('talk-empty');
    return { key: key === undefined ? '/talk' : showChord(key), holds };
  }

  /** The terminal reports when a key is let go. */
  setReleases(): void {
    this.#view.set({ releases: true });
  }

  setSize(size: Size): void {
    this.#view.set({ size });
    for (const pane of Object.values(this.#panes)) pane.resized?.();
    this.#scrolling.movePane(0);
  }

  /** One event of the keyboard; `now` in ms. */
  handle(event: KeyEvent, now: number): void {
    if (event.kind === 'key') this.#key(event, now);
    else if (event.kind === 'paste') this.#pane.paste(event.text);
    else if (event.kind === 'focus') this.#focus(event.gained);
    else if (event.kind === 'mouse') this.#mouse(event);
  }

  /** When `tick` is due, ms; Infinity for never. */
  nextDeadline(): number {
    return this.#talking.nextDeadline();
  }

  tick(now: number): void {
    this.#talking.tick(now);
  }

  get #pane(): PaneKeys {
    return this.#panes[this.view.tab];
  }

  /** The top row is the tabs'; all below it is the pane's. */
  #mouse(event: MouseEvent): void {
    const tab = tabClicked(event, this.#options.session.state, this.view.tab, this.layout);
    if (tab) this.#showTab(tab);
    else this.#pane.mouse?.(event);
  }

  #key(key: KeyPress, now: number): void {
    if (this.#pane.takes?.(key)) return;
    if (this.#talking.owns(key)) return this.#talking.key(key, now);
    const { waiting } = this.view;
    const found = this.bindings.lookUp(key, this.place, waiting);
    const talks = found.kind === 'command' && found.row.command.do === 'talk';
    if (key.event === 'press' && !talks) this.#talking.otherKey();
    // A held talk key repeats also where holding does not count.
    if (key.event === 'release' || (key.event === 'repeat' && talks)) return;
    const waits = found.kind === 'waits' ? found.prefix : '';
    if (waits !== waiting) this.#view.set({ waiting: waits });
    if (talks) this.#talking.key(key, now);
    else this.#found(found, key, waiting !== '');
  }

  /** @param after whether it is the second of two chords: it types nothing then. */
  #found(found: Found, key: KeyPress, after: boolean): void {
    if (found.kind === 'command') this.#run(found.row);
    else if (found.kind === 'nothing' && !after) this.#pane.other(key);
  }

  #focus(gained: boolean): void {
    if (!gained) this.#talking.focusLost();
    this.#pane.focus?.(gained);
    this.#options.session.do({ do: 'focus', gained });
  }

  #run({ scope, command }: KeyRow): void {
    // The rows of that scope have these commands only.
    if (scope === 'shared') this.#options.session.do({ do: 'shell-unshare' });
    else if (scope === 'everywhere') this.#everywhere(command as EverywhereCommand);
    else this.#pane.run(command);
  }

  #everywhere(command: EverywhereCommand): void {
    switch (command.do) {
      case 'tab':
        return this.#showTab(command.tab);
      case 'next-tab':
        return this.#showTab(TABS[(TABS.indexOf(this.view.tab) + 1) % TABS.length] ?? 'chat');
      case 'room':
        return this.#stepRoom(command.step);
      case 'quit':
        return this.#options.onQuit();
      case 'redraw':
        return this.#options.onRedraw();
      case 'scroll':
        return this.#pane.scroll(command.by, command.step);
      case 'scroll-end':
        return this.#scrolling.toNewest();
      case 'back':
        if (!this.#pane.back()) this.#showTab('chat');
        return;
      case 'status':
        return this.#tell(statusWords(this.#options.session.state));
      case 'talk':
        return; // #key has done it, which knows the time
    }
  }

  #sent(sent: Sent): void {
    this.#scrolling.toNewest();
    if (sent.kind === 'command') this.#do(sent.command);
    else if (sent.kind === 'help') this.#help(sent.about);
    else if (sent.kind === 'status') this.#tell(statusWords(this.#options.session.state));
    else if (sent.kind === 'older') this.#scrolling.move('page', -1);
    else if (sent.kind === 'voices') this.#view.set({ voices: !this.view.voices });
    else this.#options.onQuit();
  }

  #help(about: string): void {
    if (about === '') this.#showTab('help');
    else this.#tell(helpAbout(about, this.bindings));
  }

  /** A sentence for whoever sits here. */
  #tell(text: string): void {
    if (this.#options.session.state.current === null) this.#view.set({ flash: text });
    else this.#options.session.do({ do: 'notice', text });
  }

  /** A terminal that was opened comes to the front. */
  #do(command: Command): void {
    const { session } = this.#options;
    const { active } = session.state.shells;
    session.do(command);
    if (session.state.shells.active !== active) this.#showTab('shell');
  }

  #showTab(tab: Tab): void {
    const { tab: before } = this.view;
    if (tab === before) return;
    this.#panes[before].hidden?.();
    this.#view.set({ tab, waiting: '' });
    this.#panes[tab].shown?.();
  }

  #stepRoom(step: 1 | -1): void {
    const { rooms, current } = this.#options.session.state;
    const at = rooms.findIndex(({ name }) => name === current);
    const next = rooms[(at + step + rooms.length) % Math.max(1, rooms.length)];
    if (this.view.tab !== 'chat') this.#showTab('chat');
    if (next && next.name !== current) this.#options.session.do({ do: 'show', room: next.name });
  }
}
