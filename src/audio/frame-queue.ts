/** The frames of one speaker that wait to be decoded, in the order in which they were spoken. Pure. */

/** Frames held at once, the bound beyond which the oldest goes: 2.5 s of 10 ms, more than any delay that can be set. */
export const MAX_HELD = 256;

/** A frame, from a packet of its own or from a copy in a later one. */
export interface HeldFrame {
  /** RTP timestamp, counted on beyond 32 bits, samples. */
  readonly timestamp: number;
  /** How long it sounds, samples. */
  readonly samples: number;
  readonly seq: number;
  /** An Opus packet, or anything that claims to be one. */
  readonly payload: Uint8Array;
  readonly receivedMs: number;
  /** It came as redundant data of another packet. */
  readonly copy: boolean;
}

export class FrameQueue {
  #frames: HeldFrame[] = [];

  get length(): number {
    return this.#frames.length;
  }

  get first(): HeldFrame | undefined {
    return this.#frames[0];
  }

  /** Takes the first out. */
  shift(): HeldFrame | undefined {
    return this.#frames.shift();
  }

  /** Whether the frame of this timestamp is held. */
  has(timestamp: number): boolean {
    return this.#frames.some((frame) => frame.timestamp === timestamp);
  }

  /**
   * Holds a frame; returns the one that is not held for it, if any: the oldest if there are too many, or the frame
   * itself if it is held already. A packet of its own replaces a copy without a word.
   */
  insert(frame: HeldFrame): HeldFrame | undefined {
    let at = this.#frames.length;
    while (at > 0) {
      const before = this.#frames[at - 1];
      if (!before || before.timestamp < frame.timestamp) break;
      at--;
      if (before.timestamp > frame.timestamp) continue;
      if (!before.copy || frame.copy) return frame;
      this.#frames[at] = frame;
      return undefined;
    }
    this.#frames.splice(at, 0, frame);
    return this.#frames.length > MAX_HELD ? this.#frames.shift() : undefined;
  }

  /** Forgets all; returns how many were packets of their own. */
  clear(): number {
    const own = this.#frames.filter((frame) => !frame.copy).length;
    this.#frames = [];
    return own;
  }
}
