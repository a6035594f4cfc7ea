/**
 * The talk key: a tap toggles; where the terminal reports releases, holding it is push-to-talk. Pure.
 *
 *   idle --press while silent--> down (talking) --release within HOLD_MS--> idle, still talking (a tap)
 *    |                             +--release later, focus lost, watchdog--> idle, silent
 *    +--press while talking--> idle, silent
 *
 * A terminal that reports no releases repeats a held key as if it were pressed again and again. Presses that come
 * faster than a finger can are such repeats: then their end is taken for the release.
 */
import type { KeyPress } from './key-event.ts';

/** A press shorter than this is a tap, ms. */
export const HOLD_MS = 300;
/** Keyboards repeat a held key many times a second; once they stopped for this long the release was lost, ms. */
export const REPEAT_LOST_MS = 3000;
/** A keyboard without repeat tells nothing while a key is held; nobody talks longer in one press, ms. */
export const HOLD_LIMIT_MS = 120_000;

/** Presses of one key closer together than this are a keyboard's repeats (it repeats each 25 to 90 ms). */
export const FAST_MS = 100;
/** So many fast presses in a row are a held key; fewer may be an impatient finger. */
const FAST_PRESSES = 2;
/** A held key without release reports counts as released once it stopped repeating for this long, ms. */
export const FAST_LOST_MS = 400;

export class TalkKey {
  /** Presses without release reports: when the last one came, and how many fast ones in a row. */
  #pressed = { name: '', at: Number.NEGATIVE_INFINITY, fast: 0 };
  #down: { name: string; since: number; repeatedAt: number | undefined } | undefined;
  #hold: boolean;

  /** @param hold whether holding counts at all; without it every press toggles. */
  constructor(hold: boolean) {
    this.#hold = hold;
  }

  /** True for the repeats and the release of a press that began as the talk key: they are not input. */
  owns(key: KeyPress): boolean {
    return this.#down !== undefined && this.#down.name === key.name && key.event !== 'press';
  }

  /** The key went down, repeats or went up; `now` in ms. Returns what talking should become, or undefined for no change. */
  key(key: KeyPress, talking: boolean, now: number): boolean | undefined {
    if (key.event === 'press') return this.#press(key, talking, now);
    if (!this.#down || this.#down.name !== key.name) return undefined;
    if (key.event === 'repeat') {
      this.#down.repeatedAt = now;
      return undefined;
    }
    const held = now - this.#down.since >= HOLD_MS;
    this.#down = undefined;
    return held ? false : undefined;
  }

  /** The window lost the focus, so the release will not come. */
  focusLost(): boolean | undefined {
    const held = this.#down !== undefined || (this.#hold && this.#pressed.fast >= FAST_PRESSES);
    this.#down = undefined;
    this.#pressed.fast = 0;
    return held ? false : undefined;
  }

  /** When `tick` is due, ms; Infinity for never. */
  nextDeadline(): number {
    if (this.#hold && this.#pressed.fast >= FAST_PRESSES) return this.#pressed.at + FAST_LOST_MS;
    if (!this.#down) return Number.POSITIVE_INFINITY;
    const { since, repeatedAt } = this.#down;
    return repeatedAt === undefined ? since + HOLD_LIMIT_MS : repeatedAt + REPEAT_LOST_MS;
  }

  /** The watchdog: a held key that says nothing any more stops talking. */
  tick(now: number): boolean | undefined {
    return now >= this.nextDeadline() ? this.focusLost() : undefined;
  }

  #press(key: KeyPress, talking: boolean, now: number): boolean | undefined {
    if (!key.releases) return this.#pressWithoutRelease(key, talking, now);
    this.#down = this.#hold && !talking ? { name: key.name, since: now, repeatedAt: undefined } : undefined;
    return !talking;
  }

  #pressWithoutRelease({ name }: KeyPress, talking: boolean, now: number): boolean | undefined {
    const { name: before, at, fast } = this.#pressed;
    const isFast = name === before && now - at < FAST_MS;
    this.#pressed = { name, at: now, fast: isFast ? fast + 1 : 0 };
    if (this.#pressed.fast < FAST_PRESSES) return !talking;
    // Held: talk until it ends; where holding does not count, the repeats are nothing.
    return this.#hold && !talking ? true : undefined;
  }
}
