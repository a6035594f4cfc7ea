/**
 * Sealed packets in a byte stream, the other way where UDP is blocked. Pure.
 *
 *    0..1         2..
 *    length u16   packet of that length             a sealed packet, as it would go out by UDP
 *    0 u16        received u32                      an acknowledgement
 *    1 u16        0                                 a mark: a packet frame that is acknowledged and nothing else
 *
 * big-endian. A frame shorter than any packet is a mark. `received` counts the bytes of packet frames, their two length bytes included, that its sender has read
 * since the stream began, modulo 2^32.
 */
import { MAX_PACKET_BYTES, MIN_PACKET_BYTES } from './constants.ts';

export const FRAME_HEADER_BYTES = 2;
const ACK_BYTES = 6;

export function encodeFrame(packet: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + packet.length);
  frame[0] = packet.length >>> 8;
  frame[1] = packet.length;
  frame.set(packet, FRAME_HEADER_BYTES);
  return frame;
}

/** A frame that asks for no more than its acknowledgement. */
export function encodeMark(): Uint8Array {
  return Uint8Array.of(0, 1, 0);
}

/** An acknowledgement of so many bytes of packet frames. */
export function encodeAck(received: number): Uint8Array {
  const bytes = new Uint8Array(ACK_BYTES);
  new DataView(bytes.buffer).setUint32(2, received % 2 ** 32);
  return bytes;
}

/** Cuts a stream into packets and acknowledgements. */
export class FrameDecoder {
  /** Bytes of packet frames read so far. */
  received = 0;
  #rest: Uint8Array = new Uint8Array(0);

  /**
   * Takes what came. `packets` are views that nobody else uses; `acked` is the last acknowledgement among it, or
   * undefined. False for a length that no packet has: the stream is of no use any more.
   */
  push(
    chunk: Uint8Array,
    take: { readonly packet: (packet: Uint8Array) => void; readonly acked: (received: number) => void },
  ): boolean {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const length = view.getUint16(at);
      if (length > MAX_PACKET_BYTES) return false;
      const end = at + (length === 0 ? ACK_BYTES : FRAME_HEADER_BYTES + length);
      if (end > bytes.length) break;
      if (length === 0) take.acked(view.getUint32(at + FRAME_HEADER_BYTES));
      else {
        this.received += end - at;
        if (length >= MIN_PACKET_BYTES)
          take.packet(Uint8Array.from(bytes.subarray(at + FRAME_HEADER_BYTES, end)));
      }
      at = end;
    }
    this.#rest = Uint8Array.from(bytes.subarray(at));
    return true;
  }
}
