/**
 * The sealed datagram's outside. Pure.
 *
 *    0        1..4            5..12             13..
 *    type u8  receiver u32    counter u64       AEAD(ciphertext) || 16-byte tag      big-endian
 *
 * receiver is the session index that the station gave out; it is the same both ways, since each direction has a
 * key of its own. The 13 header bytes are the AAD; the nonce is 32 zero bits and the counter (seal.ts). The
 * plaintext is a channel byte and the payload.
 */
import {
  HEADER_BYTES,
  MAX_COUNTER,
  MAX_PACKET_BYTES,
  MIN_PACKET_BYTES,
  PACKET_TYPE_DATA,
} from './constants.ts';

export interface Header {
  /** Session index, 0..2^32-1. */
  readonly receiver: number;
  /** Packet counter of this direction and key, 1..2^48. */
  readonly counter: number;
}

/** Writes the header into the first 13 bytes of `packet`. */
export function encodeHeader(packet: Uint8Array, receiver: number, counter: number): void {
  packet[0] = PACKET_TYPE_DATA;
  writeUint32(packet, 1, receiver);
  writeUint32(packet, 5, Math.floor(counter / 2 ** 32));
  writeUint32(packet, 9, counter % 2 ** 32);
}

/** Reads the header of something that may be a packet of ours; undefined if its length, type or counter cannot be. */
export function decodeHeader(packet: Uint8Array): Header | undefined {
  if (packet.length < MIN_PACKET_BYTES || packet.length > MAX_PACKET_BYTES) return undefined;
  if (packet[0] !== PACKET_TYPE_DATA) return undefined;
  const counter = readUint32(packet, 5) * 2 ** 32 + readUint32(packet, 9);
  if (counter === 0 || counter > MAX_COUNTER) return undefined;
  return { receiver: readUint32(packet, 1), counter };
}

/** The session index of something that may be a packet of ours: how a station finds the connection. */
export function receiverOf(packet: Uint8Array): number | undefined {
  return packet.length >= HEADER_BYTES && packet[0] === PACKET_TYPE_DATA ? readUint32(packet, 1) : undefined;
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Callers checked the length: a missing byte would read as 0. */
function readUint32(bytes: Uint8Array, at: number): number {
  const byte = (offset: number): number => bytes[at + offset] ?? 0;
  return byte(0) * 2 ** 24 + ((byte(1) << 16) | (byte(2) << 8) | byte(3));
}
