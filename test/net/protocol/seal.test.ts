import { createCipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SUITES, TAG_BYTES } from '../../../src/net/protocol/constants.ts';
import { encodeHeader } from '../../../src/net/protocol/packet.ts';
import { createAead } from '../../../src/net/protocol/seal.ts';

interface Vector {
  suite: (typeof SUITES)[number];
  key: string;
  receiver: number;
  counter: number;
  plaintext: string;
  packet: string;
}
const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../vectors/packets.json', import.meta.url), 'utf8'),
);

function seal({ suite, key, receiver, counter, plaintext }: Vector): Buffer {
  const plain = Buffer.from(plaintext, 'hex');
  const packet = Buffer.alloc(13 + plain.length + TAG_BYTES);
  encodeHeader(packet, receiver, counter);
  createAead(suite, Buffer.from(key, 'hex')).seal(
    counter,
    packet.subarray(0, 13),
    plain,
    packet.subarray(13),
  );
  return packet;
}

describe.each(SUITES)('%s', (suite) => {
  const own = vectors.filter((v) => v.suite === suite);

  it('seals the golden packets', () => {
    expect(own.length).toBeGreaterThanOrEqual(2);
    for (const vector of own) expect(seal(vector).toString('hex')).toBe(vector.packet);
  });

  it('agrees with an independent sealing by node:crypto', () => {
    for (const { key, counter, plaintext, packet } of own) {
      const nonce = Buffer.alloc(12);
      nonce.writeBigUInt64BE(BigInt(counter), 4);
      // One of the two suites' names: both overloads of createCipheriv take the same options.
      const cipher = createCipheriv(suite as 'aes-256-gcm', Buffer.from(key, 'hex'), nonce, {
        authTagLength: 16,
      });
      const sealed = Buffer.from(packet, 'hex');
      cipher.setAAD(sealed.subarray(0, 13), { plaintextLength: plaintext.length / 2 });
      const body = Buffer.concat([
        cipher.update(Buffer.from(plaintext, 'hex')),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      expect(body.equals(sealed.subarray(13))).toBe(true);
    }
  });

  it('opens what it sealed, and nothing with any bit changed', () => {
    const vector = own[0]!;
    const packet = Buffer.from(vector.packet, 'hex');
    const aead = createAead(suite, Buffer.from(vector.key, 'hex'));
    const open = (bytes: Buffer, counter = vector.counter): string | false => {
      const out = Buffer.alloc(bytes.length - 13 - TAG_BYTES);
      return aead.open(counter, bytes.subarray(0, 13), bytes.subarray(13), out) && out.toString('hex');
    };
    expect(open(packet)).toBe(vector.plaintext);
    for (let bit = 0; bit < packet.length * 8; bit++) {
      const bad = Buffer.from(packet);
      bad[bit >> 3]! ^= 1 << (bit & 7);
      expect(open(bad), `bit ${bit}`).toBe(false);
    }
    expect(open(packet, vector.counter + 1)).toBe(false);
  });

  it('seals in place', () => {
    const vector = own[0]!;
    const plain = Buffer.from(vector.plaintext, 'hex');
    const packet = Buffer.alloc(13 + plain.length + TAG_BYTES);
    encodeHeader(packet, vector.receiver, vector.counter);
    packet.set(plain, 13);
    const aead = createAead(suite, Buffer.from(vector.key, 'hex'));
    aead.seal(
      vector.counter,
      packet.subarray(0, 13),
      packet.subarray(13, 13 + plain.length),
      packet.subarray(13),
    );
    expect(packet.toString('hex')).toBe(vector.packet);
  });

  it('refuses a key of another length', () => {
    expect(() => createAead(suite, new Uint8Array(31))).toThrow(RangeError);
  });
});
