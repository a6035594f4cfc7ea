/** The roles that a key has at a station and in its rooms, least first. Pure: both ends share it. */
import { z } from 'zod';

export const ROLES = ['guest', 'member', 'moderator', 'owner'] as const;
export type Role = (typeof ROLES)[number];

export const role = z.enum(ROLES);

/** 0 for a guest, 3 for an owner; -1 for who has no role at all. */
export function rank(of: Role | null): number {
  return of === null ? -1 : ROLES.indexOf(of);
}

/** The higher of two roles. */
export function higher(a: Role | null, b: Role | null): Role | null {
  return rank(a) >= rank(b) ? a : b;
}

/** "a guest", "an owner". */
export function withArticle(of: Role): string {
  return of === 'owner' ? 'an owner' : `a ${of}`;
}
