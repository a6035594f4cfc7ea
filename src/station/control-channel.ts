/**
 * The `voipterm` subsystem's byte stream as lines, bounded both ways: a line that is too long ends the connection,
 * and so does a peer that does not read what it is sent.
 */
import type { Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';
import { LineDecoder } from '../net/control/lines.ts';
import { MAX_LINE_BYTES } from '../net/control/schema.ts';

/** A line of up to this is skipped and answered, rather than that its sender is cut off: a file of 2 MB by mistake. */
const MAX_SKIPPED_BYTES = 4 * 1024 * 1024;
/** Most bytes that wait for one peer: a few history pages of the largest messages. */
export const MAX_UNSENT_BYTES = 4 * 1024 * 1024;

export interface ChannelEvents {
  line(line: string): void;
  /** A line was too long to be kept; this is how it began. */
  tooLong(head: string): void;
  /** Once; nothing comes afterwards. */
  closed(): void;
  /** The peer must go: it reads too slowly, or sent a line without an end. */
  misbehaved(how: 'slow' | 'overlong'): void;
}

export class ControlChannel {
  #channel: ServerChannel;
  #socket: Socket;
  #events: ChannelEvents;
  #decoder = new LineDecoder(MAX_LINE_BYTES, MAX_SKIPPED_BYTES);
  #closed = false;
  /** Of this turn, not yet written. */
  #lines: string[] = [];
  /** Bytes that the SSH library holds back while the peer is in a key exchange, where no counter shows them. */
  #withheld = 0;

  constructor(channel: ServerChannel, socket: Socket, events: ChannelEvents) {
    this.#channel = channel;
    this.#socket = socket;
    this.#events = events;
    channel.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    channel.on('error', () => this.close());
    channel.on('end', () => this.close());
    channel.on('close', () => this.close());
  }

  /**
   * Sends a line, without its newline. Does nothing after the end. Lines of one turn go out together: a packet for each
   * would cost a busy station more than what they say.
   */
  send(line: string): void {
    if (this.#closed) return;
    if (this.#lines.push(line) === 1) queueMicrotask(() => this.#flush());
  }

  /** Ends the channel after what was sent. */
  close(): void {
    if (this.#closed) return;
    this.#flush();
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#channel.end();
    } catch {
      this.#socket.destroy();
    }
    this.#events.closed();
  }

  /** Bytes that the peer has not read yet. */
  get unsent(): number {
    return this.#channel.writableLength + this.#socket.writableLength + this.#withheld;
  }

  #flush(): void {
    if (this.#closed || this.#lines.length === 0) return;
    const bytes = Buffer.from(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
    const before = this.#socket.bytesWritten;
    try {
      this.#channel.write(bytes);
    } catch {
      this.close(); // the library throws where the connection has just gone
      return;
    }
    if (this.#socket.bytesWritten > before) this.#withheld = 0;
    else if (this.#channel.writableLength === 0) this.#withheld += bytes.length;
    if (this.unsent > MAX_UNSENT_BYTES) this.#misbehaved('slow');
  }

  #receive(chunk: Uint8Array): void {
    if (this.#closed) return;
    const { lines, tooLong = [], overflow } = this.#decoder.push(chunk);
    for (const line of lines) if (!this.#closed) this.#events.line(line);
    for (const head of tooLong) if (!this.#closed) this.#events.tooLong(head);
    if (overflow && !this.#closed) this.#misbehaved('overlong');
  }

  #misbehaved(how: 'slow' | 'overlong'): void {
    this.#events.misbehaved(how);
    this.close();
  }
}
