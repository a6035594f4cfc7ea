/**
 * Redundant audio data (RFC 2198): copies of earlier Opus packets in front of the newest one. Pure.
 *
 *   for each copy, oldest first:
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |1|  block PT   |      timestamp offset     |   block length    |
 *   then for the newest:  |0|  block PT   |  and then all the data in the same order.
 *
 * The offset says by how many samples a copy is older than the packet's timestamp. A block of another payload type
 * than Opus is skipped: with constant-size packets a filler (PT 13) stands where there is nothing to say.
 */

/** A block's header, bytes. */
export const RED_BLOCK_BYTES = 4;
/** The newest block's header, bytes. */
export const RED_FINAL_BYTES = 1;
/** The oldest that a copy can be: 14 bits of samples, 341 ms at 48 kHz. */
export const MAX_RED_OFFSET = 0x3fff;
/** The longest that a copy can be: 10 bits. */
export const MAX_RED_BLOCK_BYTES = 0x3ff;
/** Most blocks before the newest: 32 copies of 10 ms reach back further than any playout delay. */
export const MAX_RED_BLOCKS = 32;
/** Comfort noise (RFC 3389): what a filler block claims to be, and every receiver may pass over. */
export const FILLER_PAYLOAD_TYPE = 13;

/** An earlier frame's Opus packet. */
export interface RedundantFrame {
  /** Samples of 48 kHz by which it is older than the packet's timestamp, 1..MAX_RED_OFFSET. */
  readonly offset: number;
  readonly payload: Uint8Array;
}

/** One block as it is laid out: Opus or filler. */
export interface RedBlock extends RedundantFrame {
  readonly payloadType: number;
}

/** What a RED payload holds for an Opus receiver. */
export interface Red {
  /** Oldest first. */
  readonly redundant: readonly RedundantFrame[];
  /** The newest frame; empty in a packet that brings only copies. */
  readonly payload: Uint8Array;
}

/** Bytes that `redPayload` makes of blocks of these sizes. */
function redBytes(blockSizes: readonly number[], primaryBytes: number): number {
  const blocks = blockSizes.reduce((sum, size) => sum + RED_BLOCK_BYTES + size, 0);
  return blocks + RED_FINAL_BYTES + primaryBytes;
}

/**
 * Lays out a RED payload in a buffer of its own. Preconditions: at most MAX_RED_BLOCKS blocks, each within
 * MAX_RED_OFFSET and MAX_RED_BLOCK_BYTES.
 */
export function encodeRed(
  blocks: readonly RedBlock[],
  primary: Uint8Array,
  primaryType: number,
): Uint8Array<ArrayBuffer> {
  const sizes = blocks.map(({ payload }) => payload.length);
  const bytes = new Uint8Array(redBytes(sizes, primary.length));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { payloadType, offset, payload } of blocks) {
    view.setUint8(at, 0x80 | payloadType);
    view.setUint16(at + 1, (offset << 2) | (payload.length >> 8));
    view.setUint8(at + 3, payload.length & 0xff);
    at += RED_BLOCK_BYTES;
  }
  view.setUint8(at, primaryType);
  at += RED_FINAL_BYTES;
  for (const { payload } of blocks) {
    bytes.set(payload, at);
    at += payload.length;
  }
  bytes.set(primary, at);
  return bytes;
}

/** Reads a RED payload; what it gives are views into `bytes`. Undefined for anything that is not one. */
export function decodeRed(bytes: Uint8Array, opusType: number): Red | undefined {
  const headers = readHeaders(bytes);
  if (!headers) return undefined;
  const redundant: RedundantFrame[] = [];
  let at = headers.dataAt;
  for (const { payloadType, offset, length } of headers.blocks) {
    const payload = bytes.subarray(at, at + length);
    at += length;
    if (at > bytes.length) return undefined;
    if (payloadType === opusType && offset > 0 && length > 0) redundant.push({ offset, payload });
  }
  redundant.sort((a, b) => b.offset - a.offset);
  return { redundant, payload: bytes.subarray(headers.primaryType === opusType ? at : bytes.length) };
}

interface BlockHeader {
  readonly payloadType: number;
  readonly offset: number;
  readonly length: number;
}

function readHeaders(
  bytes: Uint8Array,
): { readonly blocks: BlockHeader[]; readonly primaryType: number; readonly dataAt: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: BlockHeader[] = [];
  let at = 0;
  while (at < bytes.length) {
    const first = view.getUint8(at);
    if (first < 0x80) return { blocks, primaryType: first, dataAt: at + RED_FINAL_BYTES };
    if (blocks.length >= MAX_RED_BLOCKS || at + RED_BLOCK_BYTES > bytes.length) return undefined;
    const rest = view.getUint16(at + 1);
    const length = ((rest & 0x3) << 8) | view.getUint8(at + 3);
    blocks.push({ payloadType: first & 0x7f, offset: rest >> 2, length });
    at += RED_BLOCK_BYTES;
  }
  return undefined;
}
