/** Members who may not speak in a room, so that their voice is carried nowhere. Pure: told the time in ms, any monotonic clock. */

export class Hushed {
  /** Member to room to when it ends. Most stations have nobody in it, so asking costs nothing. */
  readonly #until = new Map<number, Map<string, number>>();

  /** Nobody hears the member in that room until then; 0 lets it be heard. */
  set(id: number, room: string, until: number): void {
    if (until <= 0) return this.leave(id, room);
    const rooms = this.#until.get(id) ?? new Map<string, number>();
    rooms.set(room, until);
    this.#until.set(id, rooms);
  }

  has(id: number, room: string | null, now: number): boolean {
    if (room === null || this.#until.size === 0) return false;
    return (this.#until.get(id)?.get(room) ?? 0) > now;
  }

  leave(id: number, room: string): void {
    const rooms = this.#until.get(id);
    if (rooms?.delete(room) && rooms.size === 0) this.#until.delete(id);
  }
}
