/** Which connections each key has at the moment, how far off they are, and why the key is away. Pure. */

export class Presence {
  #ids = new Map<string, Set<number>>();
  #away = new Map<string, string>();
  #rtts = new Map<number, number>();

  enter(key: string, id: number): void {
    const ids = this.#ids.get(key) ?? new Set();
    ids.add(id);
    this.#ids.set(key, ids);
  }

  /** With its last connection a key is no longer away but gone. */
  leave(key: string, id: number): void {
    const ids = this.#ids.get(key);
    this.#rtts.delete(id);
    if (!ids?.delete(id) || ids.size > 0) return;
    this.#ids.delete(key);
    this.#away.delete(key);
  }

  /** Member ids of a key's connections. */
  idsOf(key: string): number[] {
    return [...(this.#ids.get(key) ?? [])];
  }

  isOnline(key: string): boolean {
    return this.#ids.has(key);
  }

  /** Notes the round trip that a connection says it measured, ms. */
  setRtt(id: number, ms: number): void {
    this.#rtts.set(id, ms);
  }

  /** The shortest of a key's round trips, ms; null if none was said. */
  rttOf(key: string): number | null {
    const known = this.idsOf(key).flatMap((id) => this.#rtts.get(id) ?? []);
    return known.length === 0 ? null : Math.min(...known);
  }

  /** Why a key is away; null while it is not. */
  awayOf(key: string): string | null {
    return this.#away.get(key) ?? null;
  }

  /** A key without a connection is not away. */
  setAway(key: string, text: string | null): void {
    if (text === null || !this.#ids.has(key)) this.#away.delete(key);
    else this.#away.set(key, text);
  }
}
