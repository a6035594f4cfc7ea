/** Receiver reports: their bytes, and that nothing from a network upsets who reads them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeReports,
  encodeReports,
  isRtcp,
  MAX_REPORT_BLOCKS,
  type ReceptionReport,
} from '../../../src/net/protocol/rtcp.ts';
import { encodeVoiceFrame } from '../../../src/net/protocol/rtp.ts';

const report: ReceptionReport = {
  ssrc: 0x01020304,
  fractionLost: 0.125,
  cumulativeLost: -2,
  highestSeq: 0x0001fffe,
  jitter: 480,
  metrics: {
    lossRate: 0.25,
    discardRate: 0.0078125,
    burstMs: 40,
    gapMs: 300,
    playoutDelayMs: 60,
    longestDelayMs: 90,
    maxDelayMs: 250,
  },
};
const GOLDEN =
  '81c90007' + // RR, one block, 8 words
  '000a0b0c' + // the listener
  '01020304' + // the speaker
  '20fffffe' + // an eighth, -2 in all
  '0001fffe' +
  '000001e0' +
  '0000000000000000' +
  '80cf000a' + // XR, 11 words
  '000a0b0c' +
  '07000008' + // VoIP metrics, 9 words
  '01020304' +
  '4002ff00' + // loss, discards, density in bursts and in gaps
  '0028012c' +
  '00000000' +
  '7f7f7f01' + // levels unknown, Gmin 1
  '7f7f7f7f' +
  'a200003c' +
  '005a00fa';

describe('receiver reports', () => {
  it('have the documented bytes', () => {
    const bytes = encodeReports({ reporter: 0x0a0b0c, reports: [report] });
    expect(Buffer.from(bytes).toString('hex')).toBe(GOLDEN);
    expect(decodeReports(bytes)).toEqual({ reporter: 0x0a0b0c, reports: [report] });
  });

  it('are told from voice by the second byte', () => {
    expect(isRtcp(encodeReports({ reporter: 1, reports: [report] }))).toBe(true);
    const frame = { seq: 0, timestamp: 0, ssrc: 1, last: false, level: 0, payload: Uint8Array.of(1) };
    for (const marker of [true, false]) expect(isRtcp(encodeVoiceFrame({ ...frame, marker }))).toBe(false);
    expect(isRtcp(new Uint8Array())).toBe(false);
  });

  it('give back what was written, to a 256th and a ms, and clamp the rest', () => {
    const uint32 = fc.integer({ min: 0, max: 0xffffffff });
    const share = fc.nat(255).map((n) => n / 256);
    const time = fc.nat(0xffff);
    const any = fc.record({
      ssrc: uint32,
      fractionLost: share,
      cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
      highestSeq: uint32,
      jitter: uint32,
      metrics: fc.record({
        lossRate: share,
        discardRate: share,
        burstMs: time,
        gapMs: time,
        playoutDelayMs: time,
        longestDelayMs: time,
        maxDelayMs: time,
      }),
    });
    const reports = fc.array(any, { minLength: 1, maxLength: MAX_REPORT_BLOCKS });
    fc.assert(
      fc.property(uint32, reports, (reporter, reports) => {
        const bytes = encodeReports({ reporter, reports });
        expect(bytes.length).toBeLessThanOrEqual(1200);
        expect(decodeReports(bytes)).toEqual({ reporter, reports });
      }),
      { seed: 20264 },
    );
    const wild = {
      ...report,
      fractionLost: 7,
      cumulativeLost: 1e9,
      metrics: { ...report.metrics, gapMs: 1e9 },
    };
    expect(decodeReports(encodeReports({ reporter: 1, reports: [wild] }))!.reports[0]).toMatchObject({
      fractionLost: 255 / 256,
      cumulativeLost: 0x7fffff,
      metrics: { gapMs: 0xffff },
    });
  });

  it('are refused cut, extended, and with a wrong header, and never make the reader throw', () => {
    const bytes = encodeReports({ reporter: 1, reports: [report, { ...report, ssrc: 9 }] });
    for (let cut = 0; cut < bytes.length; cut++)
      expect(decodeReports(bytes.subarray(0, cut))).toBeUndefined();
    expect(decodeReports(Uint8Array.of(...bytes, 0, 0, 0, 0))).toBeUndefined();
    for (const at of [0, 1, 2, 3, 4, 8, 56, 57, 58, 59, 60, 64, 67, 68]) {
      const bad = bytes.slice();
      bad[at]! ^= 0x11;
      expect(decodeReports(bad), `byte ${at}`).toBeUndefined();
    }
    const noise = fc.record({ at: fc.nat(bytes.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 6 }), fc.nat(bytes.length), (changes, cut) => {
        const bad = bytes.slice();
        for (const { at, byte } of changes) bad[at] = byte;
        decodeReports(bad.subarray(0, cut));
        decodeReports(bad);
      }),
      { seed: 20264, numRuns: 1000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1300 }), (any) => void decodeReports(any)));
  });
});
