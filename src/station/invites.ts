/**
 * Invitations: makes tokens, knows them by their hashes, and gives what they promise once for each use. Guesses are counted
 * and limited for each address.
 */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { VoiptermError } from '../errors.ts';
import type { Invite } from '../net/control/schema.ts';
import { INVITE_TOKEN_BYTES, inviteToken, MAX_MODERATION_PAGE } from '../net/control/schema-moderation.ts';
import type { InviteRow, StationInvites } from '../store/station-invites.ts';
import type { Counters } from './counters.ts';
import { TokenBucket } from './limits.ts';

/** Wrong tokens of one address: a person who pastes badly, not a search; 144 bits are safe from both. */
const GUESSES = { burst: 10, perSecond: 0.1 } as const;
/** Addresses whose guesses are remembered; the oldest is forgotten first. */
const MAX_GUESSERS = 10_000;
const ID_LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const ID_CHARS = 8;

export interface Offer {
  readonly room: string | null;
  readonly role: 'guest' | 'member';
  readonly uses: number;
  /** How long it lasts, s; null for ever. */
  readonly seconds: number | null;
  readonly by: string;
  readonly byKey: string;
}

export class Invites {
  readonly #store: StationInvites;
  readonly #counters: Counters;
  readonly #guessers = new Map<string, TokenBucket>();

  constructor(store: StationInvites, counters: Counters) {
    this.#store = store;
    this.#counters = counters;
  }

  /** Makes one. The token is nowhere but in the answer. Throws 'control.limit'. */
  create(offer: Offer, now: number): { id: string; token: string; expires: number | null } {
    const token = makeToken();
    const id = Array.from({ length: ID_CHARS }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join('');
    const expires = offer.seconds === null ? null : now + offer.seconds * 1000;
    const { room, role, uses, by, byKey } = offer;
    const row = {
      id,
      hash: hashOf(token),
      room,
      role,
      uses,
      left: uses,
      by,
      byKey,
      at: now,
      expires,
      revoked: 0,
    };
    if (this.#store.add(row, now)) return { id, token, expires };
    throw new VoiptermError('control.limit', 'There are too many open invitations: revoke some first.');
  }

  /** Whether a text is the token of an invitation, open or over. A wrong one is a guess: after some, none is looked at. */
  knows(token: string, address: string, now: number): boolean {
    const guesses = this.#guessesOf(address, now);
    if (!guesses.holds(1, now)) {
      this.#counters.invitesLimited += 1;
      return false;
    }
    if (inviteToken.safeParse(token).success && this.#store.byHash(hashOf(token))) return true;
    guesses.take(1, now);
    this.#counters.invitesGuessed += 1;
    return false;
  }

  /** The invitation of a token that this key may use now. Throws 'control.auth-refused' with the reason. */
  usable(token: string, key: string, now: number): InviteRow {
    const row = this.#store.byHash(hashOf(token));
    const state = row === undefined ? 'revoked' : stateOf(row, now);
    if (row !== undefined && this.#store.wasUsedBy(row.id, key)) throw refused('you used it before');
    if (state !== 'open') throw refused(WHY_NOT[state]);
    if (row === undefined) throw refused(WHY_NOT.revoked);
    return row;
  }

  /** Uses it up by one and does what it gives, in one commit. Throws as usable. */
  redeem(token: string, key: string, now: number, give: (row: InviteRow) => void): InviteRow {
    const row = this.usable(token, key, now);
    if (!this.#store.use(row.id, key, now, () => give(row))) throw refused(WHY_NOT.used);
    this.#counters.invitesUsed += 1;
    return row;
  }

  /** Newest first: those that a key made, or all. */
  list(byKey: string | null, now: number): Invite[] {
    return this.#store
      .all()
      .filter((row) => byKey === null || row.byKey === byKey)
      .slice(0, MAX_MODERATION_PAGE)
      .map((row) => ({
        id: row.id,
        room: row.room,
        role: row.role,
        uses: row.uses,
        left: row.left,
        by: row.by,
        at: row.at,
        expires: row.expires,
        state: stateOf(row, now),
      }));
  }

  find(id: string): InviteRow | undefined {
    return this.#store.byId(id);
  }

  revoke(id: string): boolean {
    return this.#store.revoke(id);
  }

  #guessesOf(address: string, now: number): TokenBucket {
    const known = this.#guessers.get(address);
    if (known) return known;
    const made = new TokenBucket(GUESSES, now);
    for (const [oldest] of this.#guessers) {
      if (this.#guessers.size < MAX_GUESSERS) break;
      this.#guessers.delete(oldest);
    }
    this.#guessers.set(address, made);
    return made;
  }
}

/** Ends in a letter or digit: programs that look for addresses in a text leave marks at the end out. */
function makeToken(): string {
  const token = randomBytes(INVITE_TOKEN_BYTES).toString('base64url');
  return /[_-]$/.test(token) ? makeToken() : token;
}

const WHY_NOT: Readonly<Record<Exclude<Invite['state'], 'open'>, string>> = {
  used: 'it was used as often as it may be',
  expired: 'it has expired',
  revoked: 'it was withdrawn',
};

function refused(why: string): VoiptermError {
  return new VoiptermError(
    'control.auth-refused',
    `This invitation lets nobody in any more: ${why}. Ask for a new one.`,
  );
}

function stateOf(row: InviteRow, now: number): Invite['state'] {
  if (row.revoked === 1) return 'revoked';
  if (row.left <= 0) return 'used';
  return row.expires !== null && row.expires <= now ? 'expired' : 'open';
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
