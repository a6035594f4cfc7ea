import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MAX_PROBED_PAYLOAD_BYTES } from '../../../src/net/protocol/constants.ts';
import { decodeProbe, encodeProbe, PROBE_BYTES, type Probe } from '../../../src/net/protocol/probe.ts';

const vectors: Array<{ probe: Probe; payload: string }> = JSON.parse(
  readFileSync(new URL('../../vectors/probes.json', import.meta.url), 'utf8'),
);

it.each(vectors)('has the golden bytes of $probe.kind $probe.id', ({ probe, payload }) => {
  expect(Buffer.from(encodeProbe(probe)).toString('hex')).toBe(payload);
  expect(decodeProbe(Buffer.from(payload, 'hex'))).toEqual(probe);
});

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const total = fc.maxSafeNat();
const probes: fc.Arbitrary<Probe> = fc.record({
  kind: fc.constantFrom('ping', 'pong'),
  id: u32,
  route: fc.integer({ min: 0, max: 7 }),
  heard: fc.integer({ min: 0, max: 255 }),
  trial: fc.boolean(),
  doubt: fc.boolean(),
  rest: fc.boolean(),
  mtu: fc.integer({ min: 0, max: 65535 }),
  sent: total,
  received: total,
  of: total,
  length: fc.integer({ min: PROBE_BYTES, max: MAX_PROBED_PAYLOAD_BYTES }),
});

it('gives back what was written and refuses shorter and larger ones', () => {
  fc.assert(
    fc.property(probes, (probe) => {
      const bytes = encodeProbe(probe);
      expect(bytes.length).toBe(probe.length);
      expect(decodeProbe(bytes)).toEqual(probe);
      for (let length = 0; length < PROBE_BYTES; length++)
        expect(decodeProbe(bytes.subarray(0, length))).toBeUndefined();
    }),
  );
  expect(decodeProbe(new Uint8Array(MAX_PROBED_PAYLOAD_BYTES + 1))).toBeUndefined();
});

it('refuses an unknown kind, an unknown route and totals past 2^53', () => {
  const probe = decodeProbe(new Uint8Array(PROBE_BYTES))!;
  for (const at of [0, 5, 10, 18, 26]) {
    expect(decodeProbe(encodeProbe(probe).fill(9, at, at + 1))).toBeUndefined();
  }
});
