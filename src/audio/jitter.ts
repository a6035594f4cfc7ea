/**
 * A jitter buffer for one speaker, with a fixed playout delay. Pure: the caller says what time it is.
 *
 *    idle --first frame--> waiting --arrival + delay--> playing --last frame, or 5 missing in a row--> idle
 *
 * While playing, every 20 ms tick takes exactly one frame: the one that is due, or a concealment of it. Frames
 * are ordered by RTP timestamp, which goes on while the speaker is silent, so a spurt's length and place are
 * known whatever order its packets came in. Nothing here grows: what cannot be played in time is dropped.
 */
import { SAMPLE_RATE, type VoiceFrame } from '../net/protocol/rtp.ts';
import { FRAME_MS, FRAME_SAMPLES } from './frame.ts';
import { ReceiverStats } from './receiver-stats.ts';

/** Concealments in a row until the spurt counts as over: after 100 ms Opus has faded to silence anyway. */
export const MAX_CONCEALMENTS = 5;
/** Frames held beyond the playout delay: a burst of 200 ms. A longer one would make everything after it late. */
export const EXTRA_FRAMES = 10;
/**
 * A standing queue of this many frames more than the delay needs is cut, a frame a second: after the output stalled
 * (a sound server that starts takes a second), or because the clocks of the two ends drift apart.
 */
export const STANDING_FRAMES = 5;
/** Ticks in which the queue must never have been shorter for it to count as standing: 1 s. */
const STANDING_TICKS = 50;
/** A frame further ahead than this while playing is another clock (a restarted sender), not a late burst: 1 s. */
export const MAX_AHEAD_SAMPLES = SAMPLE_RATE;
/** A frame further behind than this is another clock; nearer ones are merely late: 10 s. */
export const MAX_BEHIND_SAMPLES = 10 * SAMPLE_RATE;
/** Timestamps remembered to tell a duplicate of a played frame from a late one: 1.28 s. */
const PLAYED_MEMORY = 64;

/** What one output tick plays. Times are those given to `push`, ms. */
export type Pulled =
  | { readonly kind: 'packet'; readonly frame: VoiceFrame; readonly receivedMs: number }
  | { readonly kind: 'conceal'; readonly seq: number; readonly timestamp: number }
  | { readonly kind: 'idle' };

/** Frames counted since the buffer was made. */
export interface JitterCounters {
  readonly received: number;
  readonly played: number;
  readonly concealed: number;
  readonly late: number;
  readonly dropped: number;
}

interface Held {
  readonly frame: VoiceFrame;
  readonly receivedMs: number;
}

const IDLE: Pulled = { kind: 'idle' };

/** a - b on the 32-bit circle of RTP timestamps: -2^31..2^31-1 samples. */
export function timestampDiff(a: number, b: number): number {
  return (a - b) | 0;
}

export class JitterBuffer {
  /** Frames that can be held at once. */
  readonly capacity: number;
  #delayMs: number;
  #state: 'idle' | 'waiting' | 'playing' = 'idle';
  /** In order of timestamp. */
  #held: Held[] = [];
  /** While waiting: when the spurt starts. */
  #playAtMs = 0;
  /** While not idle: the timestamp that is due next. */
  #expected = 0;
  /** Everything before this timestamp was played or concealed. */
  #over: number | undefined;
  #lastSeq = 0;
  #concealedInRow = 0;
  #played: number[] = [];
  /** The shortest queue, and the ticks it was looked at, since the last cut. */
  #shortest = Number.POSITIVE_INFINITY;
  #ticks = 0;
  #stats = new ReceiverStats();
  #counters = { received: 0, played: 0, concealed: 0, late: 0, dropped: 0 };

  /** `delayMs` is the time from the arrival of a spurt's first frame to its playout, ms. */
  constructor(delayMs: number) {
    this.#delayMs = delayMs;
    this.capacity = Math.ceil(delayMs / FRAME_MS) + EXTRA_FRAMES;
  }

  get counters(): JitterCounters {
    return { ...this.#counters };
  }

  /** Interarrival jitter (RFC 3550, section 6.4.1), ms. */
  get jitterMs(): number {
    return this.#stats.jitterMs;
  }

  /** Packets that never came, by extended sequence numbers (RFC 3550, A.3); negative if there were duplicates. */
  get lost(): number {
    return this.#stats.lost;
  }

  /** Frames held now. */
  get held(): number {
    return this.#held.length;
  }

  /** Whether a spurt is being played or is about to be. */
  get active(): boolean {
    return this.#state !== 'idle';
  }

  /** Takes a frame that arrived at `nowMs`. */
  push(frame: VoiceFrame, nowMs: number): void {
    this.#counters.received++;
    this.#stats.receive(frame, nowMs);
    if (this.#state === 'idle') this.#pushIdle(frame, nowMs);
    else this.#pushActive(frame, nowMs);
  }

  /** What to play in the tick at `nowMs`. Call it once every 20 ms. */
  pull(nowMs: number): Pulled {
    if (this.#state === 'waiting' && nowMs >= this.#playAtMs) this.#state = 'playing';
    if (this.#state !== 'playing') return IDLE;
    this.#cutStandingQueue();
    const head = this.#held[0];
    // Within the tick, not exactly on it: a sender may shift its clock by a part of a frame.
    if (head && timestampDiff(head.frame.timestamp, this.#expected) < FRAME_SAMPLES) return this.#play(head);
    return this.#conceal();
  }

  #pushIdle(frame: VoiceFrame, nowMs: number): void {
    // A straggler of the spurt that just ended does not start a new one.
    if (this.#isOver(frame.timestamp)) return this.#countLate(frame);
    this.#restart({ frame, receivedMs: nowMs });
  }

  #pushActive(frame: VoiceFrame, nowMs: number): void {
    const ahead = timestampDiff(frame.timestamp, this.#expected);
    if (ahead > MAX_AHEAD_SAMPLES || ahead < -MAX_BEHIND_SAMPLES) return this.#rebase(frame, nowMs);
    if (ahead < 0) {
      const tooFar = ahead < -this.capacity * FRAME_SAMPLES;
      if (this.#state === 'playing' || tooFar || this.#isOver(frame.timestamp)) return this.#countLate(frame);
      // An earlier frame of a spurt that has not begun: begin that much earlier, so that the rest keeps its time.
      this.#expected = frame.timestamp;
      this.#playAtMs = Math.max(nowMs, this.#playAtMs + (ahead * 1000) / SAMPLE_RATE);
    }
    this.#insert({ frame, receivedMs: nowMs });
  }

  /** A frame of a moment that is over: late if that moment was concealed, a duplicate if it was played. */
  #countLate(frame: VoiceFrame): void {
    if (this.#wasPlayed(frame.timestamp)) this.#counters.dropped++;
    else this.#counters.late++;
  }

  #isOver(timestamp: number): boolean {
    if (this.#over === undefined) return false;
    const ahead = timestampDiff(timestamp, this.#over);
    return ahead < 0 && ahead >= -MAX_BEHIND_SAMPLES;
  }

  #wasPlayed(timestamp: number): boolean {
    return this.#played.includes(timestamp);
  }

  #insert(entry: Held): void {
    let at = this.#held.length;
    while (at > 0) {
      const before = this.#held[at - 1];
      const diff = before ? timestampDiff(entry.frame.timestamp, before.frame.timestamp) : 1;
      if (diff > 0) break;
      if (diff === 0) {
        this.#counters.dropped++;
        return;
      }
      at--;
    }
    this.#held.splice(at, 0, entry);
    if (this.#held.length > this.capacity) this.#dropOldest();
  }

  /** Drops the oldest frame and what was missing before the next: being late for good is worse than a skip. */
  #dropOldest(): void {
    this.#held.shift();
    this.#counters.dropped++;
    const head = this.#held[0];
    if (head) this.#expected = head.frame.timestamp;
  }

  #cutStandingQueue(): void {
    this.#shortest = Math.min(this.#shortest, this.#held.length);
    if (++this.#ticks < STANDING_TICKS) return;
    const needed = this.capacity - EXTRA_FRAMES + 1; // those of the delay, and the one that is due
    if (this.#shortest >= needed + STANDING_FRAMES) this.#dropOldest();
    this.#ticks = 0;
    this.#shortest = Number.POSITIVE_INFINITY;
  }

  #rebase(frame: VoiceFrame, nowMs: number): void {
    this.#counters.dropped += this.#held.length;
    this.#held = [];
    this.#played = [];
    this.#over = undefined;
    this.#restart({ frame, receivedMs: nowMs });
  }

  /** Begins a spurt with this frame, which may already be held. */
  #restart(first: Held): void {
    this.#state = 'waiting';
    this.#expected = first.frame.timestamp;
    this.#playAtMs = first.receivedMs + this.#delayMs;
    this.#concealedInRow = 0;
    this.#ticks = 0;
    this.#shortest = Number.POSITIVE_INFINITY;
    if (this.#held[0] !== first) this.#insert(first);
  }

  #play(head: Held): Pulled {
    this.#held.shift();
    this.#counters.played++;
    this.#concealedInRow = 0;
    this.#lastSeq = head.frame.seq;
    this.#expected = (head.frame.timestamp + FRAME_SAMPLES) >>> 0;
    this.#over = this.#expected;
    this.#played.push(head.frame.timestamp);
    if (this.#played.length > PLAYED_MEMORY) this.#played.shift();
    if (head.frame.last) this.#endSpurt();
    return { kind: 'packet', frame: head.frame, receivedMs: head.receivedMs };
  }

  #conceal(): Pulled {
    const timestamp = this.#expected;
    this.#counters.concealed++;
    this.#concealedInRow++;
    this.#lastSeq = (this.#lastSeq + 1) & 0xffff;
    this.#expected = (timestamp + FRAME_SAMPLES) >>> 0;
    this.#over = this.#expected;
    if (this.#concealedInRow >= MAX_CONCEALMENTS) this.#endSpurt();
    return { kind: 'conceal', seq: this.#lastSeq, timestamp };
  }

  /** The next spurt may already have begun to arrive. */
  #endSpurt(): void {
    this.#state = 'idle';
    const next = this.#held[0];
    if (next) this.#restart(next);
  }
}
