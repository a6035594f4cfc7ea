/** What a user can tell the session to do. The UI's command table and the headless commands both speak this. */
import type { ModerationCommand } from './moderation-commands.ts';
import type { FileCommand } from './file-state.ts';
import type { SettingsCommand } from './settings-commands.ts';
import type { ShellCommand } from './shell-state.ts';
import type { LoopbackMode, RecordingFormat, TalkMode } from './state.ts';
import type { TextCommand } from './text-commands.ts';

export type Command =
  | ModerationCommand
  | TextCommand
  | ShellCommand
  | FileCommand
  /** `action` says what we do (/me). */
  | { readonly do: 'post'; readonly room: string; readonly text: string; readonly action?: true }
  | { readonly do: 'join'; readonly room: string }
  | { readonly do: 'leave'; readonly room: string }
  /** Shows a joined room, marks it read, and moves voice there. */
  | { readonly do: 'show'; readonly room: string }
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
  | SettingsCommand
  /** Asks anew for the devices that can be chosen. */
  | { readonly do: 'devices' }
  /** Plays us back to ourselves through the station. */
  | { readonly do: 'loopback'; readonly mode: LoopbackMode }
  /** The terminal got or lost the focus. */
  | { readonly do: 'focus'; readonly gained: boolean }
  | { readonly do: 'mute'; readonly on: boolean }
  | { readonly do: 'deafen'; readonly on: boolean }
  /** How loud a person is, dB; remembered by its key, like what follows. */
  | { readonly do: 'volume'; readonly name: string; readonly db: number }
  | {
      readonly do: 'hear';
      readonly name: string;
      /** 'ignored' is not read, but heard. */
      readonly what: 'muted' | 'blocked' | 'ignored' | 'priority';
      readonly on: boolean;
    }
  /** Writes what is wanted of people as a notice into the current room. */
  | { readonly do: 'people' }
  /** Records what is said, into a new directory in `directory` or where recordings go. */
  | { readonly do: 'record'; readonly format: RecordingFormat | null; readonly directory: string | null }
  | { readonly do: 'record-stop' }
  /** Keeps the last seconds of what is said, or forgets them. */
  | { readonly do: 'keep'; readonly on: boolean }
  /** Plays the last seconds again, of one person or of all; 0 stops it. */
  | { readonly do: 'replay'; readonly seconds: number; readonly name: string | null }
  /** A line from the UI itself (help text, a usage error) for the current room. */
  | { readonly do: 'notice'; readonly text: string };
