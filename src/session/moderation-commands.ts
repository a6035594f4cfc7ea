/**
 * What a user can tell the session about roles, rooms' rules and invitations. Types only; ui/moderation-commands.ts reads them
 * from what is typed. `room: null` means the station as a whole.
 */
import type { Role } from '../net/control/roles.ts';
import type { RoomSettings } from '../net/control/schema.ts';

export type ModerationCommand =
  | { readonly do: 'kick'; readonly room: string | null; readonly who: string; readonly reason: string }
  | {
      readonly do: 'ban';
      readonly room: string | null;
      readonly who: string;
      /** Null for good. */
      readonly seconds: number | null;
      readonly reason: string;
      /** The addresses that they come from now as well. */
      readonly address: boolean;
    }
  | { readonly do: 'unban'; readonly room: string | null; readonly who: string }
  /** For everybody in a room: not to be mixed up with `hear`, which is about our own ears. */
  | {
      readonly do: 'silence';
      readonly room: string;
      readonly who: string;
      readonly on: boolean;
      readonly seconds: number | null;
      readonly reason: string;
    }
  | {
      readonly do: 'role';
      readonly room: string | null;
      readonly who: string;
      /** Null takes it away. */
      readonly role: Role | null;
    }
  /** Writes bans and silences as a notice into the current room. */
  | { readonly do: 'bans'; readonly room: string | null }
  /** Changes a room's rules, or with nothing to change writes them as a notice. */
  | { readonly do: 'room-rules'; readonly room: string; readonly change: Partial<RoomSettings> }
  /** Makes a line for somebody who has no key here yet, and writes it as a notice. */
  | {
      readonly do: 'invite';
      readonly room: string | null;
      readonly uses: number;
      readonly seconds: number;
      readonly role: 'guest' | 'member';
    }
  | { readonly do: 'invites' }
  | { readonly do: 'uninvite'; readonly id: string }
  /** Takes what an invitation to this station gives to a key that is in already. */
  | { readonly do: 'redeem'; readonly line: string }
  /** Writes what moderators did as a notice. */
  | { readonly do: 'audit'; readonly room: string | null }
  /** Takes the key that somebody has now for theirs, after an alarm. */
  | { readonly do: 'trust'; readonly name: string };
