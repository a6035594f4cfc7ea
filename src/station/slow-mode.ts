/** When each key wrote last in a room with slow mode. Pure: told the time in ms, any monotonic clock. */

/** Keys that are remembered in all; who is forgotten may write at once. */
const MAX_WRITERS = 20_000;

export class SlowMode {
  /** "room key" to when, oldest first. */
  readonly #last = new Map<string, number>();

  /** How long a key must still wait, ms; 0 if it may write now. */
  leftMs(room: string, key: string, slowS: number, now: number): number {
    const last = this.#last.get(`${room} ${key}`);
    return last === undefined ? 0 : Math.max(0, last + slowS * 1000 - now);
  }

  wrote(room: string, key: string, now: number): void {
    const entry = `${room} ${key}`;
    this.#last.delete(entry);
    this.#last.set(entry, now);
    if (this.#last.size <= MAX_WRITERS) return;
    for (const [oldest] of this.#last) {
      this.#last.delete(oldest);
      return;
    }
  }
}
