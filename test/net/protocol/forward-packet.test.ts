import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dataOf,
  encodeForward,
  FORWARD_HEADER_BYTES,
  flowOf,
  forwardOf,
  isForward,
  STATION_FLOW,
} from '../../../src/net/protocol/forward-packet.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('a payload of the forward channel', () => {
  it.each([
    [1, 0, '', '000100000000'],
    [0xffff, 0x7fffffff, 'hello', 'ffff7fffffff68656c6c6f'],
    [0x0102, STATION_FLOW + 3, '\0', '01028000000300'],
  ])('has the documented bytes: forward %i, flow %i, %j', (forward, flow, text, golden) => {
    expect(hex(encodeForward(forward, flow, Buffer.from(text)))).toBe(golden);
  });

  it('gives back what was written, also in a buffer that is used again', () => {
    const into = new Uint8Array(2048);
    const id = fc.integer({ min: 1, max: 0xffff });
    const flow = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(id, flow, fc.uint8Array({ maxLength: 1300 }), (forward, flow, data) => {
        for (const payload of [
          encodeForward(forward, flow, data),
          encodeForward(forward, flow, data, into),
        ]) {
          expect(isForward(payload)).toBe(true);
          expect([forwardOf(payload), flowOf(payload)]).toEqual([forward, flow]);
          expect(hex(dataOf(payload))).toBe(hex(data));
        }
      }),
      { seed: 3 },
    );
  });

  it('is never shorter than its header', () => {
    for (let length = 0; length < FORWARD_HEADER_BYTES; length++) {
      expect(isForward(new Uint8Array(length))).toBe(false);
    }
    expect(isForward(new Uint8Array(FORWARD_HEADER_BYTES))).toBe(true);
  });
});
