/**
 * From RTP packets to the sound that is played: a jitter buffer and a decoder for each speaker, and the mixer.
 *
 * The output's clock drives it: `pull` is called for every 20 ms that are played.
 */
import { decodeVoiceFrame, type VoiceFrame } from '../net/protocol/rtp.ts';
import { FRAME_SAMPLES, nsToMs } from './frame.ts';
import { DelayHistogram } from './histogram.ts';
import { JitterBuffer, type Pulled } from './jitter.ts';
import type { VoiceReport } from './messages.ts';
import { Mixer } from './mix.ts';
import { OpusDecoder } from './opus.ts';

/** Decoders at once, at some 100 KB each: more people than anybody can follow. */
export const MAX_SPEAKERS = 64;
/** A decoder of someone who has been silent for this long is freed; making one costs a millisecond. */
export const SPEAKER_IDLE_MS = 30_000;

/** A frame that was given to the output. */
export interface Heard {
  readonly ssrc: number;
  readonly seq: number;
  readonly timestamp: number;
  /** Null for a concealment. */
  readonly receiveNs: bigint | null;
  readonly playoutNs: bigint;
  readonly source: 'packet' | 'concealed';
}

/** What one speaker says in one tick, before gains and deafening. */
export interface SpeakerFrame {
  readonly ssrc: number;
  /** A tick of 48 kHz mono; valid only during the call. */
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
  /** Adds to the mix of a tick before it is clipped: samples on the scale of 16 bit. Called deafened, too. */
  readonly mixIn?: ((sum: Float32Array, playoutNs: bigint) => void) | undefined;
  /** The finished mix, valid only during the call. */
  readonly onMixed?: ((samples: Int16Array, playoutNs: bigint) => void) | undefined;
}

export interface ListenerOptions extends ListenerHooks {
  /** Fixed playout delay, ms. */
  readonly playoutDelayMs: number;
  readonly onSpeaking: (ssrc: number, on: boolean) => void;
  readonly onHeard: (heard: Heard) => void;
}

interface Speaker {
  readonly ssrc: number;
  readonly jitter: JitterBuffer;
  readonly decoder: OpusDecoder;
  speaking: boolean;
  lastPacketMs: number;
}

type Totals = { received: number; concealed: number; late: number; dropped: number };

export class Listener {
  #options: ListenerOptions;
  #speakers = new Map<number, Speaker>();
  #delays = new DelayHistogram();
  #mixer = new Mixer(FRAME_SAMPLES);
  #jitterMs: number | null = null;
  #deafened = false;
  /** What left speakers had counted, and what belongs to no speaker. */
  #totals: Totals = { received: 0, concealed: 0, late: 0, dropped: 0 };

  constructor(options: ListenerOptions) {
    this.#options = options;
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
  receive(packet: Uint8Array, receiveNs: bigint): void {
    const frame = decodeVoiceFrame(packet);
    const nowMs = nsToMs(receiveNs);
    const speaker = frame && this.#speakerOf(frame, nowMs);
    if (!frame || !speaker) {
      this.#totals.dropped++;
      return;
    }
    speaker.lastPacketMs = nowMs;
    speaker.jitter.push(frame, nowMs);
    this.#jitterMs = speaker.jitter.jitterMs;
  }

  /** The 960 samples for the tick at `tickNs`, whose sound is heard at `playoutNs`. Valid until the next call. */
  pull(tickNs: bigint, playoutNs: bigint): Int16Array {
    const nowMs = nsToMs(tickNs);
    const { gainOf, mixIn, onMixed } = this.#options;
    const frames: { ssrc: number; samples: Int16Array }[] = [];
    for (const speaker of this.#speakers.values()) {
      const samples = this.#pullSpeaker(speaker, nowMs, playoutNs);
      if (samples) frames.push({ ssrc: speaker.ssrc, samples });
      else if (nowMs - speaker.lastPacketMs > SPEAKER_IDLE_MS) this.#remove(speaker);
    }
    this.#mixer.begin();
    for (const { ssrc, samples } of frames)
      this.#mixer.add(ssrc, samples, this.#deafened ? 0 : gainOf?.(ssrc));
    mixIn?.(this.#mixer.sum, playoutNs);
    const mixed = this.#mixer.finish();
    onMixed?.(mixed, playoutNs);
    return mixed;
  }

  /** Counters of the call so far. */
  report(): Pick<VoiceReport, 'jitterMs' | 'playoutDelayMs'> & { readonly frames: Readonly<Totals> } {
    const frames = { ...this.#totals };
    for (const speaker of this.#speakers.values()) addTo(frames, speaker);
    const p50 = this.#delays.percentile(0.5);
    const p95 = this.#delays.percentile(0.95);
    return {
      frames,
      jitterMs: this.#jitterMs,
      playoutDelayMs: p50 === null || p95 === null ? null : { p50, p95 },
    };
  }

  close(): void {
    for (const speaker of [...this.#speakers.values()]) this.#remove(speaker);
  }

  /** The speaker of a frame; undefined if there are too many and all of them are being heard. */
  #speakerOf(frame: VoiceFrame, nowMs: number): Speaker | undefined {
    const known = this.#speakers.get(frame.ssrc);
    if (known) return known;
    if (this.#speakers.size >= MAX_SPEAKERS && !this.#evict()) return undefined;
    const speaker: Speaker = {
      ssrc: frame.ssrc,
      jitter: new JitterBuffer(this.#options.playoutDelayMs),
      decoder: new OpusDecoder(),
      speaking: false,
      lastPacketMs: nowMs,
    };
    this.#speakers.set(frame.ssrc, speaker);
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
    speaker.decoder.close();
    this.#mixer.forget(speaker.ssrc);
    this.#speakers.delete(speaker.ssrc);
  }

  #pullSpeaker(speaker: Speaker, nowMs: number, playoutNs: bigint): Int16Array | undefined {
    const pulled = speaker.jitter.pull(nowMs);
    this.#setSpeaking(speaker, pulled.kind !== 'idle');
    if (pulled.kind === 'idle') return undefined;
    const samples = this.#decode(speaker, pulled, playoutNs);
    const timestamp = pulled.kind === 'conceal' ? pulled.timestamp : pulled.frame.timestamp;
    this.#options.onSpeakerFrame?.({ ssrc: speaker.ssrc, samples, timestamp, playoutNs });
    return samples;
  }

  #decode(speaker: Speaker, pulled: Exclude<Pulled, { kind: 'idle' }>, playoutNs: bigint): Int16Array {
    const { ssrc, decoder } = speaker;
    if (pulled.kind === 'conceal') {
      const { seq, timestamp } = pulled;
      this.#options.onHeard({ ssrc, seq, timestamp, receiveNs: null, playoutNs, source: 'concealed' });
      return decoder.conceal();
    }
    const { seq, timestamp, payload } = pulled.frame;
    const bad = decoder.badPackets;
    const samples = decoder.decode(payload);
    const source = decoder.badPackets === bad ? 'packet' : 'concealed';
    this.#delays.add(nsToMs(playoutNs) - pulled.receivedMs);
    const receiveNs = BigInt(Math.round(pulled.receivedMs * 1e6));
    this.#options.onHeard({ ssrc, seq, timestamp, receiveNs, playoutNs, source });
    return samples;
  }

  #setSpeaking(speaker: Speaker, on: boolean): void {
    if (speaker.speaking === on) return;
    speaker.speaking = on;
    this.#options.onSpeaking(speaker.ssrc, on);
  }
}

/** A packet that is not valid Opus was concealed like one that never came. */
function addTo(totals: Totals, { jitter, decoder }: Speaker): void {
  totals.received += jitter.counters.received;
  totals.concealed += jitter.counters.concealed + decoder.badPackets;
  totals.late += jitter.counters.late;
  totals.dropped += jitter.counters.dropped;
}
