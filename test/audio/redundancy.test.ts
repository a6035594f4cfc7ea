/** What the planner chooses, and what it gives back on seeded networks in simulated time. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OPUS_FRAMES_MS, type OpusFrameMs } from '../../src/audio/frame.ts';
import { Packetizer } from '../../src/audio/packetizer.ts';
import { MAX_LISTENERS, REPORT_LIFE_MS, RedundancyPlanner } from '../../src/audio/redundancy.ts';
import {
  bandwidthOf,
  MAX_WINDOW_MS,
  plainShape,
  residualLoss,
  type ShapeLimits,
  shapeFor,
  windowOf,
} from '../../src/audio/redundancy-model.ts';
import { LOSSY_INTERVAL_MS, reportIntervalMs } from '../../src/audio/report-interval.ts';
import { LossChain } from '../../src/lab/loss.ts';
import { seededRandom } from '../../src/lab/random.ts';
import type { ReceptionReport } from '../../src/net/protocol/rtcp.ts';
import { decodeVoicePacket } from '../../src/net/protocol/rtp.ts';

const LIMITS: ShapeLimits = { bitrate: 32_000, frameMs: 10, maxBandwidth: 160_000 };
/** With this a frame of 10 ms and its last copy are heard in 150 ms: codec 6.5 ms, two ticks of playout. */
const ALONE = [0.999, 0.995, 0.99, 0.98, 0.96, 0.92];
const IN_RUNS = [0.98, 0.97, 0.96, 0.94, 0.92, 0.9];

function reportOf(loss: number, runPackets: number, frameMs: number): ReceptionReport {
  return {
    ssrc: 1,
    fractionLost: loss,
    cumulativeLost: 0,
    highestSeq: 0,
    jitter: 0,
    metrics: {
      lossRate: loss,
      discardRate: 0,
      burstMs: loss > 0 ? runPackets * frameMs : 0,
      gapMs: 0,
      playoutDelayMs: 0,
      longestDelayMs: 0,
      maxDelayMs: 0,
    },
  };
}

/** A listener who hears packets by their numbers and reports as RFC 3550 says, over 256 packets for the metrics. */
class Ear {
  readonly heard = new Set<number>();
  #seqs: { seq: number }[] = [];
  #lastReportSeq = -1;

  /** Returns how far back its copies reach, ms. */
  hear(seq: number, packet: Uint8Array): number {
    this.#seqs.push({ seq });
    const { timestamp, redundant } = decodeVoicePacket(packet)!;
    this.heard.add(timestamp);
    for (const { offset } of redundant) this.heard.add(timestamp - offset);
    return (redundant[0]?.offset ?? 0) / 48;
  }

  report(frameMs: number): ReceptionReport | undefined {
    this.#seqs = this.#seqs.slice(-256);
    const highest = this.#seqs.at(-1)?.seq;
    const first = this.#seqs[0]?.seq;
    if (highest === undefined || first === undefined || highest === this.#lastReportSeq) return undefined;
    let runs = 0;
    for (const [i, { seq }] of this.#seqs.entries()) if (seq > (this.#seqs[i - 1]?.seq ?? seq) + 1) runs++;
    const lost = highest - first + 1 - this.#seqs.length;
    const fresh = this.#seqs.filter(({ seq }) => seq > this.#lastReportSeq).length;
    const expected = highest - this.#lastReportSeq;
    this.#lastReportSeq = highest;
    const report = reportOf(1 - fresh / expected, runs > 0 ? lost / runs : 1, frameMs);
    return { ...report, metrics: { ...report.metrics, lossRate: lost / (highest - first + 1) } };
  }
}

interface Outcome {
  /** Share of the sound that came, in a packet of its own or as a copy. */
  readonly share: number;
  /** bit/s of RTP packets. */
  readonly bandwidth: number;
  /** The furthest back that any copy reached, ms. */
  readonly window: number;
  readonly frameMs: number;
}

/** Somebody talks for `seconds` without a pause, and one listener reports. */
function call(loss: number, burst: number | undefined, limits: ShapeLimits, seconds = 60, seed = 1): Outcome {
  const [draw, chain, planner] = [seededRandom(seed), new LossChain(), new RedundancyPlanner(limits)];
  const [packetizer, ear] = [new Packetizer(), new Ear()];
  const said = new Map<number, number>();
  let [bytes, window, frameMs, reportAt] = [0, 0, limits.frameMs as number, LOSSY_INTERVAL_MS];
  let timestamp = 0;
  for (let seq = 0, now = 0; now < seconds * 1000; seq++, now += frameMs) {
    const plan = planner.plan(now);
    frameMs = plan.frameMs;
    const duration = frameMs * 48;
    const payload = new Uint8Array(Math.round((plan.bitrate * frameMs) / 8000)).fill(1);
    const frame = {
      seq: seq & 0xffff,
      timestamp,
      ssrc: 1,
      marker: seq === 0,
      last: false,
      level: 9,
      payload,
      duration,
    };
    const packet = packetizer.frame(frame, plan);
    said.set(timestamp, duration);
    timestamp += duration;
    bytes += packet.length;
    expect(packet.length).toBeLessThanOrEqual(1200);
    if (!chain.next({ loss, burst }, draw())) window = Math.max(window, ear.hear(seq, packet));
    if (now < reportAt) continue;
    const report = ear.report(frameMs);
    reportAt = now + reportIntervalMs(report ? [report] : []);
    // The way back is as bad.
    if (report && draw() >= loss) planner.report(7, report, plan.frameMs, now);
  }
  let came = 0;
  for (const [at, duration] of said) if (ear.heard.has(at)) came += duration;
  return { share: came / timestamp, bandwidth: (bytes * 8) / seconds, window, frameMs };
}

describe.each([10, 20] as const)('with frames of %i ms', (frameMs) => {
  const limits = { ...LIMITS, frameMs };

  test.each(ALONE.map((share, i) => [(i + 1) / 10, share] as const))(
    'of independent losses of %d it gives back to %d',
    (loss, share) => {
      const outcome = call(loss, undefined, limits);
      expect(outcome.share).toBeGreaterThanOrEqual(share);
      expect(outcome.bandwidth).toBeLessThanOrEqual(limits.maxBandwidth);
      // Mouth to ear: a frame, the codec's look-ahead, the window, and two ticks of playout.
      expect(outcome.frameMs + 6.5 + outcome.window + 20).toBeLessThanOrEqual(150);
    },
  );

  test.each(IN_RUNS.map((share, i) => [(i + 1) / 10, share] as const))(
    'of losses of %d in runs of four it gives back to %d',
    (loss, share) => {
      const outcome = call(loss, 4, limits);
      expect(outcome.share).toBeGreaterThanOrEqual(share);
      expect(outcome.bandwidth).toBeLessThanOrEqual(limits.maxBandwidth);
      expect(outcome.frameMs + 6.5 + outcome.window + 20).toBeLessThanOrEqual(150);
    },
  );
});

test('the arithmetic agrees with a long simulated network', () => {
  for (const [loss, burst] of [
    [0.1, undefined],
    [0.4, undefined],
    [0.1, 4],
    [0.4, 4],
    [0.6, 4],
  ] as const) {
    for (const copies of [
      { depth: 1, spacing: 3 },
      { depth: 3, spacing: 1 },
      { depth: 2, spacing: 2 },
    ]) {
      const [draw, chain] = [seededRandom(3), new LossChain()];
      const lost = Array.from({ length: 400_000 }, () => chain.next({ loss, burst }, draw()));
      const gone = lost.filter((_, n) => {
        for (let k = 0; k <= copies.depth; k++) if (!lost[n + k * copies.spacing]) return false;
        return true;
      });
      const predicted = residualLoss(
        { loss, run: burst ?? 1 / (1 - loss) },
        { ...copies, bitrate: 32_000, frameMs: 10 },
      );
      // Five standard deviations of a count whose events come in runs.
      const expected = predicted * lost.length;
      expect(Math.abs(gone.length - expected)).toBeLessThan(5 * Math.sqrt(expected * (burst ?? 1) * 2));
    }
  }
});

test('no shape is over the budget or the window, whatever the network', () => {
  const frames = fc.constantFrom<OpusFrameMs>(...OPUS_FRAMES_MS);
  const any = fc.record({
    loss: fc.double({ min: 0, max: 1, noNaN: true }),
    run: fc.double({ min: 1, max: 1000, noNaN: true }),
  });
  fc.assert(
    fc.property(
      any,
      frames,
      fc.integer({ min: 6000, max: 128_000 }),
      fc.integer({ min: 30_000, max: 500_000 }),
      (network, frameMs, bitrate, maxBandwidth) => {
        const limits = { bitrate, frameMs, maxBandwidth };
        const shape = shapeFor(network, limits);
        expect(bandwidthOf(shape)).toBeLessThanOrEqual(
          Math.max(maxBandwidth, bandwidthOf(plainShape(limits))),
        );
        expect(windowOf(shape)).toBeLessThanOrEqual(MAX_WINDOW_MS);
        expect(shape.bitrate).toBeLessThanOrEqual(bitrate);
        expect(residualLoss(network, shape)).toBeLessThanOrEqual(network.loss);
      },
    ),
    { seed: 20264 },
  );
});

/** Plans every 20 ms until a time, and reports what `heard` says each second. */
function talk(
  planner: RedundancyPlanner,
  from: number,
  to: number,
  heard: (now: number) => [number, number][],
) {
  let plan = planner.plan(from);
  for (let now = from; now < to; now += 20) {
    plan = planner.plan(now);
    if (now % 1000 !== 0) continue;
    for (const [ssrc, loss] of heard(now))
      planner.report(ssrc, reportOf(loss, 1, plan.frameMs), plan.frameMs, now);
  }
  return plan;
}

describe('the planner', () => {
  test('begins protected a little, and sends none to listeners who lose nothing, or report nothing', () => {
    const planner = new RedundancyPlanner(LIMITS);
    const first = planner.plan(0);
    expect(first.depth).toBeGreaterThan(0);
    expect(first.because).toBeNull();
    expect(bandwidthOf(first)).toBeLessThan(bandwidthOf(plainShape(LIMITS)) * 1.6);
    expect(talk(planner, 0, 6000, () => [[7, 0]])).toMatchObject({ depth: 0, bitrate: 32_000, addedBps: 0 });
    expect(talk(new RedundancyPlanner(LIMITS), 0, 10_000, () => [])).toMatchObject({
      depth: 0,
      because: null,
    });
  });

  test('follows the worst listener, says whom, and lets go slowly', () => {
    const planner = new RedundancyPlanner(LIMITS);
    const plan = talk(planner, 0, 10_000, () => [
      [7, 0],
      [8, 0.3],
      [9, 0.05],
    ]);
    expect(plan.because?.ssrc).toBe(8);
    expect(plan.because?.lossPct).toBeCloseTo(30, 0);
    expect(plan.depth).toBeGreaterThanOrEqual(4);
    expect(plan.addedBps).toBe(Math.round(bandwidthOf(plan) - bandwidthOf(plainShape(LIMITS))));
    // One good second changes nothing.
    expect(talk(planner, 10_000, 11_000, () => [[8, 0]]).depth).toBe(plan.depth);
    expect(
      talk(planner, 11_000, 60_000, () => [
        [7, 0],
        [8, 0],
        [9, 0],
      ]),
    ).toMatchObject({ depth: 0, because: null });
  });

  test('answers a jump of loss with the next packet', () => {
    const planner = new RedundancyPlanner(LIMITS);
    talk(planner, 0, 10_000, () => [[7, 0]]);
    planner.report(7, reportOf(0.4, 2, 10), 10, 10_250);
    expect(planner.plan(10_260).depth).toBeGreaterThan(0);
  });

  test('forgets a listener who does not report while we speak, but not while we are silent', () => {
    const planner = new RedundancyPlanner(LIMITS);
    const before = talk(planner, 0, 5000, () => [[7, 0.3]]);
    expect(planner.plan(300_000).depth).toBe(before.depth); // five minutes of silence
    expect(talk(planner, 300_000, 300_000 + REPORT_LIFE_MS + 5000, () => []).depth).toBe(0);
  });

  test('keeps to shorter frames, once it had to take them, until nothing is lost', () => {
    const limits = { ...LIMITS, frameMs: 20 } as const;
    const planner = new RedundancyPlanner(limits);
    const run = (loss: number) => (now: number) => planner.report(7, reportOf(loss, 4, 10), 10, now);
    for (let now = 0; now < 20_000; now += 20) {
      planner.plan(now);
      if (now % 1000 === 0) run(0.2)(now);
    }
    expect(planner.plan(20_000).frameMs).toBe(10);
    for (let now = 20_000; now < 80_000; now += 20) {
      planner.plan(now);
      if (now % 1000 === 0) run(0)(now);
    }
    expect(planner.plan(80_000)).toMatchObject({ frameMs: 20, depth: 0 });
  });

  test('goes back where more copies make more loss, and not where the network is just bad', () => {
    const narrow = new RedundancyPlanner(LIMITS);
    const link = 70_000; // bit/s; more is lost
    let [plan, cutBack, over] = [narrow.plan(0), 0, 0];
    for (let now = 0; now < 60_000; now += 20) {
      plan = narrow.plan(now);
      const sent = bandwidthOf(plan);
      over = Math.max(over, sent);
      if (sent <= link * 1.3) cutBack++;
      const loss = now < 10_000 ? 0.02 : Math.max(0.02, 1 - link / sent);
      if (now % 1000 === 0) narrow.report(7, reportOf(loss, 1, 10), 10, now);
    }
    expect(over).toBeGreaterThan(link * 1.3);
    expect(cutBack / 3000).toBeGreaterThan(0.6);
    const bad = new RedundancyPlanner(LIMITS);
    expect(talk(bad, 0, 30_000, (now) => [[7, now < 10_000 ? 0.02 : 0.5]]).depth).toBeGreaterThanOrEqual(5);
  });

  test('takes new limits at once', () => {
    const planner = new RedundancyPlanner(LIMITS);
    talk(planner, 0, 10_000, () => [[7, 0.4]]);
    planner.setLimits({ ...LIMITS, maxBandwidth: 60_000 });
    expect(bandwidthOf(planner.plan(10_000))).toBeLessThanOrEqual(60_000);
  });

  test('remembers no more listeners than it has room for', () => {
    const planner = new RedundancyPlanner(LIMITS);
    planner.report(0, reportOf(0.5, 2, 10), 10, 0);
    expect(planner.plan(0).because?.ssrc).toBe(0);
    for (let ssrc = 1; ssrc <= MAX_LISTENERS; ssrc++) planner.report(ssrc, reportOf(0.1, 1, 10), 10, ssrc);
    const plan = talk(planner, 1000, 6000, () => []);
    expect(plan.because?.lossPct).toBeCloseTo(10, 0);
  });
});
