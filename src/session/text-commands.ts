/** What a user can tell the session about text. Types only; ui/text-commands.ts reads them from what is typed. */

/** Which message is meant: the one with this seq; else the newest that fits, or the `back`th before it (1 is the newest). */
export interface Which {
  readonly seq?: number;
  readonly back?: number;
  /** Only what this person wrote. */
  readonly from?: string;
}

export type TextCommand =
  /** Opens the conversation with somebody and shows it; says `text` there unless it is "". */
  | { readonly do: 'msg'; readonly name: string; readonly text: string }
  /** Changes a message of ours: the last one, or that with the seq. */
  | { readonly do: 'edit'; readonly room: string; readonly text: string; readonly which?: Which }
  | { readonly do: 'delete'; readonly room: string; readonly which?: Which }
  /** Answers a message of another: the last one, or the one that is meant. */
  | { readonly do: 'reply'; readonly room: string; readonly text: string; readonly which?: Which }
  /** Loads the page of history before what is held. */
  | { readonly do: 'older'; readonly room: string }
  /** Loads the page after what is held, where RoomState.newer says that there is one. */
  | { readonly do: 'newer'; readonly room: string }
  /** Goes back to the newest messages. */
  | { readonly do: 'newest'; readonly room: string }
  /** Shows a place around one of its messages: see RoomState.jump. */
  | { readonly do: 'jump'; readonly room: string; readonly seq: number }
  /** Searches all places, or one: see SearchState. */
  | { readonly do: 'search'; readonly query: string; readonly room: string | null }
  | { readonly do: 'search-more' }
  | { readonly do: 'search-close' }
  /** Tells others that we are away ("" without a reason), or here again (null). */
  | { readonly do: 'away'; readonly text: string | null }
  /** Shows only what these say; null for everybody. */
  | { readonly do: 'focus-people'; readonly names: readonly string[] | null }
  /** Does not tell who comes and goes. */
  | { readonly do: 'quiet'; readonly on: boolean }
  /** The chat is in view, or something else is: what is said meanwhile is not read. */
  | { readonly do: 'look'; readonly on: boolean }
  /** Writes who somebody is as a notice into the current room. */
  | { readonly do: 'whois'; readonly name: string }
  | { readonly do: 'nick'; readonly name: string }
  /** Changes a room's topic ("" removes it), or tells it (null). */
  | { readonly do: 'topic'; readonly room: string; readonly text: string | null }
  /** Writes what is not acknowledged yet as a notice into the current room. */
  | { readonly do: 'outbox' };
