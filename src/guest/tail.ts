/** `ssh host tail`: a place's last messages, and with -f what follows. */
import { VoiptermError } from '../errors.ts';
import type { Message } from '../net/control/schema.ts';
import { historyAfter } from '../session/history.ts';
import type { GuestCommand } from './command-line.ts';
import type { Guest } from './guest.ts';
import { enterPlace } from './places.ts';
import { messageText, printLine } from './printing.ts';

type Tail = Extract<GuestCommand, { run: 'tail' }>;

export async function tail(guest: Guest, { room, follow, json, count }: Tail): Promise<number> {
  const { link, rules, leaving } = guest;
  const place = room ?? rules.rooms[0] ?? 'lobby';
  const feed = new Feed(guest, place, json);
  link.listen({
    onEvent: (event) => {
      if (event.event === 'notification' && event.notification.method === 'room.message')
        feed.live(event.notification.params);
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

  /** All after `after`, up to `until` at least. */
  async print(after: number, until: number): Promise<void> {
    const { link, output, leaving } = this.#guest;
    this.#printed = after;
    this.#wanted = Math.max(this.#wanted, until);
    if (this.#wanted <= after) return;
    for await (const messages of historyAfter(link.call, this.#place, after)) {
      for (const message of messages) {
        if (leaving.aborted) return;
        await printLine(output, messageText(message, this.#json));
        this.#printed = message.seq;
      }
    }
    this.#printed = Math.max(this.#printed, this.#wanted); // what is missing there is missing for good
  }

  /** Waits for more and prints it. */
  async next(leaving: AbortSignal): Promise<void> {
    if (this.#wanted <= this.#printed) await this.#more(leaving);
    const message = this.#newest;
    if (message?.seq === this.#printed + 1) {
      await printLine(this.#guest.output, messageText(message, this.#json));
      this.#printed = message.seq;
    } else if (this.#wanted > this.#printed) await this.print(this.#printed, this.#wanted);
  }

  #more(leaving: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      leaving.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
