/**
 * What waits to go into a byte stream: at most 100 ms of it, and the most urgent first. Pure.
 *
 * Voice before probes before forwards before bulk. What waited too long is dropped, oldest first, and counted by class: voice
 * that is late is of no use, and a forward's datagram is lost as it would be on UDP.
 */
import { CHANNEL, type Channel } from './constants.ts';
import { FRAME_HEADER_BYTES } from './stream-frames.ts';
import { STREAM_ALLOWANCE, StreamWindow } from './stream-window.ts';

/** Nothing waits longer. */
export const LONGEST_WAIT_MS = 100;
/** Bytes of one class that wait: a station has many streams. 100 ms at 20 Mbit/s. */
const MAX_WAITING_BYTES = 256 * 1024;

const CLASSES = ['voice', 'control', 'forward', 'bulk'] as const;
export type Class = (typeof CLASSES)[number];
const CLASS_OF: Readonly<Record<Channel, Class>> = {
  [CHANNEL.voice]: 'voice',
  [CHANNEL.probe]: 'control',
  [CHANNEL.forward]: 'forward',
  [CHANNEL.stream]: 'bulk',
  [CHANNEL.ip]: 'bulk',
};

interface Waiting {
  readonly packet: Uint8Array;
  readonly since: number;
}

/** Packets of one class, oldest first. */
class Line {
  dropped = 0;
  #items: Waiting[] = [];
  #head = 0;
  #bytes = 0;

  push(packet: Uint8Array, now: number): void {
    this.#items.push({ packet, since: now });
    this.#bytes += packet.length;
    while (this.#bytes > MAX_WAITING_BYTES) this.#drop();
  }

  /** The oldest that is not too old. */
  first(now: number): Uint8Array | undefined {
    for (let item = this.#items[this.#head]; item; item = this.#items[this.#head]) {
      if (now - item.since <= LONGEST_WAIT_MS) return item.packet;
      this.#drop();
    }
    return undefined;
  }

  take(): void {
    this.#bytes -= this.#items[this.#head]?.packet.length ?? 0;
    this.#head += 1;
    if (this.#head * 2 < this.#items.length) return;
    this.#items.splice(0, this.#head);
    this.#head = 0;
  }

  #drop(): void {
    this.take();
    this.dropped += 1;
  }
}

export class StreamQueue {
  readonly window = new StreamWindow();
  readonly #lines: Readonly<Record<Class, Line>> = {
    voice: new Line(),
    control: new Line(),
    forward: new Line(),
    bulk: new Line(),
  };

  push(packet: Uint8Array, channel: Channel, now: number): void {
    const line = this.#lines[CLASS_OF[channel]];
    line.first(now); // the old ones go, also while nothing can be written
    line.push(packet, now);
  }

  /** The packet to write now, or undefined: nothing waits, or too much is under way. */
  next(now: number): Uint8Array | undefined {
    for (const name of CLASSES) {
      const line = this.#lines[name];
      const packet = line.first(now);
      if (!packet) continue;
      const bytes = packet.length + FRAME_HEADER_BYTES;
      const urgent = name === 'voice' || name === 'control';
      if (!this.window.fits(bytes, now, { ...STREAM_ALLOWANCE, urgent })) return undefined;
      line.take();
      this.window.wrote(bytes, now);
      return packet;
    }
    return undefined;
  }

  /** Dropped so far because they waited too long. */
  get dropped(): Readonly<Record<Class, number>> {
    const { voice, control, forward, bulk } = this.#lines;
    return { voice: voice.dropped, control: control.dropped, forward: forward.dropped, bulk: bulk.dropped };
  }
}
