/**
 * Moves the window of a room's lines: older and newer pages, back to the newest, to one message. The store is asked first,
 * and the station for what the store does not have; what it gives is kept.
 */
import type { Message } from '../net/control/schema.ts';
import { MAX_HISTORY_PAGE } from '../net/control/schema.ts';
import type { Archive } from './archive.ts';
import type { Caller } from './history.ts';
import { lastPage } from './history.ts';
import { firstSeq, lastSeq, type MessageLine, messageAt } from './lines.ts';
import type { LiveState } from './live-state.ts';
import { keptOf } from './message-lines.ts';
import type { RoomState } from './state.ts';

/** Lines of a room that are shown at the start, or after a jump. */
export const SHOWN_LINES = 200;
/** Lines that one step through the store loads: some screens. */
const PAGE = 128;

export interface PagingOptions {
  readonly live: LiveState;
  readonly archive: Archive;
  readonly call: Caller;
  /** Shows again, at the end of the lines, what still waits for the station. */
  readonly showWaiting: (room: string) => void;
}

export class Paging {
  readonly #options: PagingOptions;
  /** Pages that the station was asked for: one at a time for each place and side. */
  readonly #asked = new Set<string>();

  constructor(options: PagingOptions) {
    this.#options = options;
  }

  /** Loads the page before the first line held. */
  async older(name: string): Promise<void> {
    const { archive, live, call } = this.#options;
    const room = this.#room(name);
    const first = firstSeq(room?.lines ?? []);
    if (!room?.older || first <= 1) return;
    const stored = endingAt(archive.recent(name, PAGE, first), first - 1);
    const begin = stored[0]?.seq ?? 0;
    if (begin > 0)
      return live.apply({ kind: 'page', room: name, side: 'older', messages: stored, more: begin > 1 });
    const page = await this.#ask(`older ${name}`, () => lastPage(call, name, first));
    if (page)
      live.apply({ kind: 'page', room: name, side: 'older', messages: this.#took(page), more: page.more });
  }

  /** Loads the page after the last line held. */
  async newer(name: string): Promise<void> {
    const { archive, call } = this.#options;
    const room = this.#room(name);
    const last = lastSeq(room?.lines ?? []);
    if (!room?.newer) return;
    const stored = beginningAt(archive.following(name, last, PAGE), last + 1);
    if (stored.length > 0) return this.#append(room, stored);
    const page = await this.#ask(`newer ${name}`, () =>
      call('room.history', { room: name, after: last, limit: MAX_HISTORY_PAGE }),
    );
    if (page) this.#append(room, this.#took(page), page.more);
  }

  /** Goes back to the newest messages. */
  async newest(name: string): Promise<void> {
    const { live, call } = this.#options;
    const room = this.#room(name);
    if (!room?.newer) return;
    const stored = this.#newestStored(name);
    const complete = stored.at(-1)?.seq === room.lastSeq;
    const page = complete ? undefined : await this.#ask(`newest ${name}`, () => lastPage(call, name));
    const messages = page ? this.#took(page) : stored;
    const older = page ? page.more : (messages[0]?.seq ?? 1) > 1;
    live.apply({ kind: 'window', room: name, messages, older, newer: false });
    this.#options.showWaiting(name);
  }

  /** What a place shows before the station answers; true if there is more in the store. */
  newestStored(name: string): { readonly messages: readonly MessageLine[]; readonly older: boolean } {
    const messages = this.#newestStored(name);
    return { messages, older: (messages[0]?.seq ?? 1) > 1 };
  }

  /** Shows a message among those before and after it. */
  async jump(name: string, seq: number): Promise<void> {
    const { live } = this.#options;
    const room = this.#room(name);
    if (!room) return;
    if (messageAt(room.lines, seq)) {
      const jump = { seq, serial: (room.jump?.serial ?? 0) + 1 };
      return live.apply({ kind: 'place', room: name, change: { jump } });
    }
    const messages = await this.#around(name, seq);
    if (!messages) return;
    const last = messages.at(-1)?.seq ?? 0;
    const newer = last < room.lastSeq;
    const older = (messages[0]?.seq ?? 1) > 1;
    live.apply({ kind: 'window', room: name, messages, older, newer, jump: seq });
    if (!newer) this.#options.showWaiting(name);
  }

  async #around(name: string, seq: number): Promise<readonly MessageLine[] | undefined> {
    const { archive, call } = this.#options;
    const half = SHOWN_LINES / 2;
    const before = endingAt(archive.recent(name, half, seq + 1), seq);
    if (before.length > 0) return [...before, ...beginningAt(archive.following(name, seq, half), seq + 1)];
    const page = await this.#ask(`jump ${name}`, () => lastPage(call, name, seq + MAX_HISTORY_PAGE / 2));
    return page && this.#took(page);
  }

  #newestStored(name: string): readonly MessageLine[] {
    const stored = this.#options.archive.recent(name, SHOWN_LINES);
    return endingAt(stored, stored.at(-1)?.seq ?? 0);
  }

  #append(room: RoomState, messages: readonly MessageLine[], more?: boolean): void {
    const last = messages.at(-1)?.seq ?? 0;
    const newer = more === true || last < (this.#room(room.name)?.lastSeq ?? 0);
    this.#options.live.apply({ kind: 'page', room: room.name, side: 'newer', messages, more: newer });
    if (!newer) this.#options.showWaiting(room.name);
  }

  #took({ messages }: { readonly messages: readonly Message[] }): readonly MessageLine[] {
    const { archive } = this.#options;
    archive.keep(messages.map(keptOf));
    return messages.map((message) => archive.line(message));
  }

  /** Undefined while the same is being asked for. Says so where it cannot be asked for. */
  async #ask<T>(what: string, ask: () => Promise<T>): Promise<T | undefined> {
    const { live } = this.#options;
    if (this.#asked.has(what)) return undefined;
    if (live.now.link.at !== 'online') {
      live.notice('there is more at the station, which cannot be reached now');
      return undefined;
    }
    this.#asked.add(what);
    try {
      return await ask();
    } finally {
      this.#asked.delete(what);
    }
  }

  #room(name: string): RoomState | undefined {
    return this.#options.live.now.rooms.find((room) => room.name === name);
  }
}

/** The last messages without a gap that end with a seq; none if that is not there. */
function endingAt(messages: readonly MessageLine[], seq: number): readonly MessageLine[] {
  let from = messages.length;
  for (let wanted = seq; from > 0 && messages[from - 1]?.seq === wanted; wanted--) from--;
  return messages.slice(from);
}

/** The first messages without a gap that begin with a seq; none if that is not there. */
function beginningAt(messages: readonly MessageLine[], seq: number): readonly MessageLine[] {
  let count = 0;
  while (count < messages.length && messages[count]?.seq === seq + count) count++;
  return messages.slice(0, count);
}
