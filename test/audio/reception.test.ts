/** Reports to a speaker: the share lost since the last one, and how long the runs are. */
import { expect, test } from 'vitest';
import { ReceiverStats } from '../../src/audio/receiver-stats.ts';
import { Reception, type ReceptionCounts } from '../../src/audio/reception.ts';

/** What a listener counts of packets of 10 ms. */
class Ear {
  readonly stats = new ReceiverStats();
  late = 0;
  delayMs = 20;

  hear(from: number, to: number, lost: (seq: number) => boolean = () => false): void {
    for (let seq = from; seq < to; seq++)
      if (!lost(seq)) this.stats.receive({ seq: seq & 0xffff, timestamp: seq * 480 }, seq * 10);
  }

  get counts(): ReceptionCounts {
    const { expected, lost, recent, extendedHighestSeq, jitterMs } = this.stats;
    const { late, delayMs } = this;
    return {
      expected,
      lost,
      recent,
      extendedHighestSeq,
      jitterMs,
      late,
      delayMs,
      frameMs: 10,
      maxDelayMs: 250,
    };
  }
}

test('each report is of the time since the last, and the metrics of the last seconds', () => {
  const [ear, reception] = [new Ear(), new Reception(7)];
  ear.hear(0, 100, (seq) => seq % 10 === 4 || seq % 10 === 5);
  expect(reception.report(ear.counts)).toMatchObject({
    ssrc: 7,
    fractionLost: 0.2,
    cumulativeLost: 20,
    highestSeq: 99,
    metrics: { burstMs: 20, maxDelayMs: 250, longestDelayMs: 20 },
  });
  ear.delayMs = 90;
  ear.late = 5;
  ear.hear(100, 200);
  const second = reception.report(ear.counts)!;
  expect(second).toMatchObject({ fractionLost: 0, cumulativeLost: 20 });
  expect(second.metrics).toMatchObject({ discardRate: 0.05, playoutDelayMs: 90, longestDelayMs: 90 });
  expect(second.metrics.lossRate).toBeCloseTo(0.1, 1);
  expect(second.metrics.gapMs).toBeCloseTo(160, -2);
});

test('nothing is said of a speaker who said next to nothing', () => {
  const [ear, reception] = [new Ear(), new Reception(7)];
  expect(reception.report(ear.counts)).toBeUndefined();
  ear.hear(0, 5);
  expect(reception.report(ear.counts)).toBeUndefined();
  ear.hear(5, 10);
  expect(reception.report(ear.counts)).toMatchObject({ fractionLost: 0 });
  expect(reception.report(ear.counts)).toBeUndefined();
});

test('a speaker that starts over is reported from there on', () => {
  const [ear, reception] = [new Ear(), new Reception(7)];
  ear.hear(0, 1000);
  reception.report(ear.counts);
  ear.hear(30_000, 30_100, (seq) => seq % 4 === 1);
  const report = reception.report(ear.counts)!;
  expect(report.fractionLost).toBeCloseTo(0.25, 1);
  expect(report.highestSeq).toBe(30_099);
});
