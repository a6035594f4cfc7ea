/**
 * How much goes out twice while a route is in doubt. Pure. Voice always does; of forwards only so much that a doubt caused by
 * overload does not make the overload worse.
 */
import { CHANNEL, type Channel } from './constants.ts';

/** A game's or a phone's datagrams, not a file's. */
const OTHERS_PER_SECOND = 200;

export class DuplicateBudget {
  #since = 0;
  #used = 0;

  allows(channel: Channel, now: number): boolean {
    if (channel === CHANNEL.voice) return true;
    if (now - this.#since >= 1000) {
      this.#since = now;
      this.#used = 0;
    }
    this.#used += 1;
    return this.#used <= OTHERS_PER_SECOND;
  }
}
