/** What text needs to know of roles and bans; who keeps those says it. */
import { VoiptermError } from '../errors.ts';
import type { Role } from '../net/control/roles.ts';

/** Keys by their fingerprints; rooms only, as a conversation is nobody's business but of its two. */
export interface TextRules {
  /** Whether a room is listed for a key, and its messages found. */
  mayRead(key: string, room: string): boolean;
  /** Before anything of a room is told. Throws with a sentence that says who may. */
  read(key: string, room: string): void;
  /** Before a post. */
  post(key: string, room: string): void;
  /** After one was taken. */
  wrote(key: string, room: string): void;
  require(key: string, room: string, action: 'post' | 'topic' | 'delete'): void;
  /** Whether a key is banned from the station. */
  isBanned(key: string): boolean;
  roleOf(key: string): Role;
}

/** A station without roles: everybody is a member, nobody is banned. */
export const WITHOUT_ROLES: TextRules = {
  mayRead: () => true,
  read: () => undefined,
  post: () => undefined,
  wrote: () => undefined,
  require: (_key, _room, action) => {
    if (action === 'delete') {
      throw new VoiptermError('control.forbidden', 'Only who wrote a message may delete it here.');
    }
  },
  isBanned: () => false,
  roleOf: () => 'member',
};
