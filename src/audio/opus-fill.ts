/**
 * Opus packets for time in which nothing came, so that a track keeps its place on the clock. Pure.
 *
 * What was lost within a spurt is left to the decoder to conceal, by frames without bytes (RFC 7845, section 4.1);
 * between spurts stand the two bytes that libopus' encoder makes of digital silence.
 */

/** The unit that is filled, samples: 10 ms, the shortest frame that every mode of Opus has but one. */
export const FILL_SAMPLES = 480;
/** Frames of a packet: 120 ms, the longest (RFC 6716, section 3.2.5). */
const MAX_FRAMES = 12;
/** A longer hole than this is a pause, not a loss, samples: 120 ms, when concealment has faded out anyway. */
const MAX_LOST_SAMPLES = MAX_FRAMES * FILL_SAMPLES;

/** CELT, fullband, mono, 10 or 20 ms; as many frames as the next byte says, all of one size (RFC 6716, section 3.2.5). */
const CELT_10_MS = 30 << 3;
const CELT_20_MS = 31 << 3;
const MANY = 3;
/** A CELT frame whose silence flag is set. */
const SILENT_FRAME = [0xff, 0xfe];

export interface FillPacket {
  readonly payload: Uint8Array;
  readonly samples: number;
}

/**
 * Packets that last `samples` in all, less than one FILL_SAMPLES missing. `toc` is the first byte of the packet before, if
 * there was one.
 */
export function fill(samples: number, toc: number | undefined): FillPacket[] {
  const packets: FillPacket[] = [];
  const lost = toc !== undefined && samples <= MAX_LOST_SAMPLES;
  for (let left = Math.floor(samples / FILL_SAMPLES); left > 0; left -= MAX_FRAMES) {
    const frames = Math.min(left, MAX_FRAMES);
    const payload = lost ? lostFrames(toc, frames) : silentFrames(frames);
    packets.push({ payload, samples: frames * FILL_SAMPLES });
  }
  return packets;
}

/** Half as many frames of 20 ms where that fits: they take as many bytes each. */
function silentFrames(frames: number): Uint8Array {
  const [toc, count] = frames % 2 === 0 ? [CELT_20_MS, frames / 2] : [CELT_10_MS, frames];
  return Uint8Array.of(toc | MANY, count, ...Array(count).fill(SILENT_FRAME).flat());
}

/** The mode, bandwidth and channels of the packet before, in frames of 10 ms that are empty. */
function lostFrames(toc: number, frames: number): Uint8Array {
  const config = toc >> 3;
  return Uint8Array.of((shortConfig(config) << 3) | (toc & 4) | 3, frames);
}

/** The configuration of RFC 6716, table 2, with 10 ms and otherwise the same. */
function shortConfig(config: number): number {
  if (config < 12) return config & ~3;
  return config < 16 ? config & ~1 : (config & ~3) | 2;
}
