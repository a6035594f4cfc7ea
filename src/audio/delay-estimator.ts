/**
 * How long a speaker's frames must be held back so that hardly one comes too late: from how much later than the
 * fastest each frame came in the last three seconds. Pure.
 *
 * Times are transit times: arrival minus RTP timestamp, in ms. Where their zero is nobody knows, and it does not matter.
 */

/** What is looked back on, in buckets of sound received (silence does not count): 12 of 250 ms. */
const BUCKET_MS = 250;
const BUCKETS = 12;
/**
 * One frame alone that was later than this much of all others is an accident and no reason to hold all that follow
 * back: what counts is at most 1 / 0.6 of the second largest delay.
 */
const ACCIDENT = 0.6;
/** Beyond the largest delay seen in three seconds, as a share of it, and ms: the next one may be a bit larger. */
const MARGIN = 0.12;
const MARGIN_MS = 1;
/**
 * A small delay is cheap to be ready for: the largest of some seconds is remembered for a minute if it is below this, ms,
 * and this share of a frame. Short frames are for those who count each millisecond.
 */
const REMEMBERED_MS = 8;
const REMEMBERED = 0.5;
const MEMORY_MS = 60_000;
/** What a call begins with, ms: a thread that is scheduled late. */
const FIRST_GUESS_MS = 3;
/** A spurt may begin this far from its place on the sender's clock, ms: senders round it to a tick. */
const ROUNDING_MS = 6;
/** So many frames in a row that are beyond every bound, and not the end of a stall: the way has become longer. */
const LONGER_WAY = 3;

interface Bucket {
  /** The fastest, the slowest and the second slowest transit, ms. */
  min: number;
  slowest: number;
  second: number;
}

export class DelayEstimator {
  readonly #bounds: { readonly maxDelayMs: number };
  /** The newest is the last. */
  #buckets: Bucket[] = [];
  /** Sound in the newest bucket, ms. */
  #filledMs = 0;
  #rememberedMs = FIRST_GUESS_MS;
  /** The jitter before the clock's zero was lost, and for how much more sound it counts, ms. */
  #before = { jitterMs: 0, leftMs: 0 };
  #baseMs = 0;
  #jitterMs = FIRST_GUESS_MS;
  /** In a stall, or what it left: frames that came all at once. */
  #stalled = false;
  #beyond = 0;
  #lastMs = 0;

  /** @param bounds read whenever they are needed. Frames that come later than `maxDelayMs` are nothing to wait for. */
  constructor(bounds: { readonly maxDelayMs: number }) {
    this.#bounds = bounds;
  }

  /** The fastest transit of late. */
  get baseMs(): number {
    return this.#baseMs;
  }

  /** How much longer than the fastest frames must be held, ms. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /** A frame of `durationMs` had this transit time. */
  add(transitMs: number, durationMs: number): void {
    if (this.#buckets.length > 0 && this.#isStall(transitMs, durationMs)) return;
    const bucket = this.#bucketFor(durationMs);
    bucket.min = Math.min(bucket.min, transitMs);
    if (transitMs > bucket.slowest) {
      bucket.second = bucket.slowest;
      bucket.slowest = transitMs;
    } else if (transitMs > bucket.second) bucket.second = transitMs;
    this.#estimate(durationMs);
  }

  /**
   * The first frame of a spurt had this transit time. What is known of the delay's variation is kept; the fastest
   * transit too, if `continuous` and the frame fits it, but for what the sender may have rounded.
   */
  beginSpurt(transitMs: number, continuous: boolean): void {
    const late = transitMs - this.#baseMs;
    if (this.#buckets.length === 0 || !continuous) this.restart(transitMs);
    else if (late <= this.#jitterMs + ROUNDING_MS)
      this.#shift(Math.max(-ROUNDING_MS, Math.min(ROUNDING_MS, late)));
    else if (late <= this.#bounds.maxDelayMs) this.restart(transitMs);
  }

  /** The zero of the clock is lost: this is the fastest transit for now, and of before only the variation counts. */
  restart(transitMs: number): void {
    if (this.#buckets.length > 0) {
      const { jitterMs, leftMs } = this.#before;
      this.#before = {
        jitterMs: Math.max(leftMs > 0 ? jitterMs : 0, this.#jitterMs),
        leftMs: BUCKETS * BUCKET_MS,
      };
    }
    this.#buckets = [];
    this.#stalled = false;
    this.#baseMs = transitMs;
  }

  #shift(ms: number): void {
    for (const bucket of this.#buckets) {
      bucket.min += ms;
      bucket.slowest += ms;
      bucket.second += ms;
    }
    this.#baseMs += ms;
  }

  /** Whether a frame was held up so long that it says nothing about those that follow. */
  #isStall(transitMs: number, durationMs: number): boolean {
    const late = transitMs - this.#baseMs;
    // Of frames that were held up and come all at once, each is later than the next by its own length.
    const draining = this.#stalled && this.#lastMs - transitMs > durationMs / 2;
    this.#lastMs = transitMs;
    if (late > this.#bounds.maxDelayMs) {
      this.#beyond = draining ? 0 : this.#beyond + 1;
      this.#stalled = this.#beyond < LONGER_WAY;
      if (!this.#stalled) this.restart(transitMs);
      return this.#stalled;
    }
    this.#beyond = 0;
    this.#stalled &&= draining && late > this.#jitterMs;
    return this.#stalled;
  }

  #bucketFor(durationMs: number): Bucket {
    const newest = this.#buckets.at(-1);
    if (newest && this.#filledMs < BUCKET_MS) {
      this.#filledMs += durationMs;
      return newest;
    }
    const empty = Number.NEGATIVE_INFINITY;
    const bucket = { min: Number.POSITIVE_INFINITY, slowest: empty, second: empty };
    this.#buckets.push(bucket);
    if (this.#buckets.length > BUCKETS) this.#buckets.shift();
    this.#filledMs = durationMs;
    return bucket;
  }

  #estimate(durationMs: number): void {
    let base = Number.POSITIVE_INFINITY;
    let slowest = Number.NEGATIVE_INFINITY;
    let second = Number.NEGATIVE_INFINITY;
    for (const bucket of this.#buckets) {
      base = Math.min(base, bucket.min);
      second = Math.max(second, bucket.second, Math.min(slowest, bucket.slowest));
      slowest = Math.max(slowest, bucket.slowest);
    }
    this.#baseMs = base;
    const repeated = second === Number.NEGATIVE_INFINITY ? 0 : (second - base) / ACCIDENT;
    const counted = Math.min(slowest - base, repeated) * (1 + MARGIN) + MARGIN_MS;
    this.#before.leftMs -= durationMs;
    const before = this.#before.leftMs > 0 ? this.#before.jitterMs : 0;
    this.#remember(slowest - base, durationMs);
    this.#jitterMs = Math.max(counted, before, this.#rememberedMs + MARGIN_MS);
  }

  /** Large delays are another matter: they come and go with the network's load. */
  #remember(largestMs: number, durationMs: number): void {
    const mostMs = Math.min(REMEMBERED_MS, REMEMBERED * durationMs);
    const forgotten = (mostMs * durationMs) / MEMORY_MS;
    const small = largestMs <= mostMs ? largestMs : 0;
    this.#rememberedMs = Math.max(0, this.#rememberedMs - forgotten, small);
  }
}
