/**
 * From RTP packets to the sound that is played: a jitter buffer and a decoder for each speaker, and the mixer.
 *
 * The output's clock drives it: `pull` is called for every 10 ms that are played.
 */
import type { ReceptionReport } from '../net/protocol/rtcp.ts';
import { decodeVoicePacket } from '../net/protocol/rtp.ts';
import { nsToMs, TICK_SAMPLES } from './frame.ts';
import { DelayHistogram } from './histogram.ts';
import type { SpeakerStats, VoiceReport } from './messages.ts';
import { Mixer } from './mix.ts';
import { OutputClock } from './output-clock.ts';
import type { PlayedFrame } from './playout.ts';
import { type DelayBounds, Speaker } from './speaker.ts';

/** Decoders at once, at some 100 KB each: more people than anybody can follow. */
export const MAX_SPEAKERS = 64;
/** A decoder of someone who has been silent for this long is freed; making one costs a millisecond. */
export const SPEAKER_IDLE_MS = 30_000;

/** The longest playout delay where none is given, ms: beyond it people begin to talk at the same time. */
export const MAX_PLAYOUT_DELAY_MS = 250;

/** A frame that was given to the output. */
export interface Heard {
  readonly ssrc: number;
  readonly seq: number;
  readonly timestamp: number;
  /** Null for a concealment. */
  readonly receiveNs: bigint | null;
  readonly playoutNs: bigint;
  readonly source: 'packet' | 'red' | 'concealed';
}

/** What one speaker says in one tick, before gains and deafening. */
export interface SpeakerFrame {
  readonly ssrc: number;
  /** A tick at 48 kHz, the listener's channels interleaved; valid only during the call. */
  readonly samples: Int16Array;
  /** RTP timestamp of about the first sample. */
  readonly timestamp: number;
  /** When the first sample is heard, process.hrtime.bigint(). */
  readonly playoutNs: bigint;
}

/** Where others hook in: volumes, tones, replay, recording. Each is called in the tick and must be quick. */
export interface ListenerHooks {
  /** What each active speaker says in this tick, in order of speakers, before the mix. */
  readonly onSpeakerFrame?: ((frame: SpeakerFrame) => void) | undefined;
  /** Linear gain of a speaker in this tick, 0 is muted; asked after onSpeakerFrame. A change is ramped over a tick. */
  readonly gainOf?: ((ssrc: number) => number) | undefined;
  /** Adds to the mix of a tick before it is clipped: samples on the scale of 16 bit, interleaved. Called deafened, too. */
  readonly mixIn?: ((sum: Float32Array, playoutNs: bigint) => void) | undefined;
  /** The finished mix, valid only during the call. */
  readonly onMixed?: ((samples: Int16Array, playoutNs: bigint) => void) | undefined;
}

export interface ListenerOptions extends ListenerHooks {
  /** Channels of the mix, 1 if it is not given. With 2 who speaks in stereo is heard in stereo, all others in the middle. */
  readonly channels?: 1 | 2;
  /** Shortest playout delay, ms: see jitter.ts. */
  readonly playoutDelayMs: number;
  /** Longest playout delay, ms; MAX_PLAYOUT_DELAY_MS if it is not given. */
  readonly maxPlayoutDelayMs?: number | undefined;
  readonly onSpeaking: (ssrc: number, on: boolean) => void;
  readonly onHeard: (heard: Heard) => void;
}

/** Bounds of the playout delay, ms, as the settings have them. */
interface PlayoutDelays {
  readonly playoutDelayMs?: number;
  readonly maxPlayoutDelayMs?: number;
}

type Totals = Omit<VoiceReport['frames'], 'sent'>;
/** What of a jitter buffer's counters goes into the totals. */
const TOTALS = ['received', 'recovered', 'concealed', 'late', 'dropped'] as const satisfies (keyof Totals)[];

export class Listener {
  #options: ListenerOptions;
  readonly #bounds: DelayBounds;
  /** The longest delay that is wanted, ms; it is longer where the shortest is. */
  #longestMs = MAX_PLAYOUT_DELAY_MS;
  #speakers = new Map<number, Speaker>();
  #clock = new OutputClock();
  #delays = new DelayHistogram();
  readonly #channels: 1 | 2;
  readonly #mixer: Mixer;
  #jitterMs: number | null = null;
  #deafened = false;
  /** The last ones who left. */
  #left: SpeakerStats[] = [];
  /** The moment at which the tick that is being pulled is heard. */
  #playoutNs = 0n;
  /** What left speakers had counted, and what belongs to no speaker. */
  #totals: Record<keyof Totals, number> = { received: 0, recovered: 0, concealed: 0, late: 0, dropped: 0 };

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#channels = options.channels ?? 1;
    this.#mixer = new Mixer(TICK_SAMPLES, this.#channels);
    this.#bounds = { minDelayMs: 0, maxDelayMs: 0 };
    const { playoutDelayMs, maxPlayoutDelayMs = MAX_PLAYOUT_DELAY_MS } = options;
    this.setDelays({ playoutDelayMs, maxPlayoutDelayMs });
  }

  /** The longest playout delay, ms. */
  get maxDelayMs(): number {
    return this.#bounds.maxDelayMs;
  }

  /** Other bounds for everybody from now on; one that is not given stays. */
  setDelays({ playoutDelayMs = this.#bounds.minDelayMs, maxPlayoutDelayMs }: PlayoutDelays): void {
    this.#bounds.minDelayMs = playoutDelayMs;
    this.#longestMs = maxPlayoutDelayMs ?? this.#longestMs;
    this.#bounds.maxDelayMs = Math.max(playoutDelayMs, this.#longestMs);
  }

  /** Whether anything is yet to be played. */
  get active(): boolean {
    return [...this.#speakers.values()].some((speaker) => speaker.jitter.active);
  }

  /** Deafened, everything is decoded and counted, and silence is played. */
  set deafened(on: boolean) {
    this.#deafened = on;
  }

  /** Takes a packet from the network: anything at all. */
  receive(bytes: Uint8Array, receiveNs: bigint): void {
    const packet = decodeVoicePacket(bytes);
    const nowMs = nsToMs(receiveNs);
    const speaker = packet && this.#speakerOf(packet.ssrc);
    if (!packet || !speaker) {
      this.#totals.dropped++;
      return;
    }
    speaker.receive(packet, nowMs);
    this.#jitterMs = speaker.jitter.stats.jitterMs;
  }

  /** The 480 samples a channel for the tick at `tickNs`, whose sound is heard at `playoutNs`. Valid until the next call. */
  pull(tickNs: bigint, playoutNs: bigint): Int16Array {
    const nowMs = this.#clock.tick(nsToMs(tickNs));
    this.#playoutNs = playoutNs;
    const { gainOf, mixIn, onMixed } = this.#options;
    const heard: { ssrc: number; samples: Int16Array }[] = [];
    for (const speaker of this.#speakers.values()) {
      const samples = this.#pullSpeaker(speaker, nowMs);
      if (samples) heard.push({ ssrc: speaker.ssrc, samples });
      else if (nowMs - speaker.lastPacketMs > SPEAKER_IDLE_MS) this.#remove(speaker);
    }
    this.#mixer.begin();
    for (const { ssrc, samples } of heard) {
      this.#mixer.add(ssrc, samples, this.#deafened ? 0 : gainOf?.(ssrc));
    }
    mixIn?.(this.#mixer.sum, playoutNs);
    const mixed = this.#mixer.finish();
    onMixed?.(mixed, playoutNs);
    return mixed;
  }

  /** Counters of the call so far. */
  report(): Pick<VoiceReport, 'jitterMs' | 'playoutDelayMs' | 'speakers'> & { readonly frames: Totals } {
    const frames = { ...this.#totals };
    for (const speaker of this.#speakers.values()) addTo(frames, speaker);
    const p50 = this.#delays.percentile(0.5);
    const p95 = this.#delays.percentile(0.95);
    return {
      frames,
      jitterMs: this.#jitterMs,
      playoutDelayMs: p50 === null || p95 === null ? null : { p50, p95 },
      speakers: [...this.#left, ...this.speakers()],
    };
  }

  /** How each speaker comes in who was heard of late. */
  speakers(): SpeakerStats[] {
    return [...this.#speakers.values()].map((speaker) => speaker.statistics);
  }

  /** What to report to those of whom there is news. */
  reports(): ReceptionReport[] {
    return [...this.#speakers.values()]
      .map((speaker) => speaker.report())
      .filter((report) => report !== undefined);
  }

  close(): void {
    for (const speaker of [...this.#speakers.values()]) this.#remove(speaker);
  }

  /** The speaker of a packet; undefined if there are too many and all of them are being heard. */
  #speakerOf(ssrc: number): Speaker | undefined {
    const known = this.#speakers.get(ssrc);
    if (known) return known;
    if (this.#speakers.size >= MAX_SPEAKERS && !this.#evict()) return undefined;
    const speaker = new Speaker({
      ssrc,
      channels: this.#channels,
      delays: this.#bounds,
      onPlayed: (frame) => this.#heard(ssrc, frame),
    });
    this.#speakers.set(ssrc, speaker);
    return speaker;
  }

  /** Removes the one who has been silent the longest. */
  #evict(): boolean {
    const silent = [...this.#speakers.values()].filter((speaker) => !speaker.jitter.active);
    const oldest = silent.sort((a, b) => a.lastPacketMs - b.lastPacketMs)[0];
    if (oldest) this.#remove(oldest);
    return oldest !== undefined;
  }

  #remove(speaker: Speaker): void {
    this.#setSpeaking(speaker, false);
    addTo(this.#totals, speaker);
    this.#left = [...this.#left, speaker.statistics].slice(-MAX_SPEAKERS);
    speaker.close();
    this.#mixer.forget(speaker.ssrc);
    this.#speakers.delete(speaker.ssrc);
  }

  #pullSpeaker(speaker: Speaker, nowMs: number): Int16Array | undefined {
    const timestamp = speaker.jitter.timestamp;
    const samples = speaker.pull(nowMs);
    this.#setSpeaking(speaker, samples !== undefined);
    if (!samples) return undefined;
    this.#options.onSpeakerFrame?.({ ssrc: speaker.ssrc, samples, timestamp, playoutNs: this.#playoutNs });
    return samples;
  }

  #heard(ssrc: number, { source, seq, timestamp, receivedMs, leadMs }: PlayedFrame): void {
    const playoutNs = this.#playoutNs + BigInt(Math.round(leadMs * 1e6));
    if (receivedMs !== null) this.#delays.add(nsToMs(playoutNs) - receivedMs);
    const receiveNs = receivedMs === null ? null : BigInt(Math.round(receivedMs * 1e6));
    this.#options.onHeard({ ssrc, seq, timestamp, receiveNs, playoutNs, source });
  }

  #setSpeaking(speaker: Speaker, on: boolean): void {
    if (speaker.speaking === on) return;
    speaker.speaking = on;
    this.#options.onSpeaking(speaker.ssrc, on);
  }
}

function addTo(totals: Record<keyof Totals, number>, { jitter }: Speaker): void {
  const { counters } = jitter;
  for (const key of TOTALS) totals[key] += counters[key];
}
