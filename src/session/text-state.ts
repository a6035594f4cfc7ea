/** What belongs to text beyond the rooms and their lines: search, notifications, what is hidden. Types and their names only. */

/** The beginning of the message that another one answers. */
export interface Quote {
  readonly from: string;
  /** Its first line, shortened; "" for a message that was deleted. As it was written: whoever draws it must clean it. */
  readonly text: string;
}

/** A message that a search found. `room` is a place: a room's name or '@name'. */
export interface FoundLine {
  readonly room: string;
  readonly seq: number;
  readonly id: string;
  readonly from: string;
  /** Milliseconds since 1970 on the station's clock. */
  readonly at: number;
  /** As it was written: whoever draws it must clean it. */
  readonly text: string;
}

/** A search, shown as a list until it is closed; {do: 'jump'} goes to one of its messages. */
export interface SearchState {
  readonly query: string;
  /** The only place that is searched, or null for all. */
  readonly room: string | null;
  /** Newest first. What the local store has is there at once; the station's are merged in when they come. */
  readonly results: readonly FoundLine[];
  /** The station, or the store, has older ones: {do: 'search-more'}. */
  readonly more: boolean;
  /** The station has not answered yet. */
  readonly busy: boolean;
  /** Why the station's are missing ("offline: ..."), or null. */
  readonly note: string | null;
}

/** Something that the user should notice away from the screen. The UI gives the sign when `serial` has changed. */
export interface TextAlert {
  readonly serial: number;
  /** The place where it was said. */
  readonly room: string;
  /** When, ms since 1970 on our clock. */
  readonly at: number;
  /** Who and where, and the beginning of the text, as it was written: whoever shows it must clean it. */
  readonly title: string;
  readonly text: string;
  /** A direct message, a message that mentions us, or another that is unread. */
  readonly why: 'direct' | 'mention' | 'message';
}

/** How signs are given: "auto" is what the terminal is known to have. */
export const DESKTOP_MODES = ['auto', 'osc9', 'osc777', 'off'] as const;
export type DesktopMode = (typeof DESKTOP_MODES)[number];

export interface TextState {
  /** Why we are away ("" without a reason), or null while we are here. */
  readonly away: string | null;
  /** Only what these say is shown (names in small letters), or null for everybody. */
  readonly focus: readonly string[] | null;
  /** Who comes and goes is not told. */
  readonly quiet: boolean;
  /** Words besides our name that count as a mention. */
  readonly highlight: readonly string[];
  readonly search: SearchState | null;
  /** With which signs an alert is given: the terminal's bell, and how its desktop notifications are written. */
  readonly signs: { readonly bell: boolean; readonly desktop: DesktopMode };
  /** The newest, or null before the first. */
  readonly alert: TextAlert | null;
  /** The user looks at the chat, as far as the terminal tells: what is shown then is read. */
  readonly attentive: boolean;
  /** Messages that no station has acknowledged yet, over all places. */
  readonly unsent: number;
}
