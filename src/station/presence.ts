/** Which connections each key has at the moment, and why it is away. Pure. */

export class Presence {
  #ids = new Map<string, Set<number>>();
  #away = new Map<string, string>();

  enter(key: string, id: number): void {
    const ids = this.#ids.get(key) ?? new Set();
    ids.add(id);
    this.#ids.set(key, ids);
  }

  /** With its last connection a key is no longer away but gone. */
  leave(key: string, id: number): void {
    const ids = this.#ids.get(key);
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
