/**
 * The voice frame on the wire: an RTP packet (RFC 3550, RFC 7587) with a one-byte header extension (RFC 8285).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |V=2|0|1|  CC=0 |M|  PT = 111   |        sequence number        |
 *   |                  timestamp (48 kHz samples)                   |
 *   |              SSRC = the speaker's member id                   |
 *   |       0xBE    |     0xDE      |      length = 1 (word)        |
 *   | ID=1 | len=0  |V|  level      | ID=2 | len=0  |    flags      |
 *   |                        Opus payload ...                       |
 *
 * M marks the first frame of a talk spurt. level is the audio level of RFC 6464 in -dBov (0 loudest, 127
 * silence), V its voice-activity bit. flags bit 0 marks the last frame of a talk spurt. The station reads and
 * checks only this header, never the payload. Pure: no clock, no socket.
 */

export const RTP_PAYLOAD_TYPE = 111;
export const RTP_HEADER_BYTES = 20;
/** Samples a second of the RTP clock and of every sample in the program. */
export const SAMPLE_RATE = 48_000;
/** Largest Opus payload that we accept: RFC 6716 allows 1,275 bytes, a datagram less. */
export const MAX_OPUS_BYTES = 1200 - RTP_HEADER_BYTES;

/** One voice frame. */
export interface VoiceFrame {
  /** RTP sequence number, 0..65535. */
  readonly seq: number;
  /** RTP timestamp in 48 kHz samples, 0..2^32-1. */
  readonly timestamp: number;
  /** The speaker's member id, 0..2^32-1. */
  readonly ssrc: number;
  /** First frame of a talk spurt. */
  readonly marker: boolean;
  /** Last frame of a talk spurt. */
  readonly last: boolean;
  /** Audio level in -dBov, 0 (loudest) .. 127 (silence). */
  readonly level: number;
  /** The Opus packet. */
  readonly payload: Uint8Array;
}

/** Lays a frame out in a buffer of its own. Precondition: the payload is not over MAX_OPUS_BYTES. */
export function encodeVoiceFrame(frame: VoiceFrame): Uint8Array {
  const bytes = new Uint8Array(RTP_HEADER_BYTES + frame.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x90); // version 2, no padding, extension, no CSRC
  view.setUint8(1, (frame.marker ? 0x80 : 0) | RTP_PAYLOAD_TYPE);
  view.setUint16(2, frame.seq);
  view.setUint32(4, frame.timestamp);
  view.setUint32(8, frame.ssrc);
  view.setUint16(12, 0xbede);
  view.setUint16(14, 1);
  view.setUint8(16, 0x10); // id 1, one byte
  view.setUint8(17, 0x80 | (frame.level & 0x7f));
  view.setUint8(18, 0x20); // id 2, one byte
  view.setUint8(19, frame.last ? 1 : 0);
  bytes.set(frame.payload, RTP_HEADER_BYTES);
  return bytes;
}

/** Reads a frame; the payload is a view into `bytes`. Returns undefined for anything that is not exactly ours. */
export function decodeVoiceFrame(bytes: Uint8Array): VoiceFrame | undefined {
  if (bytes.length <= RTP_HEADER_BYTES || bytes.length > RTP_HEADER_BYTES + MAX_OPUS_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fixed =
    view.getUint8(0) === 0x90 &&
    (view.getUint8(1) & 0x7f) === RTP_PAYLOAD_TYPE &&
    view.getUint32(12) === 0xbede0001 &&
    view.getUint8(16) === 0x10 &&
    view.getUint8(18) === 0x20;
  if (!fixed) return undefined;
  return {
    seq: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    marker: (view.getUint8(1) & 0x80) !== 0,
    level: view.getUint8(17) & 0x7f,
    last: (view.getUint8(19) & 1) !== 0,
    payload: bytes.subarray(RTP_HEADER_BYTES),
  };
}

/** The speaker of an encoded frame that decodeVoiceFrame accepts. */
export function ssrcOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(8);
}

/** A copy of an encoded frame that names another speaker (the echo room does this). */
export function withSsrc(bytes: Uint8Array, ssrc: number): Uint8Array {
  const copy = new Uint8Array(bytes); // slice() of a Buffer would share its memory
  new DataView(copy.buffer).setUint32(8, ssrc);
  return copy;
}
