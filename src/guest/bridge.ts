/** One guest on the station's main thread: bytes, sizes and lines between its SSH channel, its member and the guests' thread. */
import type { ControlListener } from '../station/ssh-connection.ts';
import type { TerminalSize, Visit, VisitorChannel } from '../station/guests.ts';

/** Typed bytes on their way to the thread until the channel is not read: a paste waits in the peer's own SSH client. */
const MAX_TYPED_BYTES = 16 * 1024;
/** How long a screen may take to be given back, ms, until this is done without the thread. */
const DISMISS_MS = 500;
/** And how long the peer may take to read that, ms: together less than what a connection has to end. */
const READ_MS = 300;
/** Gives a terminal back from whatever a screen did to it (ui/terminal.ts). */
const GIVE_BACK =
  '\x1b[<u\x1b[?2026l\x1b[0m\x1b[?1004l\x1b[?1006l\x1b[?1002l\x1b[?2004l\x1b[?7h\x1b[?1049l\x1b[?25h';

/** The guests' thread, as one guest needs it. */
export interface BridgeThread {
  typed(bytes: Uint8Array | null): Promise<unknown>;
  resized(size: TerminalSize): Promise<unknown>;
  signalled(name: string): void;
  taken(bytes: number): void;
  dismiss(): void;
  gone(): void;
}

export class Bridge implements Visit {
  readonly #channel: VisitorChannel;
  readonly #thread: BridgeThread;
  readonly #hasScreen: boolean;
  readonly #onEnded: () => void;
  #member: ControlListener | undefined;
  #typing = 0;
  #wantedSize: TerminalSize | undefined;
  #resizing = false;
  #ended = false;
  /** The peer has closed its end, so that it has read all. */
  readonly #closed: Promise<void>;
  #close: () => void = () => undefined;

  /** @param onEnded the visit is over; comes once. */
  constructor(channel: VisitorChannel, thread: BridgeThread, hasScreen: boolean, onEnded: () => void) {
    this.#channel = channel;
    this.#thread = thread;
    this.#hasScreen = hasScreen;
    this.#onEnded = onEnded;
    this.#closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  /** The member that the guest is. */
  become(member: ControlListener): void {
    this.#member = member;
  }

  // From the channel ----------------------------------------------------------------------------------

  typed(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#typing += bytes.length;
    if (this.#typing > MAX_TYPED_BYTES) this.#channel.pause();
    this.#thread.typed(bytes).then(
      () => {
        this.#typing -= bytes.length;
        if (this.#typing <= MAX_TYPED_BYTES) this.#channel.resume();
      },
      () => undefined, // the thread died, which ends all its visits
    );
  }

  typedAll(): void {
    if (!this.#ended) this.#thread.typed(null).catch(() => undefined);
  }

  /** Only the newest of many sizes goes on, and one at a time. */
  resized(size: TerminalSize): void {
    this.#wantedSize = size;
    if (this.#resizing || this.#ended) return;
    this.#resizing = true;
    this.#resize().catch(() => undefined);
  }

  async #resize(): Promise<void> {
    while (this.#wantedSize && !this.#ended) {
      const size = this.#wantedSize;
      this.#wantedSize = undefined;
      await this.#thread.resized(size);
    }
    this.#resizing = false;
  }

  signalled(name: string): void {
    if (!this.#ended) this.#thread.signalled(name);
  }

  dismiss(): Promise<void> {
    if (!this.#ended) this.#thread.dismiss();
    const late = setTimeout(() => this.cut('The station closed the connection.'), DISMISS_MS);
    const deaf = setTimeout(() => this.#close(), DISMISS_MS + READ_MS);
    return this.#closed.finally(() => {
      clearTimeout(late);
      clearTimeout(deaf);
    });
  }

  gone(): void {
    if (!this.#ended) this.#thread.gone();
    this.#end();
    this.#close();
  }

  // From the thread -----------------------------------------------------------------------------------

  output(bytes: Uint8Array): void {
    if (!this.#ended) this.#channel.write(bytes, () => this.#ended || this.#thread.taken(bytes.length));
  }

  errorOutput(text: string): void {
    if (!this.#ended) this.#channel.writeError(text);
  }

  line(line: string): void {
    if (!this.#ended) this.#member?.line(line);
  }

  ended(status: number): void {
    if (this.#ended) return;
    this.#channel.end(status);
    this.#end();
  }

  /** The thread cannot end the visit any more: this does, with a sentence. */
  cut(sentence: string): void {
    if (this.#ended) return;
    if (this.#hasScreen) this.#channel.write(Buffer.from(GIVE_BACK), () => undefined);
    this.#channel.writeError(`${sentence}\r\n`);
    this.#thread.gone();
    this.ended(1);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#member?.closed();
    this.#onEnded();
  }
}
