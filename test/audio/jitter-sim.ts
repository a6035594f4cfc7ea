/** A speaker, a network and a listener in simulated time, with a decoder that says by timestamp what was spoken. Pure. */
import { JitterBuffer, type JitterCounters } from '../../src/audio/jitter.ts';
import type { FrameDecoder, PlayedFrame } from '../../src/audio/playout.ts';
import type { VoicePacket } from '../../src/net/protocol/rtp.ts';

export const SAMPLES_PER_MS = 48;
const TICK_MS = 10;
/** First bytes of Opus packets of 10, 20, 40 and 60 ms (RFC 6716, table 2). */
const TOCS: Readonly<Record<number, number>> = { 10: 14 << 3, 20: 15 << 3, 40: 10 << 3, 60: 11 << 3 };

export interface Arrival {
  readonly packet: VoicePacket;
  readonly atMs: number;
}

/** What was spoken at a sample of the RTP clock. */
export type Signal = (sample: number) => number;
export const tone =
  (hz: number, amplitude = 9000): Signal =>
  (sample) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * sample) / 48_000));

/** A packet whose payload says where it belongs, so that the decoder needs nothing else. */
export function packet(
  timestamp: number,
  changes: Partial<VoicePacket> & { frameMs?: number } = {},
): VoicePacket {
  const { frameMs = 20, ...rest } = changes;
  return {
    seq: 0,
    timestamp: timestamp >>> 0,
    ssrc: 1,
    marker: false,
    last: false,
    level: 30,
    payload: payloadAt(timestamp, frameMs),
    cover: false,
    redundant: [],
    ...rest,
  };
}

export function payloadAt(timestamp: number, frameMs = 20): Uint8Array {
  const bytes = new Uint8Array(10);
  bytes[0] = TOCS[frameMs]!;
  const view = new DataView(bytes.buffer);
  view.setFloat64(1, timestamp);
  view.setUint8(9, frameMs);
  return bytes;
}

/** Gives the signal of each channel; a concealment goes on with silence, so that it cannot be mistaken for speech. */
export function decoderOf(...signals: readonly [Signal] | readonly [Signal, Signal]): FrameDecoder {
  const channels = signals.length;
  return {
    channels,
    decodeFrame: (payload) => {
      if (payload.length !== 10 || payload[0] !== TOCS[payload[9] ?? 0]) return undefined;
      const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
      const timestamp = view.getFloat64(1);
      const samples = new Int16Array(view.getUint8(9) * SAMPLES_PER_MS * channels);
      for (const [channel, signal] of signals.entries())
        for (let i = 0, at = channel; at < samples.length; i++, at += channels)
          samples[at] = signal(timestamp + i);
      return samples;
    },
    concealFrame: (samples) => new Int16Array(samples * channels),
  };
}

export interface Tick {
  readonly nowMs: number;
  /** ms above the fastest packet. */
  readonly delayMs: number;
  readonly playing: boolean;
}

export interface SimOptions {
  readonly minDelayMs?: number;
  readonly maxDelayMs?: number;
  readonly signal?: Signal;
  /** Of the right side, if it is stereo; `signal` is then the left one. */
  readonly right?: Signal;
  readonly untilMs: number;
  /** When the n-th tick is, ms; every 10 ms if it is not given. */
  readonly tickAt?: (n: number) => number;
  readonly onSamples?: (samples: Int16Array, playing: boolean) => void;
  readonly onTick?: (tick: Tick) => void;
}

export interface SimResult {
  readonly buffer: JitterBuffer;
  readonly counters: JitterCounters;
  readonly played: readonly PlayedFrame[];
  readonly mostHeld: number;
}

/** Plays arrivals, which come in order of time. */
export function simulate(arrivals: Iterable<Arrival>, options: SimOptions): SimResult {
  const { minDelayMs = 0, maxDelayMs = 250, signal = () => 0, right, tickAt = (n) => n * TICK_MS } = options;
  const decoder = right ? decoderOf(signal, right) : decoderOf(signal);
  const played: PlayedFrame[] = [];
  const buffer = new JitterBuffer({
    minDelayMs,
    maxDelayMs,
    decoder,
    onPlayed: (frame) => played.push(frame),
  });
  const out = new Int16Array(480 * decoder.channels);
  const queue = arrivals[Symbol.iterator]();
  let next = queue.next();
  let mostHeld = 0;
  for (let n = 0, nowMs = tickAt(0); nowMs <= options.untilMs; n++, nowMs = tickAt(n)) {
    while (!next.done && next.value.atMs <= nowMs) {
      buffer.push(next.value.packet, next.value.atMs);
      mostHeld = Math.max(mostHeld, buffer.held);
      next = queue.next();
    }
    const playing = buffer.pull(nowMs, out);
    if (!playing) out.fill(0);
    options.onSamples?.(out, playing);
    options.onTick?.({ nowMs, delayMs: buffer.delayMs, playing });
  }
  return { buffer, counters: buffer.counters, played, mostHeld };
}
