/**
 * The user's terminals: tabs of which one is shown, and what the user tells them to do.
 *
 * As a ShellHandle it is the terminal shown, so that the pane that draws it need not know of the others.
 */
import { assertNever, sentenceOf, VoiptermError } from '../errors.ts';
import type { StationNotification } from '../net/control/schema.ts';
import { type ShellHandle, TerminalShell } from './shell.ts';
import { changeTab, type OwnTab, type ShellContext } from './shell-context.ts';
import type { Launch } from './shell-program.ts';
import { Recordings } from './shell-record.ts';
import { IDLE, type ShellScreen } from './shell-screen.ts';
import { Sharing } from './shell-share.ts';
import type { ShellCommand, ShellKind } from './shell-state.ts';
import { Watching } from './shell-watch.ts';

/** Terminals of one user: with all their kept rows some 40 MB, and more than anybody finds again. */
export const MAX_TABS = 12;
const MAX_NAME = 32;

/** How a terminal of each kind begins; a kind that is missing is not to be had. */
export interface ShellPrograms {
  /** `tunneled` is told whether its connections leave from the station. */
  readonly local?: (tunneled: (on: boolean) => void) => Launch;
  readonly station?: () => Launch;
  /** Throws 'usage.invalid' for a target that makes no sense. */
  readonly ssh?: (target: string) => Launch;
  /** Rows kept above each screen. */
  readonly scrollback?: number;
}

interface Tab {
  readonly id: number;
  readonly terminal: ShellHandle;
}

export class Shells implements ShellHandle {
  readonly #context: ShellContext;
  readonly #programs: ShellPrograms;
  readonly #sharing: Sharing;
  readonly #watching: Watching;
  readonly #recordings: Recordings;
  readonly #listeners = new Set<() => void>();
  #tabs: Tab[] = [];
  #active: Tab | undefined;
  #unsubscribe: () => void = () => undefined;
  #size = { columns: 80, rows: 24 };
  #nextId = 1;

  constructor(context: ShellContext, programs: ShellPrograms) {
    this.#context = context;
    this.#programs = programs;
    this.#sharing = new Sharing(context);
    this.#watching = new Watching(context);
    this.#recordings = new Recordings(context);
  }

  // The terminal shown ------------------------------------------------------------------------------------

  get screen(): ShellScreen {
    return this.#active?.terminal.screen ?? IDLE;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first time, that opens the user's own shell. */
  start(columns: number, rows: number): void {
    this.#size = { columns, rows };
    if (this.#active) return this.#active.terminal.start(columns, rows);
    try {
      this.#open('local', '');
    } catch (error) {
      this.#context.notice(sentenceOf(error));
    }
  }

  write(text: string): void {
    this.#active?.terminal.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    this.#active?.terminal.resize(columns, rows);
  }

  scroll(rows: number | 'end'): void {
    this.#active?.terminal.scroll(rows);
  }

  find(text: string, step: 1 | -1): boolean {
    return this.#active?.terminal.find(text, step) ?? false;
  }

  /** Ends every terminal; files of recordings are whole by then. */
  async close(): Promise<void> {
    for (const { id } of [...this.#tabs]) this.#closeTab(id);
    await this.#recordings.closed();
  }

  // What happens ------------------------------------------------------------------------------------------

  /** Carries a command out; rejects with what went wrong. */
  async do(command: ShellCommand): Promise<void> {
    switch (command.do) {
      case 'shell-open':
        return this.#open(command.kind, command.target);
      case 'shell-tab':
        return this.#step(command.step);
      case 'shell-show':
        return this.#show(this.#tabs[command.place - 1]);
      case 'shell-close':
        return this.#closeTab(this.#own().id);
      case 'shell-name':
        return changeTab(this.#context, this.#own().id, () => ({ name: command.name.slice(0, MAX_NAME) }));
      case 'shell-share':
        return this.#sharing.share(this.#ownTerminal('share'), command.to, command.write);
      case 'shell-unshare':
        return this.#sharing.endAll();
      case 'shell-record':
        return this.#recordings.set(this.#ownTerminal('record'), command.file);
      default:
        return assertNever(command);
    }
  }

  /** What the station says of terminals. */
  notified(notification: StationNotification): void {
    this.#sharing.notified(notification);
    this.#watching.notified(notification);
  }

  /** The connection is gone, and with it every share: nothing is shown again unless it is asked for. */
  offline(): void {
    this.#sharing.offline();
    this.#watching.offline();
  }

  // Tabs --------------------------------------------------------------------------------------------------

  #open(kind: ShellKind, target: string): void {
    if (this.#tabs.length >= MAX_TABS)
      throw new VoiptermError('usage.invalid', `there are ${MAX_TABS} shells already; close one first`);
    const id = this.#nextId++;
    const { terminal, name } = this.#make(id, kind, target);
    const tab = { id, terminal };
    this.#tabs = [...this.#tabs, tab];
    const { tabs } = this.#context.state().shells;
    const shown = { id, name, kind, shares: [], recording: null, tunnel: false };
    this.#context.apply({ tabs: [...tabs, shown] });
    this.#show(tab);
    const { columns, rows } = this.#size;
    terminal.start(columns, rows);
  }

  #make(id: number, kind: ShellKind, target: string): { terminal: ShellHandle; name: string } {
    const { local, station, ssh } = this.#programs;
    switch (kind) {
      case 'watch':
        return this.#watching.open(target);
      case 'local':
        if (!local) throw nothing('there is no shell of this machine here');
        return this.#terminal(
          local((tunnel) => changeTab(this.#context, id, () => ({ tunnel }))),
          'shell',
        );
      case 'station':
        if (!station) throw nothing('there is no shell of the station here');
        return this.#terminal(station(), 'station');
      case 'ssh':
        if (!ssh) throw nothing('there is no ssh here');
        return this.#terminal(ssh(target), target.slice(0, MAX_NAME));
    }
  }

  #terminal(launch: Launch, name: string): { terminal: ShellHandle; name: string } {
    const { scrollback } = this.#programs;
    const { log } = this.#context;
    const terminal = new TerminalShell({ launch, log, ...(scrollback === undefined ? {} : { scrollback }) });
    return { terminal, name };
  }

  #show(tab: Tab | undefined): void {
    if (!tab) return;
    this.#unsubscribe();
    this.#active = tab;
    this.#unsubscribe = tab.terminal.subscribe(() => this.#changed());
    const { columns, rows } = this.#size;
    tab.terminal.resize(columns, rows);
    this.#context.apply({ active: tab.id });
    this.#changed();
  }

  #step(step: 1 | -1): void {
    const count = this.#tabs.length;
    const at = this.#active ? this.#tabs.indexOf(this.#active) : -1;
    if (count > 0) this.#show(this.#tabs[(at + step + count) % count]);
  }

  #closeTab(id: number): void {
    const at = this.#tabs.findIndex((tab) => tab.id === id);
    const tab = this.#tabs[at];
    if (!tab) return;
    this.#sharing.closed(id);
    this.#recordings.end(id);
    tab.terminal.close();
    this.#tabs = this.#tabs.filter((other) => other !== tab);
    this.#context.apply({ tabs: this.#context.state().shells.tabs.filter((other) => other.id !== id) });
    if (tab !== this.#active) return;
    this.#unsubscribe();
    this.#active = undefined;
    const next = this.#tabs[Math.min(at, this.#tabs.length - 1)];
    if (next) return this.#show(next);
    this.#context.apply({ active: 0 });
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #own(): Tab {
    if (this.#active) return this.#active;
    throw nothing('there is no shell yet; open one: /shell');
  }

  #ownTerminal(what: 'share' | 'record'): OwnTab {
    const { id, terminal } = this.#own();
    if (terminal instanceof TerminalShell) return { id, terminal };
    throw nothing(`you can ${what} your own shells only, not one that you look at`);
  }
}

function nothing(text: string): VoiptermError {
  return new VoiptermError('usage.invalid', text);
}
