/** `ssh host tail`: a place's last messages, and with -f what follows. */
import { changeText, messageText } from '../cli/tail-lines.ts';
import { VoiptermError } from '../errors.ts';
import type { Message } from '../net/control/schema.ts';
import { historyAfter } from '../session/history.ts';
import type { GuestCommand } from './command-line.ts';
import type { Guest } from './guest.ts';
import { enterPlace } from './places.ts';
import { printLine } from './printing.ts';

/** Changes that wait for a reader who is slow. */
const MAX_CHANGES = 1000;

type Tail = Extract<GuestCommand, { run: 'tail' }>;

export async function tail(guest: Guest, { room, follow, json, count }: Tail): Promise<number> {
  const { link, rules, leaving } = guest;
  const place = room ?? rules.rooms[0] ?? 'lobby';
  const feed = new Feed(guest, place, json);
  link.listen({
    onEvent: (event) => {
      if (event.event !== 'notification') return;
      const { method, params } = event.notification;
      if (method === 'room.message') feed.live(params);
      if (method === 'room.changed') feed.changed(params);
    },
    onDied: () => undefined,
    onNotice: () => undefined,
  });
  const lastSeq = await enterPlace(link, place);
  await feed.print(Math.max(0, lastSeq - count), lastSeq);
  while (follow && !leaving.aborted) await feed.next(leaving);
  if (leaving.aborted) throw new VoiptermError('control.unreachable', String(leaving.reason));
  return 0;
}

/** Prints a place's messages in order. What comes while the reader is slow is read from the history later. */
class Feed {
  readonly #guest: Guest;
  readonly #place: string;
  readonly #json: boolean;
  #printed = 0;
  #wanted = 0;
  /** The newest that came, for the usual case that it is the next one. */
  #newest: Message | undefined;
  /** What was edited or deleted, by its seq, until that is printed: of each the last change, as the reader is slow. */
  readonly #changes = new Map<number, Message>();
  #wake: () => void = () => undefined;

  constructor(guest: Guest, place: string, json: boolean) {
    this.#guest = guest;
    this.#place = place;
    this.#json = json;
  }

  live(message: Message): void {
    if (message.room !== this.#place) return;
    this.#wanted = Math.max(this.#wanted, message.seq);
    this.#newest = message;
    this.#wake();
  }

  changed(message: Message): void {
    if (message.room !== this.#place) return;
    this.#changes.set(message.seq, message);
    const [oldest] = this.#changes.keys();
    if (this.#changes.size > MAX_CHANGES && oldest !== undefined) this.#changes.delete(oldest);
    this.#wake();
  }

  /** All after `after`, up to `until` at least. */
  async print(after: number, until: number): Promise<void> {
    const { link, leaving } = this.#guest;
    this.#printed = after;
    this.#wanted = Math.max(this.#wanted, until);
    if (this.#wanted <= after) return;
    for await (const messages of historyAfter(link.call, this.#place, after)) {
      for (const message of messages) {
        if (leaving.aborted) return;
        await this.#print(message);
      }
    }
    this.#printed = Math.max(this.#printed, this.#wanted); // what is missing there is missing for good
  }

  /** Waits for more and prints it. */
  async next(leaving: AbortSignal): Promise<void> {
    const due = [...this.#changes.keys()].filter((seq) => seq <= this.#printed);
    if (this.#wanted <= this.#printed && due.length === 0) await this.#more(leaving);
    for (const seq of due) await this.#printChange(seq);
    const message = this.#newest;
    if (message?.seq === this.#printed + 1) await this.#print(message);
    else if (this.#wanted > this.#printed) await this.print(this.#printed, this.#wanted);
  }

  /** A message, as it is by now. A change that comes while it is printed is one of what was printed. */
  #print(message: Message): Promise<void> {
    const { seq } = message;
    const latest = this.#changes.get(seq) ?? message;
    this.#changes.delete(seq);
    this.#printed = seq;
    return printLine(this.#guest.output, messageText(latest, this.#json));
  }

  async #printChange(seq: number): Promise<void> {
    const change = this.#changes.get(seq);
    this.#changes.delete(seq);
    if (change) await printLine(this.#guest.output, changeText(change, this.#json));
  }

  #more(leaving: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      leaving.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
