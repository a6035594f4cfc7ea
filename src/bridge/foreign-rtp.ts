/**
 * RTP packets of other programs (RFC 3550, 5.1): what may stand in a header is allowed here, where our own voice packets
 * (net/protocol/rtp.ts) have one form only. Pure.
 */

/** The fixed part of the header, bytes. */
const FIXED_BYTES = 12;

/** A packet of another program. */
export interface ForeignPacket {
  /** 0..127. */
  readonly payloadType: number;
  readonly marker: boolean;
  /** 0..65535. */
  readonly seq: number;
  /** Samples of the payload's clock, 0..2^32-1. */
  readonly timestamp: number;
  readonly ssrc: number;
  /** A view into the datagram, without padding. */
  readonly payload: Uint8Array;
}

/** Reads a packet; undefined for what is no RTP of version 2, or does not fit into its datagram. */
export function readForeignRtp(bytes: Uint8Array): ForeignPacket | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint8(0);
  if (first >> 6 !== 2) return undefined;
  const begin = payloadBegin(view, first);
  const padding = (first & 0x20) === 0 ? 0 : view.getUint8(bytes.length - 1);
  const end = bytes.length - padding;
  // A padding counts itself, so none has the length 0.
  if (begin > end || ((first & 0x20) !== 0 && padding === 0)) return undefined;
  return {
    payloadType: view.getUint8(1) & 0x7f,
    marker: (view.getUint8(1) & 0x80) !== 0,
    seq: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payload: bytes.subarray(begin, end),
  };
}

/** Behind the sources that contributed and the extension, whose length may be a lie: the caller checks the end. */
function payloadBegin(view: DataView, first: number): number {
  const extension = FIXED_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) === 0) return extension;
  if (extension + 4 > view.byteLength) return Number.POSITIVE_INFINITY;
  return extension + 4 + view.getUint16(extension + 2) * 4;
}

/** Whether it is RTCP that shares the port (RFC 5761, 4): its packet types are 192 to 223. */
export function isRtcp(bytes: Uint8Array): boolean {
  const type = bytes[1] ?? 0;
  return type >= 192 && type <= 223;
}

/** Lays a packet out as every program reads it: no padding, no sources, no extension. */
export function writeForeignRtp(packet: ForeignPacket): Uint8Array {
  const bytes = new Uint8Array(FIXED_BYTES + packet.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, (packet.marker ? 0x80 : 0) | packet.payloadType);
  view.setUint16(2, packet.seq);
  view.setUint32(4, packet.timestamp);
  view.setUint32(8, packet.ssrc);
  bytes.set(packet.payload, FIXED_BYTES);
  return bytes;
}
