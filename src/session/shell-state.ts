/** Terminals as the state knows them: tabs, who sees them, what others offer. The screens are not in it: they change too often. Types only. */
export type ShellKind = 'local' | 'station' | 'ssh' | 'watch';

/** A terminal of ours that others see. */
export interface ShellShare {
  readonly share: number;
  /** A room, or "@" and a name. */
  readonly place: string;
  /** Names of those who may type; nobody else may. */
  readonly writers: readonly string[];
  /** Names of those who look on now. */
  readonly watchers: readonly string[];
}

export interface ShellTab {
  readonly id: number;
  /** What the tab is called: as the user named it, else by its kind. As it came: whoever draws it must clean it. */
  readonly name: string;
  readonly kind: ShellKind;
  readonly shares: readonly ShellShare[];
  /** File that its output is recorded to, or null. */
  readonly recording: string | null;
  /** Its connections leave from the station. */
  readonly tunnel: boolean;
}

/** A terminal that somebody offers us to look at. */
export interface ShellOffer {
  readonly share: number;
  readonly from: string;
  readonly key: string;
  readonly place: string;
  readonly title: string;
  /** We may type in it. */
  readonly write: boolean;
}

export interface ShellsState {
  readonly tabs: readonly ShellTab[];
  /** Id of the tab that is shown, 0 for none. */
  readonly active: number;
  readonly offers: readonly ShellOffer[];
}

export const NO_SHELLS: ShellsState = { tabs: [], active: 0, offers: [] };

/** What a user can tell the session to do with terminals. */
export type ShellCommand =
  /** Opens a terminal in a tab of its own: `target` is user@host of 'ssh', or whose terminal it is of 'watch' ("" for the newest offer). */
  | { readonly do: 'shell-open'; readonly kind: ShellKind; readonly target: string }
  | { readonly do: 'shell-tab'; readonly step: 1 | -1 }
  /** Shows the tab with this place in the row, from 1. */
  | { readonly do: 'shell-show'; readonly place: number }
  | { readonly do: 'shell-close' }
  | { readonly do: 'shell-name'; readonly name: string }
  /** Shows the tab's terminal to a room or "@name"; with `write` those who are there now may type. */
  | { readonly do: 'shell-share'; readonly to: string; readonly write: boolean }
  /** Ends every share of every tab. */
  | { readonly do: 'shell-unshare' }
  /** Records the tab's output as an asciicast, or ends that with null. */
  | { readonly do: 'shell-record'; readonly file: string | null };
