/**
 * Opus packets of any duration as packets of a duration that a room takes: 10 or 20 ms, or one frame of 40 or 60 ms. Pure.
 *
 * A packet of many frames is split; packets shorter than 10 ms are gathered. The frames stay as they are: nothing is decoded.
 */
import { type OpusFrames, readOpus, writeOpus } from './opus-packet.ts';

/** The shortest packet that is sent into a room: the step of the clock of those who hear it. 10 ms at 48 kHz. */
const SHORTEST_SAMPLES = 480;
/** The longest that goes on as it came, if it holds several frames: 20 ms. */
const LONGEST_SAMPLES = 960;

/** A packet of Opus and where it stands behind the one that it was made from. */
export interface Piece {
  /** Samples after the timestamp of the packet that completed it; negative for what was gathered before. */
  readonly offset: number;
  readonly samples: number;
  readonly payload: Uint8Array;
}

export interface Repackaged {
  readonly pieces: readonly Piece[];
  /** Duration of the packet that came, samples. */
  readonly samples: number;
}

interface Gathering {
  toc: number;
  frames: Uint8Array[];
  samples: number;
}

export class Repackager {
  #gathering: Gathering = { toc: 0, frames: [], samples: 0 };
  #lost = 0;

  /** Frames that waited for others which never came, or came in another configuration. */
  get lost(): number {
    return this.#lost;
  }

  /** Whether the next packet will be joined to frames that wait. */
  get gathering(): boolean {
    return this.#gathering.frames.length > 0;
  }

  /** Forgets frames that wait: what comes next does not follow them. */
  reset(): void {
    this.#lost += this.#gathering.frames.length;
    this.#gathering = { toc: 0, frames: [], samples: 0 };
  }

  /** Takes the packet that follows in the stream; undefined if it is no valid Opus. */
  push(payload: Uint8Array): Repackaged | undefined {
    const packet = readOpus(payload);
    if (!packet) return undefined;
    if (this.gathering && packet.toc !== this.#gathering.toc) this.reset();
    const samples = packet.frames.length * packet.frameSamples;
    const asItIs = packet.frames.length === 1 || samples <= LONGEST_SAMPLES;
    if (!this.gathering && samples >= SHORTEST_SAMPLES && samples % SHORTEST_SAMPLES === 0 && asItIs)
      return { samples, pieces: [{ offset: 0, samples, payload }] };
    return { samples, pieces: this.#regroup(packet) };
  }

  #regroup({ toc, frames, frameSamples }: OpusFrames): Piece[] {
    const pieces: Piece[] = [];
    const open = this.#gathering;
    open.toc = toc;
    let at = 0;
    for (const frame of frames) {
      open.frames.push(new Uint8Array(frame)); // it may wait longer than its datagram's buffer lives
      open.samples += frameSamples;
      at += frameSamples;
      if (open.samples < SHORTEST_SAMPLES) continue;
      const { samples } = open;
      pieces.push({ offset: at - samples, samples, payload: writeOpus(toc, open.frames) });
      open.frames = [];
      open.samples = 0;
    }
    return pieces;
  }
}
