/**
 * How many bytes of forwarded TCP connections may go into an SSH connection now, so that nothing else in it waits long. Pure.
 *
 * One TCP connection carries everything in order: what a forward hands to it in advance, voice in the stream behind it has
 * to wait for, and so have keepalives. A slow link with a kernel's buffers before it makes minutes of that. SSH's own windows, one
 * for each channel and of megabytes, do not help. But the stream's acknowledgements tell of the forwards too: what was written
 * before a frame has arrived when the frame has. So the bytes of both are under way in one window, measured as the stream's own; the
 * stream does not ask this one, and forwards get what it leaves.
 */
import { acknowledgement, freshBytes, takeReached } from './acknowledged.ts';
import { type Allowance, StreamWindow } from './stream-window.ts';

/** Less is not worth SSH's 60 bytes a packet. So much always may go while nothing of it is under way: 32 ms at 256 kbit/s. */
const LEAST_BYTES = 1024;
/** Beside packets in the stream. A link of 256 kbit/s then has 60 ms of forwards before a voice frame. */
const BESIDE_VOICE: Allowance = { slackMs: 60, leastBytes: 3072, startupGain: 1.5 };
/** While they go by UDP: a forward fills a long path soon, and should UDP die there is not much before the voice. */
const ALONE: Allowance = { slackMs: 400, leastBytes: 16_384, startupGain: 1.5 };
/** So many packets in a second are more than probes. */
const BUSY_PACKETS = 10;
const BUSY_PERIOD_MS = 1000;
/** A mark so often measures the rate well enough, and is no load. */
const MARK_EVERY_MS = 5;

interface Frame {
  /** Bytes of the stream up to its end, and of all. */
  readonly end: number;
  readonly total: number;
  readonly bulk: number;
}

export class Sluice {
  readonly #window = new StreamWindow();
  readonly #frames: Frame[] = [];
  #stream = 0;
  #streamDelivered = 0;
  #bulk = 0;
  #bulkDelivered = 0;
  #markedBulk = 0;
  #markedAt = Number.NEGATIVE_INFINITY;
  /** Packets either way in this period, when that began, and whether the one before was a busy one. */
  #packets = 0;
  #since = Number.NEGATIVE_INFINITY;
  #wasBusy = false;

  /** Packets went or came in the stream. */
  carried(packets: number, now: number): void {
    this.#turn(now);
    this.#packets += packets;
  }

  /** Bytes of forwards that may be written now. */
  room(now: number): number {
    this.#turn(now);
    const busy = this.#wasBusy || this.#packets >= BUSY_PACKETS;
    const free = this.#window.room(now, busy ? BESIDE_VOICE : ALONE);
    if (free >= LEAST_BYTES) return free;
    return this.#bulk === this.#bulkDelivered ? LEAST_BYTES : 0;
  }

  /** Whether a frame should go out whose acknowledgement tells of what forwards wrote. */
  markDue(now: number): boolean {
    if (this.#bulk === this.#markedBulk) return false;
    return now - this.#markedAt >= MARK_EVERY_MS || this.room(now) === 0;
  }

  wroteBulk(bytes: number, now: number): void {
    this.#bulk += bytes;
    this.#window.wrote(bytes, now);
  }

  /** Frames of the stream were written, marks or packets. */
  wroteStream(bytes: number, now: number): void {
    this.#stream += bytes;
    this.#window.wrote(bytes, now);
    this.#markedBulk = this.#bulk;
    this.#markedAt = now;
    this.#frames.push({ end: this.#stream, total: this.#stream + this.#bulk, bulk: this.#bulk });
  }

  /** The other end has read so many bytes of the stream's frames, modulo 2^32. What cannot be is ignored. */
  acknowledged(received: number, now: number): void {
    this.#streamDelivered += freshBytes(received, this.#streamDelivered, this.#stream);
    const last = takeReached(this.#frames, this.#streamDelivered);
    if (!last) return;
    this.#bulkDelivered = last.bulk;
    this.#window.acknowledged(acknowledgement(last.total), now);
  }

  #turn(now: number): void {
    const periods = Math.floor((now - this.#since) / BUSY_PERIOD_MS);
    if (periods < 1) return;
    this.#wasBusy = periods === 1 && this.#packets >= BUSY_PACKETS;
    this.#packets = 0;
    this.#since = now;
  }
}
