/**
 * From the frames that wait to the sound of one tick after another: decodes what is due, conceals what is missing, and
 * knows to the sample what is played. Pure but for the decoder that it is given.
 *
 * A frame that is not there when it is due is concealed. If it comes while that lasts, it is played after all, and
 * everything behind it is later by what was concealed: so the delay grows at once, and nothing that was said is left
 * out. If a later frame comes in its place, it was lost, and the later one keeps its time.
 */
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';
import { FRAME_SAMPLES, TICK_SAMPLES } from './frame.ts';
import type { FrameQueue, HeldFrame } from './frame-queue.ts';
import { PcmQueue } from './pcm-queue.ts';
import { findSplice, MAX_PERIOD, OVERLAP } from './time-scale.ts';

/** Concealment in a row until the spurt counts as over, samples: after 100 ms Opus has faded to silence anyway. */
const MAX_CONCEALED = SAMPLE_RATE / 10;
/** Timestamps remembered to tell a duplicate of a played frame from a late one: 1.28 s of frames of 10 ms. */
const PLAYED_MEMORY = 128;
/** Ends of spurts that may be known ahead. */
const MAX_ENDS = 8;
/** Opus packets up to this long say that there is nothing to hear; what is missing after one is not lost (RFC 7587). */
const DTX_BYTES = 2;

/** What turns frames into sound, of one channel or of two interleaved. */
export interface FrameDecoder {
  readonly channels: 1 | 2;
  /** The samples of an Opus packet; undefined if it is none. */
  decodeFrame(payload: Uint8Array): Int16Array | undefined;
  /** So many samples (a channel) that carry on from the last frame and fade. */
  concealFrame(samples: number): Int16Array;
}

/** A frame that begins to be played in this tick, `leadMs` after its beginning. */
export interface PlayedFrame {
  readonly source: 'packet' | 'red' | 'concealed';
  readonly seq: number;
  /** RTP timestamp. */
  readonly timestamp: number;
  /** Null for a concealment. */
  readonly receivedMs: number | null;
  readonly leadMs: number;
}

/** What may be played in a tick, as timestamps. */
export interface Bounds {
  /** What is missing before this need not be waited for: the delay is longer than it should be. */
  readonly skipBefore: number;
  /** Nothing older than this is played. */
  readonly oldest: number;
}

export interface PlayoutOptions {
  readonly queue: FrameQueue;
  readonly decoder: FrameDecoder;
  readonly onPlayed: (frame: PlayedFrame) => void;
}

export class Playout {
  readonly #options: PlayoutOptions;
  readonly #channels: 1 | 2;
  readonly #pcm: PcmQueue;
  /** The timestamp that is decoded next. */
  #next: number | undefined;
  /** Concealed samples behind it, of which it is not known yet whether they stand for frames or for waiting. */
  #covered = 0;
  /** Frames counted for them. */
  #coveredFrames = 0;
  /** Ends of spurts, in order. */
  #ends: number[] = [];
  #frameSamples = FRAME_SAMPLES;
  #lastSeq = 0;
  #silent = false;
  #played: number[] = [];
  #counters = { played: 0, recovered: 0, concealed: 0, late: 0 };

  constructor(options: PlayoutOptions) {
    this.#options = options;
    this.#channels = options.decoder.channels;
    this.#pcm = new PcmQueue(this.#channels);
  }

  /** Frames played, of these from copies; concealed ones; those that came too late to be waited for. */
  get counters(): Readonly<Record<'played' | 'recovered' | 'concealed' | 'late', number>> {
    return this.#counters;
  }

  /** Everything before this timestamp was played, or is lost; undefined if nothing was. */
  get next(): number | undefined {
    return this.#next;
  }

  /** The timestamp that is read next: with a fraction, if it lies between two samples. */
  get position(): number {
    return (this.#next ?? 0) + this.#covered - this.#pcm.exact;
  }

  /** Whether the frame of this timestamp was played not long ago. */
  wasPlayed(timestamp: number): boolean {
    return this.#played.includes(timestamp);
  }

  /** A spurt ends at this timestamp. */
  learnEnd(timestamp: number): void {
    if ((this.#next !== undefined && timestamp < this.#next) || this.#ends.includes(timestamp)) return;
    this.#ends.push(timestamp);
    this.#ends.sort((a, b) => a - b);
    if (this.#ends.length > MAX_ENDS) this.#ends.pop();
  }

  /** Begins at this timestamp, or goes on there, leaving out what comes before. */
  start(timestamp: number): void {
    this.#pcm.clear();
    this.#settle(timestamp);
    while (this.#ends[0] !== undefined && this.#ends[0] <= timestamp) this.#ends.shift();
  }

  /** Forgets everything: the timestamps mean something else from now on. */
  reset(): void {
    this.#pcm.clear();
    this.#settle(undefined);
    this.#played = [];
    this.#ends = [];
  }

  /** Reads a tick, `ratio` decoded samples for each. 'ended' if the spurt is over, and nothing was left of it. */
  read(out: Int16Array, ratio: number, bounds: Bounds): 'playing' | 'last' | 'ended' {
    while (!this.#enough(out.length / this.#channels, ratio)) {
      if (!this.#feed(bounds)) return this.#readRest(out);
    }
    this.#pcm.read(out, ratio);
    if (this.#next !== this.#ends[0] || this.#pcm.available > 0) return 'playing';
    this.#end();
    return 'last';
  }

  /** The ratio at which a tick ends exactly on a sample, so that copying can go on. */
  landing(samples: number): number {
    return this.#pcm.between ? this.#pcm.landing(samples) : 1;
  }

  /**
   * Leaves out (above 0) or repeats (below 0) a stretch of at most so many samples, if the sound that this joins is
   * that much alike. Returns whether it did.
   */
  splice(samples: number, likeness: number, bounds: Bounds): boolean {
    const cut = samples > 0;
    const most = Math.abs(samples);
    const wanted = OVERLAP + (cut ? Math.min(most, MAX_PERIOD) : 0);
    // Only what is there: a splice must not make anything missing.
    while (this.#pcm.available < wanted && this.#hasNext()) this.#feed(bounds);
    if (this.#pcm.available < OVERLAP) return false;
    const room = cut ? this.#pcm.available - OVERLAP : this.#pcm.history;
    const found = findSplice(this.#pcm.planes, this.#pcm.position, cut ? 1 : -1, Math.min(most, room));
    if (!found || found.likeness < likeness) return false;
    if (cut) this.#pcm.cut(found.period, OVERLAP);
    else this.#pcm.repeat(found.period, OVERLAP);
    return true;
  }

  /** Whether a tick can be read. What interpolation looks ahead is not worth a concealment. */
  #enough(samples: number, ratio: number): boolean {
    const lookAhead = this.#hasNext();
    return this.#pcm.available >= this.#pcm.needed(samples, ratio, lookAhead);
  }

  /** Whether the next frame is there, with nothing missing before it. */
  #hasNext(): boolean {
    const { first } = this.#options.queue;
    return first?.timestamp === this.#next && this.#covered === 0 && this.#next !== this.#ends[0];
  }

  /** Decodes or conceals; false if the spurt is over. */
  #feed(bounds: Bounds): boolean {
    const next = this.#next ?? 0;
    const end = this.#ends[0];
    if (end !== undefined && next + this.#covered >= end) return false;
    const { first } = this.#options.queue;
    const head = first && (end === undefined || first.timestamp < end) ? first : undefined;
    if (head && this.#isDue(head, next, bounds)) this.#play(head, next, bounds);
    else if (this.#covered >= MAX_CONCEALED) return false;
    else this.#conceal(next);
    return true;
  }

  /** Whether a frame is to be played now: it is its time, or what is missing before it would only make us wait. */
  #isDue(head: HeldFrame, next: number, { skipBefore }: Bounds): boolean {
    const missing = head.timestamp - next - this.#covered;
    return missing < TICK_SAMPLES || this.position + missing <= skipBefore;
  }

  #play(head: HeldFrame, next: number, { oldest }: Bounds): void {
    this.#options.queue.shift();
    const waited = this.#covered - (head.timestamp - next);
    if (waited > 0 && this.position - waited < oldest) {
      if (!head.copy) this.#counters.late++;
      return;
    }
    const missing = Math.ceil((head.timestamp - next) / head.samples) - this.#coveredFrames;
    if (!this.#silent) for (let i = 0; i < missing; i++) this.#countConcealed(next);
    this.#frameSamples = head.samples;
    this.#lastSeq = head.seq;
    this.#silent = head.payload.length <= DTX_BYTES;
    this.#settle(head.timestamp);
    this.#decode(head);
  }

  #decode(frame: HeldFrame): void {
    const samples = this.#options.decoder.decodeFrame(frame.payload);
    if (samples) this.#countPlayed(frame);
    else this.#countConcealed(frame.timestamp);
    this.#pcm.push(samples ?? this.#options.decoder.concealFrame(frame.samples));
    this.#settle(frame.timestamp + (samples ? samples.length / this.#channels : frame.samples));
  }

  #conceal(next: number): void {
    if (!this.#silent && this.#covered >= this.#coveredFrames * this.#frameSamples) {
      this.#lastSeq = (this.#lastSeq + 1) & 0xffff;
      this.#countConcealed(next + this.#covered);
      this.#coveredFrames++;
    }
    const samples = this.#options.decoder.concealFrame(TICK_SAMPLES);
    this.#covered += TICK_SAMPLES;
    if (this.#covered >= MAX_CONCEALED) fadeOut(samples, this.#channels);
    this.#pcm.push(samples);
  }

  #settle(next: number | undefined): void {
    this.#next = next;
    this.#covered = 0;
    this.#coveredFrames = 0;
  }

  #countPlayed({ timestamp, seq, copy, receivedMs }: HeldFrame): void {
    this.#counters.played++;
    if (copy) this.#counters.recovered++;
    this.#played.push(timestamp);
    if (this.#played.length > PLAYED_MEMORY) this.#played.shift();
    this.#tell(copy ? 'red' : 'packet', seq, timestamp, receivedMs);
  }

  #countConcealed(timestamp: number): void {
    this.#counters.concealed++;
    this.#tell('concealed', this.#lastSeq, timestamp, null);
  }

  #tell(source: PlayedFrame['source'], seq: number, timestamp: number, receivedMs: number | null): void {
    const leadMs = (this.#pcm.exact * 1000) / SAMPLE_RATE;
    this.#options.onPlayed({ source, seq, timestamp: timestamp >>> 0, receivedMs, leadMs });
  }

  /** Plays what is left of the spurt. */
  #readRest(out: Int16Array): 'last' | 'ended' {
    const some = this.#pcm.available > 0;
    if (some) this.#pcm.readRest(out);
    this.#end();
    return some ? 'last' : 'ended';
  }

  #end(): void {
    const end = this.#ends[0];
    const reached = end !== undefined && end <= (this.#next ?? 0) + this.#covered;
    if (reached) this.#ends.shift();
    this.#settle(reached ? end : this.#next);
    this.#pcm.clear();
    this.#silent = false;
  }
}

function fadeOut(samples: Int16Array, channels: number): void {
  const length = samples.length / channels;
  for (let i = 0; i < samples.length; i++) {
    const done = (Math.floor(i / channels) + 1) / length;
    samples[i] = Math.round((samples[i] ?? 0) * (1 - done));
  }
}
