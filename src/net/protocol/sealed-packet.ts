/**
 * Seals a whole packet and opens one (packet.ts has the layout). Pure, and on the path of every datagram: views are made by
 * hand, since Buffer.subarray costs twice as much, and a packet is opened in place, since a buffer for its plaintext costs
 * more than to open it.
 */
import { CHANNEL_BYTES, type Channel, HEADER_BYTES, TAG_BYTES } from './constants.ts';
import { encodeHeader } from './packet.ts';
import type { Aead } from './seal.ts';

/** A new packet. Precondition: the counter was not used before under this key. */
export function sealPacket(
  aead: Aead,
  session: number,
  counter: number,
  channel: Channel,
  payload: Uint8Array,
): Uint8Array {
  const packet = Buffer.allocUnsafe(HEADER_BYTES + CHANNEL_BYTES + payload.length + TAG_BYTES);
  encodeHeader(packet, session, counter);
  packet[HEADER_BYTES] = channel;
  packet.set(payload, HEADER_BYTES + CHANNEL_BYTES);
  aead.seal(counter, headerOf(packet), plainOf(packet), sealedOf(packet));
  return packet;
}

/** The plaintext, as a view into the packet; undefined, and the packet of no use any more, if it is not authentic. */
export function openPacket(aead: Aead, counter: number, packet: Uint8Array): Uint8Array | undefined {
  const plain = plainOf(packet);
  return aead.open(counter, headerOf(packet), sealedOf(packet), plain) ? plain : undefined;
}

function headerOf({ buffer, byteOffset }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, HEADER_BYTES);
}

function sealedOf({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset + HEADER_BYTES, length - HEADER_BYTES);
}

function plainOf({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset + HEADER_BYTES, length - HEADER_BYTES - TAG_BYTES);
}
