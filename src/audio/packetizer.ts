/**
 * From encoded frames to RTP packets with copies of earlier frames, and the packets that have only copies. Pure.
 *
 * Time is slots, one a packet: copy k of a packet is what was said k * spacing slots before it. After a spurt's last
 * frame the slots are empty, and tails go out in them until no copy is left to send.
 *
 * With a constant size every packet has the same blocks: fillers stand where there is no frame, and the encoder's
 * packets must all be of one size.
 */
import {
  FILLER_PAYLOAD_TYPE,
  MAX_RED_BLOCK_BYTES,
  MAX_RED_BLOCKS,
  MAX_RED_OFFSET,
  RED_BLOCK_BYTES,
  RED_FINAL_BYTES,
  type RedBlock,
} from '../net/protocol/red.ts';
import {
  encodeVoiceFrame,
  encodeVoicePacket,
  MAX_VOICE_BYTES,
  RTP_HEADER_BYTES,
  RTP_PAYLOAD_TYPE,
  type VoiceFrame,
} from '../net/protocol/rtp.ts';
import { msToSamples, TICK_MS } from './frame.ts';
import { SILENCE_LEVEL } from './level.ts';
import { MAX_WINDOW_MS } from './redundancy-model.ts';

/** Slots remembered: the window in the shortest frames. */
const MAX_SLOTS = MAX_WINDOW_MS / TICK_MS;
/** No copy is older: after frames became shorter, slots before that lie further back than the plan meant. */
const MAX_OFFSET = Math.min(MAX_RED_OFFSET, msToSamples(MAX_WINDOW_MS));

/** A frame to be sent. */
export interface EncodedFrame extends VoiceFrame {
  /** Samples that it lasts. */
  readonly duration: number;
}

/** Which copies a packet has. */
export interface Copies {
  readonly depth: number;
  readonly spacing: number;
}

interface Slot {
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

export class Packetizer {
  /** The last slots, newest last; null where nothing was said. */
  #slots: (Slot | null)[] = [];
  /** Timestamp of the end of the last frame. */
  #end = 0;

  /** Whether copies are left that tails should bring. */
  tailLeft({ depth, spacing }: Copies): boolean {
    const reach = depth * spacing;
    return reach > 0 && this.#slots.slice(-reach).some((slot) => slot !== null);
  }

  /** A packet with this frame. `constantBytes` is the size of each block with a constant size. */
  frame(frame: EncodedFrame, copies: Copies, constantBytes?: number): Uint8Array<ArrayBuffer> {
    const { payload, timestamp } = frame;
    const blocks = this.#blocks(copies, timestamp, payload.length, constantBytes);
    this.#push({ timestamp, payload });
    this.#end = (timestamp + frame.duration) >>> 0;
    if (blocks.length === 0 && constantBytes === undefined) return encodeVoiceFrame(frame);
    return encodeVoicePacket(frame, { blocks });
  }

  /** A packet after a spurt that brings only copies; undefined if there are none in this slot. */
  tail(seq: number, ssrc: number, copies: Copies): Uint8Array<ArrayBuffer> | undefined {
    const blocks = this.#blocks(copies, this.#end, 0, undefined);
    this.#push(null);
    if (blocks.length === 0) return undefined;
    return encodeVoicePacket(this.#empty(seq, ssrc, this.#end, true), { blocks });
  }

  /** A packet of constant size where nothing is said at `timestamp`; a tail as long as copies are left. */
  cover(
    seq: number,
    ssrc: number,
    timestamp: number,
    copies: Copies,
    constantBytes: number,
  ): Uint8Array<ArrayBuffer> {
    const tail = this.tailLeft(copies);
    const at = tail ? this.#end : timestamp;
    const blocks = this.#blocks(copies, at, constantBytes, constantBytes);
    this.#push(null);
    const frame = { ...this.#empty(seq, ssrc, at, tail), payload: new Uint8Array(constantBytes) };
    return encodeVoicePacket(frame, { blocks, cover: true, filler: true });
  }

  /** Forgets what was said: nobody who could get copies heard it. */
  clear(): void {
    this.#slots = [];
  }

  #empty(seq: number, ssrc: number, timestamp: number, last: boolean) {
    return { seq, ssrc, timestamp, marker: false, last, level: SILENCE_LEVEL, payload: new Uint8Array() };
  }

  #push(slot: Slot | null): void {
    this.#slots.push(slot);
    if (this.#slots.length > MAX_SLOTS) this.#slots.shift();
  }

  /** The copies for a packet at `timestamp`, oldest first; the oldest are left out where they do not fit. */
  #blocks(
    { depth, spacing }: Copies,
    timestamp: number,
    primaryBytes: number,
    constantBytes: number | undefined,
  ): RedBlock[] {
    const newestFirst: RedBlock[] = [];
    let left = MAX_VOICE_BYTES - RTP_HEADER_BYTES - RED_FINAL_BYTES - primaryBytes;
    for (let k = 1; k <= Math.min(depth, MAX_RED_BLOCKS); k++) {
      const block = copyOf(this.#slots.at(-k * spacing), timestamp) ?? fillerOf(constantBytes);
      if (!block) continue;
      left -= RED_BLOCK_BYTES + block.payload.length;
      if (left < 0) break;
      newestFirst.push(block);
    }
    return newestFirst.reverse();
  }
}

/** A block with this frame; undefined if there is none, or RFC 2198 has no room for it. */
function copyOf(slot: Slot | null | undefined, timestamp: number): RedBlock | undefined {
  if (!slot) return undefined;
  const offset = (timestamp - slot.timestamp) >>> 0;
  if (offset === 0 || offset > MAX_OFFSET || slot.payload.length > MAX_RED_BLOCK_BYTES) return undefined;
  return { payloadType: RTP_PAYLOAD_TYPE, offset, payload: slot.payload };
}

function fillerOf(bytes: number | undefined): RedBlock | undefined {
  if (bytes === undefined) return undefined;
  return { payloadType: FILLER_PAYLOAD_TYPE, offset: 0, payload: new Uint8Array(bytes) };
}
