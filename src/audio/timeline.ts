/**
 * Where a track's sound goes on the recording's clock. Pure.
 *
 * Within a spurt sound follows sound without a gap, whatever the network did to it; at a spurt's begin, and where the
 * speaker's clock makes no sense, the time of arrival decides. So tracks stay together for hours, although every
 * sound card's clock goes at its own speed.
 */
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';

/** A pause in a speaker's clock from which on the arrival counts again, samples: 200 ms. */
const SPURT_GAP_SAMPLES = SAMPLE_RATE / 5;
/** A jump of a speaker's clock that no pause within a spurt makes, samples. */
const MAX_JUMP = SAMPLE_RATE;
/** A track may be this far from where its arrival would put it until it is put right, samples: 1 s. */
const MAX_OFF = SAMPLE_RATE;

/** What a sound device's times are off by without meaning anything, samples: 60 ms. */
const SLACK = (SAMPLE_RATE * 60) / 1000;

export class Timeline {
  #next = 0;
  /** Timestamp that follows without a gap; undefined before the first. */
  #expected: number | undefined;

  /** Where the track ends, samples since the recording began. */
  get end(): number {
    return this.#next;
  }

  /**
   * The place of `samples` of sound whose first one has this RTP timestamp and whose arrival was `wall` samples after
   * the recording began. Undefined for what is older than what is there, and for a speaker faster than time.
   */
  place(timestamp: number, samples: number, wall: number): number | undefined {
    const at = this.#placeOf(timestamp, wall);
    if (at === undefined || at > wall + MAX_OFF) return undefined;
    this.#next = at + samples;
    this.#expected = (timestamp + samples) >>> 0;
    return at;
  }

  /** The place of `samples` that are heard at `wall`: after what is there, unless there was a pause. */
  follow(samples: number, wall: number): number | undefined {
    if (this.#next > wall + MAX_OFF) return undefined;
    const at = Math.abs(wall - this.#next) < SLACK ? this.#next : Math.max(this.#next, Math.round(wall));
    this.#next = at + samples;
    return at;
  }

  #placeOf(timestamp: number, wall: number): number | undefined {
    const arrived = Math.max(this.#next, Math.round(wall));
    if (this.#expected === undefined) return arrived;
    const ahead = (timestamp - this.#expected) | 0;
    if (ahead < 0 && ahead > -MAX_JUMP) return undefined;
    const inSpurt = ahead >= 0 && ahead < SPURT_GAP_SAMPLES && Math.abs(this.#next + ahead - wall) < MAX_OFF;
    return inSpurt ? this.#next + ahead : arrived;
  }
}
