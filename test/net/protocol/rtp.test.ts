import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeVoiceFrame,
  encodeVoiceFrame,
  MAX_OPUS_BYTES,
  RTP_HEADER_BYTES,
  ssrcOf,
  withSsrc,
} from '../../../src/net/protocol/rtp.ts';

const frame = {
  seq: 0x1234,
  timestamp: 0x89abcdef,
  ssrc: 0x01020304,
  marker: true,
  last: false,
  level: 42,
  payload: Uint8Array.of(0x78, 0x01, 0x02),
};
const GOLDEN = '90ef123489abcdef01020304bede000110aa2000780102';

describe('voice frame', () => {
  it('has the documented bytes', () => {
    expect(Buffer.from(encodeVoiceFrame(frame)).toString('hex')).toBe(GOLDEN);
    expect(decodeVoiceFrame(Buffer.from(GOLDEN, 'hex'))).toEqual({
      ...frame,
      payload: Buffer.from('780102', 'hex'),
    });
  });

  it('gives back what was written', () => {
    const frames = fc.record({
      seq: fc.integer({ min: 0, max: 0xffff }),
      timestamp: fc.integer({ min: 0, max: 0xffffffff }),
      ssrc: fc.integer({ min: 0, max: 0xffffffff }),
      marker: fc.boolean(),
      last: fc.boolean(),
      level: fc.integer({ min: 0, max: 127 }),
      payload: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    });
    fc.assert(
      fc.property(frames, (frame) => {
        const bytes = encodeVoiceFrame(frame);
        expect(decodeVoiceFrame(bytes)).toEqual(frame);
        expect(ssrcOf(bytes)).toBe(frame.ssrc);
      }),
    );
  });

  it('refuses every prefix without a payload, an over-long one, and a flipped bit in the fixed fields', () => {
    const bytes = encodeVoiceFrame(frame);
    for (let length = 0; length <= RTP_HEADER_BYTES; length++) {
      expect(decodeVoiceFrame(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(
      decodeVoiceFrame(encodeVoiceFrame({ ...frame, payload: new Uint8Array(MAX_OPUS_BYTES) })),
    ).toBeDefined();
    expect(
      decodeVoiceFrame(encodeVoiceFrame({ ...frame, payload: new Uint8Array(MAX_OPUS_BYTES + 1) })),
    ).toBeUndefined();
    for (const at of [0, 12, 13, 14, 15, 16, 18]) {
      const bad = bytes.slice();
      bad[at]! ^= 0x10;
      expect(decodeVoiceFrame(bad), `byte ${at}`).toBeUndefined();
    }
  });

  it('never throws on arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1400 }), (bytes) => void decodeVoiceFrame(bytes)));
  });

  it('renames the speaker in a copy', () => {
    const bytes = encodeVoiceFrame(frame);
    expect(decodeVoiceFrame(withSsrc(bytes, 9))).toEqual({ ...frame, ssrc: 9 });
    expect(ssrcOf(bytes)).toBe(frame.ssrc);
  });
});
