import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEADER_BYTES, MAX_COUNTER, MIN_PACKET_BYTES } from '../../../src/net/protocol/constants.ts';
import { decodeHeader, encodeHeader, receiverOf } from '../../../src/net/protocol/packet.ts';

describe('packet header', () => {
  it('has the documented bytes', () => {
    const packet = new Uint8Array(MIN_PACKET_BYTES);
    encodeHeader(packet, 0xdeadbeef, 0x0000_1122_3344_5566);
    expect(Buffer.from(packet.subarray(0, HEADER_BYTES)).toString('hex')).toBe('01deadbeef0000112233445566');
  });

  it('gives back what was written', () => {
    const receiver = fc.integer({ min: 0, max: 0xffffffff });
    const counter = fc.maxSafeInteger().map((n) => (Math.abs(n) % MAX_COUNTER) + 1);
    fc.assert(
      fc.property(receiver, counter, (receiver, counter) => {
        const packet = new Uint8Array(MIN_PACKET_BYTES);
        encodeHeader(packet, receiver, counter);
        expect(decodeHeader(packet)).toEqual({ receiver, counter });
        expect(receiverOf(packet)).toBe(receiver);
      }),
    );
  });

  it('refuses every shorter prefix, longer packets, other types and counters out of range', () => {
    const packet = new Uint8Array(MIN_PACKET_BYTES);
    encodeHeader(packet, 7, 1);
    for (let length = 0; length < packet.length; length++) {
      expect(decodeHeader(packet.subarray(0, length))).toBeUndefined();
    }
    const long = new Uint8Array(1471);
    encodeHeader(long, 7, 1);
    expect(decodeHeader(long)).toBeUndefined();
    expect(decodeHeader(long.subarray(0, 1470))).toEqual({ receiver: 7, counter: 1 });
    for (const counter of [0, MAX_COUNTER + 1]) {
      encodeHeader(packet, 7, counter);
      expect(decodeHeader(packet)).toBeUndefined();
    }
    encodeHeader(packet, 7, 1);
    packet[0] = 2;
    expect(decodeHeader(packet)).toBeUndefined();
    expect(receiverOf(packet)).toBeUndefined();
  });
});
