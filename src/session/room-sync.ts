/**
 * Keeps one room's messages complete: a live message is taken only where it follows the last one held, else the
 * history in between is read first. So what the store holds never has a gap above where it began.
 */
import type { Message } from '../net/control/schema.ts';
import { type Caller, historyAfter, lastPage } from './history.ts';

/** Pages that one catch-up reads: 40,000 messages behind; beyond that it goes on with the newest page. */
const MAX_PAGES = 640;

export interface RoomSyncOptions {
  readonly room: string;
  /** Highest seq held without a gap, 0 for none. */
  readonly held: number;
  /** Every message is wanted, however many: no catch-up begins with the newest page instead. */
  readonly everything?: boolean;
  readonly call: Caller;
  /** Messages in order; `older` as in the state's event, when it is known; `live` if they were said just now. */
  readonly onMessages: (messages: readonly Message[], older?: boolean, live?: boolean) => void;
  readonly onError: (error: unknown) => void;
}

export class RoomSync {
  readonly #options: RoomSyncOptions;
  #held: number;
  /** Highest seq that the station is known to have. */
  #wanted = 0;
  #reading: Promise<void> | undefined;

  constructor(options: RoomSyncOptions) {
    this.#options = options;
    this.#held = options.held;
  }

  /** Highest seq held without a gap. */
  get held(): number {
    return this.#held;
  }

  /** Joined, on this or a new connection: reads what was missed. */
  joined(lastSeq: number): Promise<void> {
    this.#wanted = lastSeq;
    // A station whose history begins anew has a lower number than we hold.
    if (lastSeq < this.#held) this.#held = 0;
    return this.#catchUp();
  }

  /** A live message. */
  live(message: Message): void {
    this.#wanted = Math.max(this.#wanted, message.seq);
    if (this.#reading || message.seq <= this.#held) return;
    if (message.seq === this.#held + 1) this.#take([message], undefined, true);
    else void this.#catchUp();
  }

  /** A post of ours was acknowledged under this seq: true if it follows what is held, else it comes with the history. */
  acknowledged(seq: number): boolean {
    this.#wanted = Math.max(this.#wanted, seq);
    if (this.#reading || seq !== this.#held + 1) {
      if (seq > this.#held) void this.#catchUp();
      return false;
    }
    this.#held = seq;
    return true;
  }

  #catchUp(): Promise<void> {
    this.#reading ??= this.#read()
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { call, room, everything = false } = this.#options;
    if (!everything && this.#held === 0 && this.#wanted > 0) await this.#readLastPage();
    let pages = 0;
    while (this.#held < this.#wanted) {
      const before = this.#held;
      for await (const messages of historyAfter(call, room, this.#held)) {
        this.#take(messages);
        pages += 1;
        if (!everything && pages >= MAX_PAGES) return this.#readLastPage();
      }
      if (this.#held === before) return; // the station has no more than it gave
    }
  }

  async #readLastPage(): Promise<void> {
    const { messages, more } = await lastPage(this.#options.call, this.#options.room);
    this.#take(messages, more);
  }

  #take(messages: readonly Message[], older?: boolean, live?: boolean): void {
    const last = messages.at(-1);
    if (!last) return;
    this.#held = last.seq;
    this.#wanted = Math.max(this.#wanted, last.seq);
    this.#options.onMessages(messages, older, live);
  }
}
