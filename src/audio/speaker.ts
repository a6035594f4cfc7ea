/** One speaker as a listener hears them: jitter buffer, decoder, level, and what is told of it. */
import type { ReceptionReport } from '../net/protocol/rtcp.ts';
import type { VoicePacket } from '../net/protocol/rtp.ts';
import { TICK_SAMPLES } from './frame.ts';
import { JitterBuffer } from './jitter.ts';
import { SILENCE_LEVEL } from './level.ts';
import type { SpeakerStats } from './messages.ts';
import { OpusDecoder } from './opus.ts';
import type { PlayedFrame } from './playout.ts';
import { Reception } from './reception.ts';

/** Bounds of the playout delay, which may change while somebody is heard. */
export interface DelayBounds {
  minDelayMs: number;
  maxDelayMs: number;
}

export interface SpeakerOptions {
  readonly ssrc: number;
  /** Channels to decode to. */
  readonly channels: 1 | 2;
  readonly delays: Readonly<DelayBounds>;
  readonly onPlayed: (frame: PlayedFrame) => void;
}

export class Speaker {
  readonly ssrc: number;
  readonly jitter: JitterBuffer;
  readonly #decoder: OpusDecoder;
  readonly #samples: Int16Array;
  /** Being heard. */
  speaking = false;
  lastPacketMs = 0;
  #level = SILENCE_LEVEL;
  readonly #reception: Reception;
  readonly #delays: Readonly<DelayBounds>;

  constructor({ ssrc, channels, delays, onPlayed }: SpeakerOptions) {
    this.ssrc = ssrc;
    this.#decoder = new OpusDecoder(channels);
    this.#samples = new Int16Array(TICK_SAMPLES * channels);
    this.#reception = new Reception(ssrc);
    this.#delays = delays;
    this.jitter = new JitterBuffer({
      get minDelayMs() {
        return delays.minDelayMs;
      },
      get maxDelayMs() {
        return delays.maxDelayMs;
      },
      decoder: this.#decoder,
      onPlayed,
    });
  }

  receive(packet: VoicePacket, nowMs: number): void {
    this.lastPacketMs = nowMs;
    this.#level = packet.level;
    this.jitter.push(packet, nowMs);
  }

  /** The sound of the tick at `nowMs`, channels interleaved, valid until the next one; undefined if there is none. */
  pull(nowMs: number): Int16Array | undefined {
    return this.jitter.pull(nowMs, this.#samples) ? this.#samples : undefined;
  }

  get statistics(): SpeakerStats {
    const { counters, stats, delayMs } = this.jitter;
    const { expected, lost, bursts } = stats.recent;
    return {
      ssrc: this.ssrc,
      jitterMs: toTenths(stats.jitterMs),
      lossPct: expected === 0 ? 0 : toTenths((100 * lost) / expected),
      burst: bursts === 0 ? 0 : toTenths(lost / bursts),
      received: counters.received,
      recovered: counters.recovered,
      concealed: counters.concealed,
      late: counters.late,
      dropped: counters.dropped,
      playoutDelayMs: toTenths(delayMs),
      levelDb: -this.#level,
      speaking: this.speaking,
    };
  }

  /** What to tell the speaker; undefined if there is nothing new. */
  report(): ReceptionReport | undefined {
    const { counters, stats, delayMs, frameMs } = this.jitter;
    const { expected, lost, recent, extendedHighestSeq, jitterMs } = stats;
    return this.#reception.report({
      ...{ expected, lost, late: counters.late, recent, extendedHighestSeq, jitterMs, frameMs },
      ...{ delayMs, maxDelayMs: this.#delays.maxDelayMs },
    });
  }

  close(): void {
    this.#decoder.close();
  }
}

/** To a tenth: nobody needs more. */
function toTenths(value: number): number {
  return Math.round(value * 10) / 10;
}
