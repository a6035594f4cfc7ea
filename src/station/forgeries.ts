/**
 * Bounds what forged datagrams cost. Pure.
 *
 * To see that a datagram is forged takes an AEAD. An address whose datagrams do not authenticate may make us try so many a
 * second, no more. It costs a member nothing: its known address is never asked about, and a new address of its
 * own is tried while tokens are left, which are taken by failures alone.
 */
import { type Rate, TokenBucket } from './limits.ts';

/** Failures of one address: 2 ms of an AEAD each second, and somewhat more once. */
const FAILURES: Rate = { burst: 4000, perSecond: 1000 };
/** Addresses are told apart by a hash, so that inventing addresses takes no memory of ours. */
const SLOTS = 1024;

export class Forgeries {
  readonly #slots: Array<TokenBucket | undefined> = new Array(SLOTS).fill(undefined);

  /** Whether a datagram from this address is worth trying to open. */
  admits(address: string, now: number): boolean {
    return this.#slots[slotOf(address)]?.holds(1, now) ?? true;
  }

  /** One from there did not authenticate. */
  failed(address: string, now: number): void {
    const slot = slotOf(address);
    const bucket = this.#slots[slot] ?? new TokenBucket(FAILURES, now);
    this.#slots[slot] = bucket;
    bucket.take(1, now);
  }
}

/** FNV-1a over the address's characters. */
function slotOf(address: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < address.length; at++) hash = Math.imul(hash ^ address.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % SLOTS;
}
