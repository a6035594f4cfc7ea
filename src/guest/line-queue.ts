/**
 * Lines of the control protocol on their way to the guests' thread. Pure. What is for many goes once, what comes meanwhile is
 * sent together, and a guest who is behind loses messages of rooms, of which the newest is enough to read the rest again.
 */
import type { GuestLines } from './messages.ts';

/** Waiting for one guest, UTF-16 units, until messages of rooms are passed over. */
export const BEHIND_CHARS = 512 * 1024;
/** And until it is hopeless: a station that answers much, or a thread that stands still. */
export const MAX_CHARS = 4 * 1024 * 1024;
/** How notificationLine writes a message: what is before the first comma says which place it is of. */
const MESSAGE = '{"jsonrpc":"2.0","method":"room.message","params":{';

interface Entry {
  readonly line: string;
  readonly to: number[];
}

export class LineQueue {
  #entries: Entry[] = [];
  #waiting = new Map<number, number>();
  /** Of guests who are behind: the newest message of each place. */
  #newest = new Map<number, Map<string, string>>();

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** False if the guest cannot be helped: it must go. */
  push(id: number, line: string): boolean {
    const waiting = this.#waiting.get(id) ?? 0;
    if (waiting > BEHIND_CHARS && line.startsWith(MESSAGE)) {
      const places = this.#newest.get(id) ?? new Map<string, string>();
      places.set(line.slice(MESSAGE.length, line.indexOf(',', MESSAGE.length)), line);
      this.#newest.set(id, places);
      return true;
    }
    this.#waiting.set(id, waiting + line.length);
    const last = this.#entries.at(-1);
    if (last?.line === line) last.to.push(id);
    else this.#entries.push({ line, to: [id] });
    return waiting + line.length <= MAX_CHARS;
  }

  /** All that waits; the queue is empty then. */
  take(): GuestLines {
    const taken = this.#entries;
    const newest = this.#newest;
    this.#entries = [];
    this.#waiting = new Map();
    this.#newest = new Map();
    for (const [id, places] of newest) for (const line of places.values()) taken.push({ line, to: [id] });
    return taken;
  }

  /** Nobody reads its lines any more. */
  forget(id: number): void {
    this.#waiting.delete(id);
    this.#newest.delete(id);
  }
}
