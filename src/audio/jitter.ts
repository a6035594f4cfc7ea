/**
 * A jitter buffer for one speaker, with a playout delay that follows the network. Pure but for the decoder that it is
 * given: the caller says what time it is, and asks for the sound of a tick every 10 ms.
 *
 *    idle --first frame--> waiting --the delay is over--> playing --the spurt's end, or 100 ms missing--> idle
 *
 *    packets -> frames in order (frame-queue.ts) -> decoder or concealment, samples (playout.ts) -> ticks
 *
 * How long frames should be held back is delay-estimator.ts's to say, and how to get there delay-control.ts's. Nothing
 * here grows: the delay is bounded, and what would be beyond the bound is dropped.
 */
import { opusDuration, SAMPLE_RATE, type VoicePacket } from '../net/protocol/rtp.ts';
import { DelayControl } from './delay-control.ts';
import { DelayEstimator } from './delay-estimator.ts';
import { FRAME_SAMPLES, msToSamples, TICK_MS, TICK_SAMPLES } from './frame.ts';
import { FrameQueue, type HeldFrame } from './frame-queue.ts';
import { type Bounds, type FrameDecoder, type PlayedFrame, Playout } from './playout.ts';
import { ReceiverStats } from './receiver-stats.ts';

/** A frame further ahead than this while playing, plus the longest delay, is another clock (a restarted sender): 1 s. */
const MAX_AHEAD_SAMPLES = SAMPLE_RATE;
/** A frame further behind than this is another clock; nearer ones are merely late: 10 s. */
const MAX_BEHIND_SAMPLES = 10 * SAMPLE_RATE;
/** The longest frame that is decoded; one that claims to be longer is none. 60 ms. */
const MAX_FRAME_SAMPLES = 3 * FRAME_SAMPLES;
/** Silence after which the sender's clock may have drifted away from what is known of it, ms. */
const LONG_SILENCE_MS = 10_000;
/** The delay may exceed its bound by this until sound is dropped, rather than cut little by little, ms. */
export const OVERSHOOT_MS = 20;
/** What copies reach back to is forgotten at this rate, ms a ms: after 4 s without any, 80 ms are. */
const OFFER_DECAY = 0.02;
/** Packets lost of the last few seconds from which on copies are waited for. One alone may be an accident. */
const LOSS_SEEN = 2;

export interface JitterOptions {
  /** The delay never aims lower than this, ms above the fastest packet. */
  readonly minDelayMs: number;
  /** It is not longer than this, ms above the fastest packet. */
  readonly maxDelayMs: number;
  readonly decoder: FrameDecoder;
  readonly onPlayed: (frame: PlayedFrame) => void;
}

/** Frames counted since the buffer was made. */
export interface JitterCounters {
  /** Frames that came in packets of their own. */
  readonly received: number;
  /** Frames played, from packets of their own and from copies. */
  readonly played: number;
  readonly recovered: number;
  readonly concealed: number;
  readonly late: number;
  readonly dropped: number;
}

export class JitterBuffer {
  readonly #options: JitterOptions;
  #state: 'idle' | 'waiting' | 'playing' = 'idle';
  readonly #queue = new FrameQueue();
  readonly #playout: Playout;
  readonly #estimator: DelayEstimator;
  readonly #control = new DelayControl();
  readonly #stats = new ReceiverStats();
  /** The last timestamp seen, counted on beyond 32 bits; new ones are understood as near to it. */
  #reference: number | undefined;
  #frameSamples = FRAME_SAMPLES;
  #lastArrivalMs = Number.NEGATIVE_INFINITY;
  #offeredMs = 0;
  #delayMs = 0;
  #received = 0;
  #late = 0;
  #dropped = 0;

  constructor(options: JitterOptions) {
    this.#options = options;
    const { decoder, onPlayed } = options;
    this.#playout = new Playout({ queue: this.#queue, decoder, onPlayed });
    this.#estimator = new DelayEstimator(options);
  }

  get counters(): JitterCounters {
    const { played, recovered, concealed, late } = this.#playout.counters;
    const [received, dropped] = [this.#received, this.#dropped];
    return { received, played, recovered, concealed, late: late + this.#late, dropped };
  }

  /** Loss and jitter of the packets. */
  get stats(): ReceiverStats {
    return this.#stats;
  }

  /** Frames held now. */
  get held(): number {
    return this.#queue.length;
  }

  /** Whether a spurt is being played or is about to be. */
  get active(): boolean {
    return this.#state !== 'idle';
  }

  /** How much longer than the fastest packet's way frames are held back now, ms. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Length of the speaker's last frame, ms. */
  get frameMs(): number {
    return toMs(this.#frameSamples);
  }

  /** About which RTP timestamp is read next. */
  get timestamp(): number {
    return this.#playout.position >>> 0;
  }

  /** Takes a packet that arrived at `nowMs`. */
  push(packet: VoicePacket, nowMs: number): void {
    const isNew = this.#stats.receive(packet, nowMs);
    const at = this.#extended(packet.timestamp);
    if (this.#isOtherClock(at)) this.#rebase(transitMs(at, nowMs));
    this.#reference = at;
    const own = packet.payload.length > 0;
    const samples = own ? this.#durationOf(packet.payload) : 0;
    this.#estimate(at, own && isNew ? samples : 0, nowMs);
    this.#lastArrivalMs = nowMs;
    if (packet.last) this.#playout.learnEnd(at + samples);
    if (own) {
      const { seq, payload } = packet;
      this.#received++;
      this.#take({ timestamp: at, samples, seq, payload, receivedMs: nowMs, copy: false });
    }
    this.#takeCopies(packet, at, nowMs);
  }

  /** Fills `out` with the sound of the tick at `nowMs`, as many channels as decoded. False, and nothing done, if none. */
  pull(nowMs: number, out: Int16Array): boolean {
    if (this.#state === 'waiting') this.#beginPlaying(nowMs);
    if (this.#state !== 'playing') return false;
    if (transitMs(this.#playout.position, nowMs) > this.#longestMs()) this.#skip(nowMs);
    const bounds = {
      skipBefore: msToSamples(nowMs - this.#wantedMs() - TICK_MS),
      oldest: msToSamples(nowMs - this.#longestMs()),
    };
    const outcome = this.#playout.read(out, this.#steer(nowMs, bounds), bounds);
    // The next spurt may already have begun to arrive.
    if (outcome !== 'playing') this.#state = this.#queue.length > 0 ? 'waiting' : 'idle';
    return outcome !== 'ended';
  }

  // Packets in ----------------------------------------------------------------------------------------------

  /** Learns from when a frame of so many samples came; 0 if the packet brought none that is new. */
  #estimate(at: number, samples: number, nowMs: number): void {
    const { next } = this.#playout;
    if (this.#state === 'idle' && (next === undefined || at >= next)) {
      const continuous = nowMs - this.#lastArrivalMs < LONG_SILENCE_MS;
      this.#estimator.beginSpurt(transitMs(at, nowMs), continuous);
    }
    // A frame of which a copy came before it is in time however late it is.
    if (samples === 0 || this.#queue.has(at) || this.#playout.wasPlayed(at)) return;
    this.#estimator.add(transitMs(at, nowMs), toMs(samples));
  }

  #take(frame: HeldFrame): void {
    const { next } = this.#playout;
    if (next !== undefined && frame.timestamp < next) {
      // Late if its moment was concealed, a duplicate if it was played.
      if (this.#playout.wasPlayed(frame.timestamp)) this.#drop(frame);
      else if (!frame.copy) this.#late++;
      return;
    }
    const refused = this.#queue.insert(frame);
    if (refused) this.#drop(refused);
    if (this.#state === 'idle') this.#state = 'waiting';
  }

  #takeCopies({ redundant, seq }: VoicePacket, at: number, nowMs: number): void {
    const oldest = redundant[0];
    const offered = oldest ? toMs(oldest.offset) : 0;
    this.#offeredMs = Math.max(offered, this.#offeredMs - OFFER_DECAY * toMs(this.#frameSamples));
    for (const { offset, payload } of redundant) {
      if (!this.#isOfUse(at - offset, nowMs)) continue;
      const samples = this.#durationOf(payload);
      const ownSeq = (seq - Math.round(offset / samples)) & 0xffff;
      const common = { timestamp: at - offset, samples, payload };
      this.#take({ ...common, seq: ownSeq, receivedMs: nowMs, copy: true });
    }
  }

  /** A copy that comes before its spurt is played is of use if it is in time: it shall not make the whole spurt late. */
  #isOfUse(timestamp: number, nowMs: number): boolean {
    const { next } = this.#playout;
    if (next !== undefined && timestamp < next) return false;
    return this.#state === 'playing' || transitMs(timestamp, nowMs) <= this.#wantedMs();
  }

  #durationOf(payload: Uint8Array): number {
    const samples = opusDuration(payload);
    if (samples > 0 && samples <= MAX_FRAME_SAMPLES) this.#frameSamples = samples;
    return this.#frameSamples;
  }

  #drop(frame: HeldFrame): void {
    if (!frame.copy) this.#dropped++;
  }

  /** A 32-bit timestamp as the nearest to the last one seen. */
  #extended(timestamp: number): number {
    const reference = this.#reference ?? timestamp;
    return reference + ((timestamp - reference) | 0);
  }

  #isOtherClock(at: number): boolean {
    const { next } = this.#playout;
    if (next === undefined) return false;
    if (at - next < -MAX_BEHIND_SAMPLES) return true;
    const most = MAX_AHEAD_SAMPLES + msToSamples(this.#options.maxDelayMs);
    return this.#state === 'playing' && at - next > most;
  }

  #rebase(newTransitMs: number): void {
    this.#dropped += this.#queue.clear();
    this.#playout.reset();
    this.#estimator.restart(newTransitMs);
    this.#state = 'idle';
  }

  // The delay -----------------------------------------------------------------------------------------------

  /** The transit time within which all frames come that shall be played, ms. */
  #neededMs(): number {
    const { baseMs, jitterMs } = this.#estimator;
    const copiesMs = this.#stats.recent.lost >= LOSS_SEEN ? this.#offeredMs : 0;
    return baseMs + Math.min(jitterMs + copiesMs, this.#options.maxDelayMs);
  }

  #wantedMs(): number {
    return Math.max(this.#neededMs(), this.#estimator.baseMs + this.#options.minDelayMs);
  }

  #longestMs(): number {
    return this.#estimator.baseMs + this.#options.maxDelayMs + OVERSHOOT_MS;
  }

  /** Returns the ratio to read at in this tick, and splices what is to be read, if that is due. */
  #steer(nowMs: number, bounds: Bounds): number {
    const delayMs = transitMs(this.#playout.position, nowMs);
    const { baseMs } = this.#estimator;
    this.#delayMs = delayMs - baseMs;
    const { ppm, spliceMs, likeness } = this.#control.steer({
      delayMs,
      baseMs,
      gridMs: transitMs(this.#playout.next ?? 0, nowMs),
      neededMs: this.#neededMs(),
      wantedMs: this.#wantedMs(),
    });
    const samples = Math.round(msToSamples(spliceMs));
    if (samples !== 0 && this.#playout.splice(samples, likeness, bounds)) this.#control.spliced(spliceMs);
    return ppm === 0 ? this.#playout.landing(TICK_SAMPLES) : 1 + ppm * 1e-6;
  }

  /** After a stall of the network everything is there at once: what is too old is left out. */
  #skip(nowMs: number): void {
    const first = this.#dropOld(nowMs);
    if (first) this.#playout.start(first.timestamp);
  }

  #beginPlaying(nowMs: number): void {
    const { first } = this.#queue;
    const tooOld = first && transitMs(first.timestamp, nowMs) > this.#longestMs();
    const head = tooOld ? this.#dropOld(nowMs) : first;
    if (!head) this.#state = 'idle';
    if (!head || transitMs(head.timestamp, nowMs) < this.#control.first(this.#neededMs(), this.#wantedMs()))
      return;
    this.#state = 'playing';
    this.#playout.start(head.timestamp);
    this.#control.reset();
  }

  /** Drops what is older than the longest delay; returns what comes first then, if anything is left. */
  #dropOld(nowMs: number): HeldFrame | undefined {
    const oldest = msToSamples(nowMs - this.#estimator.baseMs - this.#options.maxDelayMs);
    for (let first = this.#queue.first; first; first = this.#queue.first) {
      if (first.timestamp >= oldest) return first;
      this.#queue.shift();
      this.#drop(first);
    }
    return undefined;
  }
}

/** Transit time of a timestamp: how long it took to be here at `nowMs`, give or take a constant, ms. */
function transitMs(timestamp: number, nowMs: number): number {
  return nowMs - toMs(timestamp);
}

function toMs(samples: number): number {
  return (samples * 1000) / SAMPLE_RATE;
}
