import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeVoicePacket,
  encodeVoiceFrame,
  encodeVoicePacket,
  MAX_OPUS_BYTES,
  opusDuration,
  RTP_HEADER_BYTES,
  speakerOf,
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
    expect(decodeVoicePacket(Buffer.from(GOLDEN, 'hex'))).toEqual({
      ...{ ...frame, cover: false, redundant: [] },
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
        expect(decodeVoicePacket(bytes)).toEqual({ ...frame, cover: false, redundant: [] });
        expect(speakerOf(bytes)).toBe(frame.ssrc);
      }),
    );
  });

  it('refuses every prefix without a payload, an over-long one, and a flipped bit in the fixed fields', () => {
    const bytes = encodeVoiceFrame(frame);
    for (let length = 0; length <= RTP_HEADER_BYTES; length++) {
      expect(decodeVoicePacket(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(
      decodeVoicePacket(encodeVoiceFrame({ ...frame, payload: new Uint8Array(MAX_OPUS_BYTES) })),
    ).toBeDefined();
    expect(
      decodeVoicePacket(encodeVoiceFrame({ ...frame, payload: new Uint8Array(MAX_OPUS_BYTES + 1) })),
    ).toBeUndefined();
    for (const at of [0, 12, 13, 14, 15, 16, 18]) {
      const bad = bytes.slice();
      bad[at]! ^= 0x10;
      expect(decodeVoicePacket(bad), `byte ${at}`).toBeUndefined();
    }
  });

  it('never throws on arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1400 }), (bytes) => void decodeVoicePacket(bytes)));
  });

  it('renames the speaker in a copy', () => {
    const bytes = encodeVoiceFrame(frame);
    expect(decodeVoicePacket(withSsrc(bytes, 9))).toMatchObject({ ...frame, ssrc: 9 });
    expect(speakerOf(bytes)).toBe(frame.ssrc);
  });
});

describe('voice packet with redundant data', () => {
  const older = { payloadType: 111, offset: 1920, payload: Uint8Array.of(0x78, 0xaa) };
  const newer = { payloadType: 111, offset: 960, payload: Uint8Array.of(0x78, 0xbb, 0xcc) };
  const filler = { payloadType: 13, offset: 2880, payload: new Uint8Array(2) };
  const RED =
    '90f0123489abcdef01020304bede000110aa2000' + // the header, PT 112
    'ef1e0002' + // PT 111, offset 1920, 2 bytes
    'ef0f0003' + // PT 111, offset 960, 3 bytes
    '6f' +
    '78aa' +
    '78bbcc' +
    '780102';

  it('has the documented bytes', () => {
    const bytes = encodeVoicePacket(frame, { blocks: [older, newer] });
    expect(Buffer.from(bytes).toString('hex')).toBe(RED);
    const redundant = [older, newer].map(({ offset, payload }) => ({ offset, payload }));
    expect(decodeVoicePacket(bytes)).toEqual({ ...frame, cover: false, redundant });
    expect(speakerOf(bytes)).toBe(frame.ssrc);
  });

  it('is a tail without a frame, if it is marked last', () => {
    const tail = { ...frame, marker: false, last: true, payload: new Uint8Array() };
    const bytes = encodeVoicePacket(tail, { blocks: [newer] });
    expect(decodeVoicePacket(bytes)).toMatchObject({ last: true, redundant: [{ offset: 960 }] });
    expect(decodeVoicePacket(bytes)!.payload).toHaveLength(0);
    const nothing = encodeVoicePacket({ ...tail, last: false }, { blocks: [newer] });
    expect(decodeVoicePacket(nothing)).toBeUndefined();
  });

  it('is a cover packet of fillers, which bring nothing', () => {
    const cover = { ...frame, marker: false, payload: new Uint8Array(3) };
    const bytes = encodeVoicePacket(cover, { blocks: [filler, newer], cover: true, filler: true });
    expect(bytes).toHaveLength(encodeVoicePacket(frame, { blocks: [older, newer] }).length);
    expect(decodeVoicePacket(bytes)).toMatchObject({ cover: true, redundant: [{ offset: 960 }] });
    expect(decodeVoicePacket(bytes)!.payload).toHaveLength(0);
    // A cover packet with a frame contradicts itself.
    expect(decodeVoicePacket(encodeVoicePacket(frame, { blocks: [], cover: true }))).toBeUndefined();
  });

  it('never throws, nor gives more bytes than there are', () => {
    const bytes = encodeVoicePacket(frame, { blocks: [older, newer] });
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.uint8Array({ minLength: 12, maxLength: 12 }), (cut, noise) => {
        const bad = bytes.slice(0, cut);
        for (const [i, byte] of noise.entries())
          if (RTP_HEADER_BYTES + i < bad.length) bad[RTP_HEADER_BYTES + i] = byte;
        const packet = decodeVoicePacket(bad);
        const held = (packet?.redundant ?? []).reduce((sum, one) => sum + one.payload.length, 0);
        expect(held + (packet?.payload.length ?? 0)).toBeLessThanOrEqual(bad.length);
      }),
      { seed: 20264, numRuns: 2000 },
    );
  });
});

describe('opusDuration', () => {
  it('is what the first bytes say', () => {
    expect(opusDuration(new Uint8Array())).toBe(0);
    expect(opusDuration(Uint8Array.of(1 << 3))).toBe(960); // SILK, 20 ms
    expect(opusDuration(Uint8Array.of(3 << 3))).toBe(2880); // SILK, 60 ms
    expect(opusDuration(Uint8Array.of(12 << 3))).toBe(480); // hybrid, 10 ms
    expect(opusDuration(Uint8Array.of((0 << 3) | 1, 0))).toBe(960); // SILK, twice 10 ms
    expect(opusDuration(Uint8Array.of((31 << 3) | 3, 6))).toBe(5760); // CELT, six times 20 ms
    expect(opusDuration(Uint8Array.of((31 << 3) | 3, 7))).toBe(0); // over 120 ms
    expect(opusDuration(Uint8Array.of((28 << 3) | 3, 8))).toBe(960); // CELT, eight times 2.5 ms
    expect(opusDuration(Uint8Array.of((28 << 3) | 3))).toBe(0); // the count is missing
  });
});
