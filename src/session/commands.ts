/** What a user can tell the session to do. The UI's command table and the headless commands both speak this. */
import type { TalkMode } from './state.ts';

export type Command =
  | { readonly do: 'post'; readonly room: string; readonly text: string }
  | { readonly do: 'join'; readonly room: string }
  | { readonly do: 'leave'; readonly room: string }
  /** Shows a joined room, marks it read, and moves voice there. */
  | { readonly do: 'show'; readonly room: string }
  /** Loads the page of history before what is held. */
  | { readonly do: 'older'; readonly room: string }
  /** Writes the station's rooms as a notice into the current room. */
  | { readonly do: 'rooms' }
  /** Writes the members of a room as a notice into the current room. */
  | { readonly do: 'who'; readonly room: string }
  /** Opens a forward: -L, -R or -D and what OpenSSH has behind it. */
  | { readonly do: 'forward'; readonly option: string; readonly spec: string }
  | { readonly do: 'unforward'; readonly id: number }
  /** Writes all forwards with what they carried as a notice into the current room. */
  | { readonly do: 'forwards' }
  /** Opens or closes the microphone; `latched` unless a key is held for it. */
  | { readonly do: 'talk'; readonly on: boolean; readonly latched?: boolean }
  /** What a talk key outside of the terminal does. */
  | { readonly do: 'push'; readonly how: 'down' | 'up' | 'toggle' }
  | { readonly do: 'talk-mode'; readonly mode: TalkMode }
  /** The terminal got or lost the focus. */
  | { readonly do: 'focus'; readonly gained: boolean }
  | { readonly do: 'mute'; readonly on: boolean }
  | { readonly do: 'deafen'; readonly on: boolean }
  /** A line from the UI itself (help text, a usage error) for the current room. */
  | { readonly do: 'notice'; readonly text: string };
