/** What text needs to know of roles and bans; who keeps those (guard.ts) says it. */
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
