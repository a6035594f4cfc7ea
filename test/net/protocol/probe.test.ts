import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeProbe, encodeProbe, PROBE_BYTES } from '../../../src/net/protocol/probe.ts';

it('has the documented bytes', () => {
  const bytes = encodeProbe({ kind: 'pong', id: 0x01020304, received: 5, highest: 2 ** 40 });
  expect(Buffer.from(bytes).toString('hex')).toBe('010102030400000000000000050000010000000000');
});

it('gives back what was written and refuses every other length', () => {
  const total = fc.maxSafeNat();
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.integer({ min: 0, max: 0xffffffff }),
      total,
      total,
      (ping, id, received, highest) => {
        const probe = { kind: ping ? 'ping' : 'pong', id, received, highest } as const;
        const bytes = encodeProbe(probe);
        expect(decodeProbe(bytes)).toEqual(probe);
        for (let length = 0; length < PROBE_BYTES; length++)
          expect(decodeProbe(bytes.subarray(0, length))).toBeUndefined();
        expect(decodeProbe(Buffer.concat([bytes, Buffer.alloc(1)]))).toBeUndefined();
      },
    ),
  );
});

it('refuses an unknown kind and totals past 2^53', () => {
  const bytes = encodeProbe({ kind: 'ping', id: 1, received: 0, highest: 0 });
  expect(decodeProbe(Uint8Array.from(bytes).fill(2, 0, 1))).toBeUndefined();
  expect(decodeProbe(Uint8Array.from(bytes).fill(0xff, 5, 6))).toBeUndefined();
});
