/** Everything on the screen that is not the session's, as one immutable value that the panes draw. */
import type { State } from '../session/state.ts';
import { countAlertRows } from './alert-rows.ts';
import type { Anchor } from './chat-window.ts';
import type { Target } from './drafts.ts';
import type { Tab } from './key-row.ts';
import { type Layout, layoutOf, type Size } from './layout.ts';
import { type EditLine, EMPTY_LINE } from './line-editor.ts';
import { noteRows, PLAIN_NOTES } from './note-rows.ts';
import type { ViMode } from './vi.ts';
import { SETTINGS_VIEW, type SettingsView } from './settings-view.ts';
import { AT_PROGRAM, type ShellView } from './shell-view.ts';
import { voiceRows } from './voice-rows.ts';

export interface View {
  readonly size: Size;
  readonly tab: Tab;
  readonly line: EditLine;
  /** The message that the line answers or changes. */
  readonly target: Target | null;
  /** What Tab offers, and which of it stands in the line (-1: none yet). */
  readonly completion: { readonly shown: readonly string[]; readonly at: number } | null;
  /** Vi's mode and the command being typed; null with readline's keys. */
  readonly vi: { readonly mode: ViMode; readonly keys: string } | null;
  /** The line that is chosen, to be answered or changed, by its id; null while none is. */
  readonly picked: string | null;
  /** Which of the messages that a search found is chosen. */
  readonly found: number;
  /** Where each room is scrolled to; a room that is not in it shows its newest line. */
  readonly anchors: ReadonlyMap<string, Anchor>;
  /** First row shown of the help. */
  readonly offsets: { readonly help: number };
  readonly settings: SettingsView;
  /** What keys do in the shell pane. */
  readonly shell: ShellView;
  /** The panel of /voice is shown. */
  readonly voices: boolean;
  /** The hint line is wanted. */
  readonly hints: boolean;
  /** The first of two chords, while the second is awaited; else ''. */
  readonly waiting: string;
  /** The terminal reports when a key is let go. */
  readonly releases: boolean;
  /** A sentence of the user interface while there is no room that could take it. */
  readonly flash: string | null;
}

/** The view in force; who subscribed hears of each change. */
export class LiveView {
  #view: View;
  #listeners = new Set<() => void>();

  constructor(size: Size, hints: boolean) {
    this.#view = {
      size,
      tab: 'chat',
      line: EMPTY_LINE,
      target: null,
      completion: null,
      vi: null,
      picked: null,
      found: 0,
      anchors: new Map(),
      offsets: { help: 0 },
      settings: SETTINGS_VIEW,
      shell: AT_PROGRAM,
      voices: false,
      hints,
      waiting: '',
      releases: false,
      flash: null,
    };
  }

  get now(): View {
    return this.#view;
  }

  set(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** How the screen is shared out: alerts, the flash, the panel of /voice and what belongs to the input take rows from the pane. */
export function layoutFor(view: View, state: State): Layout {
  const { size, flash, voices, hints } = view;
  const panel = voices ? voiceRows(state, size.columns, { ellipsis: '.' }).length : 0;
  const notes = noteRows(view, size.columns, PLAIN_NOTES).length;
  return layoutOf(size, { alerts: countAlertRows(state, flash, size.columns), panel, notes, hints });
}
