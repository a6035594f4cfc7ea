/** Whose fault it is: one table of situations, and what must hold in all of them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FAULTS, FaultFinder, type LinkFacts, NOTICEABLE_PCT } from '../../src/audio/fault.ts';
import { Listeners, REPORT_LIFE_MS } from '../../src/audio/heard-by.ts';
import type { HeardBy, SpeakerStats } from '../../src/audio/messages.ts';
import { encodeReports, type ReceptionReport } from '../../src/net/protocol/rtcp.ts';

const LINK: LinkFacts = { lossUp: 0, lossDown: 0, silent: false, heardAgoMs: 100 };

const speaker = (ssrc: number, more: Partial<SpeakerStats> = {}): SpeakerStats => ({
  ssrc,
  jitterMs: 2,
  lossPct: 0,
  burst: 0,
  received: 0,
  recovered: 0,
  concealed: 0,
  late: 0,
  dropped: 0,
  playoutDelayMs: 30,
  levelDb: -25,
  speaking: true,
  ...more,
});

/** Five seconds of 50 packets in which each speaker's counters grow by a tenth of `perSecond` each 100 ms. */
function judge(
  speakers: readonly (Partial<SpeakerStats> & { ssrc: number; latePerSecond?: number })[],
  heardBy: readonly HeardBy[] = [],
  link: Partial<LinkFacts> = {},
) {
  const finder = new FaultFinder();
  let voices = finder.judge([], [], LINK);
  for (let s = 1; s <= 5; s++) {
    const now = speakers.map(({ ssrc, latePerSecond = 0, ...more }) =>
      speaker(ssrc, { received: s * 50, late: s * latePerSecond, ...more }),
    );
    voices = finder.judge(now, heardBy, { ...LINK, ...link });
  }
  return Object.fromEntries(voices.map(({ ssrc, fault }) => [ssrc, fault]));
}

test.each([
  ['all is well', [{ ssrc: 1 }, { ssrc: 2 }], [], {}, { 1: 'none', 2: 'none' }],
  ['a loss that redundancy hides', [{ ssrc: 1, lossPct: 2 }], [], {}, { 1: 'none' }],
  ['our downlink loses as much', [{ ssrc: 1, lossPct: 12 }], [], { lossDown: 0.11 }, { 1: 'your-downlink' }],
  ['one of two is lossy', [{ ssrc: 1, lossPct: 12 }, { ssrc: 2 }], [], {}, { 1: 'their-uplink', 2: 'none' }],
  [
    'our downlink loses a little of it',
    [{ ssrc: 1, lossPct: 40 }],
    [],
    { lossDown: 0.04 },
    { 1: 'their-uplink' },
  ],
  [
    'everybody is lossy, our link is not',
    [
      { ssrc: 1, lossPct: 9 },
      { ssrc: 2, lossPct: 8 },
    ],
    [],
    {},
    { 1: 'station', 2: 'station' },
  ],
  [
    'everybody is late',
    [
      { ssrc: 1, latePerSecond: 5 },
      { ssrc: 2, latePerSecond: 6 },
    ],
    [],
    {},
    { 1: 'your-downlink', 2: 'your-downlink' },
  ],
  ['one is late', [{ ssrc: 1, latePerSecond: 5 }, { ssrc: 2 }], [], {}, { 1: 'their-uplink', 2: 'none' }],
  [
    'they lose us, our uplink loses',
    [{ ssrc: 1 }],
    [{ ssrc: 1, lossPct: 20 }],
    { lossUp: 0.18 },
    { 1: 'your-uplink' },
  ],
  [
    'one of two loses us',
    [{ ssrc: 1 }],
    [
      { ssrc: 1, lossPct: 20 },
      { ssrc: 2, lossPct: 0 },
    ],
    {},
    { 1: 'their-downlink', 2: 'none' },
  ],
  [
    'all lose us, our link is well',
    [],
    [
      { ssrc: 1, lossPct: 20 },
      { ssrc: 2, lossPct: 9 },
    ],
    {},
    { 1: 'station', 2: 'station' },
  ],
  [
    'the worse direction counts',
    [{ ssrc: 1, lossPct: 5 }],
    [{ ssrc: 1, lossPct: 30 }],
    {},
    { 1: 'their-downlink' },
  ],
  ['a whisper', [{ ssrc: 1, levelDb: -62 }], [], {}, { 1: 'their-microphone' }],
  ['silence is no whisper', [{ ssrc: 1, levelDb: -90, speaking: false }], [], {}, { 1: 'none' }],
  ['nothing of ours arrives', [{ ssrc: 1 }], [], { silent: true }, { 1: 'your-uplink' }],
  ['nothing arrives at all', [{ ssrc: 1 }], [], { silent: true, heardAgoMs: 9000 }, { 1: 'station' }],
] as const)('%s', (_, speakers, heardBy, link, expected) => {
  expect(judge(speakers, heardBy, link)).toEqual(expected);
});

test('figures are of the last seconds, not of the whole call', () => {
  const finder = new FaultFinder();
  const at = (received: number, late: number) => finder.judge([speaker(1, { received, late })], [], LINK)[0]!;
  at(1000, 900);
  expect(at(1050, 905).latePct).toBe(10);
  for (let s = 2; s < 12; s++) at(1000 + s * 50, 905);
  expect(at(1600, 905)).toMatchObject({ latePct: 0, fault: 'none' });
});

test('who falls silent is as they were when they were heard last', () => {
  const finder = new FaultFinder();
  for (let s = 1; s <= 5; s++) finder.judge([speaker(1, { received: s * 50, lossPct: 20 })], [], LINK);
  const silent = speaker(1, { received: 250, lossPct: 20, speaking: false });
  for (let s = 1; s <= 20; s++) {
    const [voice] = finder.judge([silent], [], LINK);
    expect(voice).toMatchObject({ fault: 'their-uplink', active: s < 6 });
  }
  expect(finder.judge([], [], LINK)).toEqual([]);
});

test('whatever is counted, every voice has one verdict, and none without something noticeable', () => {
  const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null });
  const facts = fc.record({
    lossUp: share,
    lossDown: share,
    silent: fc.constant(false),
    heardAgoMs: fc.constant(10),
  });
  const one = fc.record({
    ssrc: fc.nat(5),
    lossPct: fc.double({ min: 0, max: 100, noNaN: true }),
    received: fc.nat(1e6),
    late: fc.nat(1e6),
    concealed: fc.nat(1e6),
    levelDb: fc.integer({ min: -127, max: 0 }),
  });
  const listener = fc.record({ ssrc: fc.nat(5), lossPct: fc.double({ min: 0, max: 100, noNaN: true }) });
  const different = { selector: ({ ssrc }: { ssrc: number }) => ssrc, maxLength: 5 };
  fc.assert(
    fc.property(
      fc.uniqueArray(one, different),
      fc.uniqueArray(listener, different),
      facts,
      (speakers, heardBy, link) => {
        const finder = new FaultFinder();
        const all = speakers.map((more) => speaker(more.ssrc, more));
        for (let round = 0; round < 2; round++) {
          const voices = finder.judge(all, heardBy, link);
          expect(new Set(voices.map(({ ssrc }) => ssrc))).toEqual(
            new Set([...all, ...heardBy].map(({ ssrc }) => ssrc)),
          );
          for (const voice of voices) {
            expect(FAULTS).toContain(voice.fault);
            const worst = Math.max(voice.lossPct, voice.latePct, voice.heardLossPct ?? 0);
            if (worst < NOTICEABLE_PCT) expect(['none', 'their-microphone']).toContain(voice.fault);
            else expect(['none', 'their-microphone']).not.toContain(voice.fault);
            for (const pct of [voice.latePct, voice.concealedPct]) {
              expect(pct).toBeGreaterThanOrEqual(0);
              expect(pct).toBeLessThanOrEqual(100);
            }
          }
        }
      },
    ),
    { seed: 10, numRuns: 200 },
  );
});

test('reports of our voice are those that name us, and are forgotten', () => {
  const report = (ssrc: number, lossRate: number): ReceptionReport => ({
    ssrc,
    fractionLost: 0,
    cumulativeLost: 0,
    highestSeq: 1,
    jitter: 0,
    metrics: {
      lossRate,
      discardRate: 0,
      burstMs: 20,
      gapMs: 0,
      playoutDelayMs: 20,
      longestDelayMs: 20,
      maxDelayMs: 250,
    },
  });
  const listeners = new Listeners();
  listeners.reported(encodeReports({ reporter: 5, reports: [report(9, 0.5), report(7, 0.25)] }), 7, 0);
  listeners.reported(encodeReports({ reporter: 6, reports: [report(9, 0.5)] }), 7, 0);
  listeners.reported(Uint8Array.of(0x81, 201, 0), 7, 0);
  expect(listeners.list(100)).toEqual([{ ssrc: 5, lossPct: 25 }]);
  expect(listeners.list(REPORT_LIFE_MS)).toEqual([]);
});
