/** Jitter without loss: how much is too late once the delay has adapted, and how soon it is back when the jitter ends. */
import { printTable } from '../tunnel/table.ts';
import { type Calls, pause, SAMPLES, type Sample } from './call.ts';
import type { Choices } from './choices.ts';
import {
  delays,
  type FramePath,
  isReal,
  pathsOf,
  percent,
  quantile,
  tenths,
} from '../../test/e2e/frame-paths.ts';

/** A calm beginning, the jitter, and a calm end, ms. */
const CALM_MS = 8000;
const JITTER_MS = 30_000;
const AFTER_MS = 10_000;
/** Of the jitter: what comes before that is adaptation, ms. */
const ADAPTATION_MS = 10_000;
/** When the delay has to be back, after the end of the jitter, and the time that is looked at around it, ms. */
const BACK_MS = 5000;
const WINDOW_MS = 1000;

async function measure(calls: Calls, sample: Sample, number: number): Promise<string[]> {
  const room = `jitter-${sample}`;
  const { path } = await calls.spoken(sample, (CALM_MS + JITTER_MS + AFTER_MS) / 1000);
  const network = await calls.network(number, 7);
  const listener = await calls.caller(`ear-${room}`, { room, input: 'silence' });
  const talker = await calls.caller(`mouth-${room}`, { room, host: network.host, input: path });
  await pause(CALM_MS);
  await network.change({ up: 'jitter=100ms' });
  const begin = process.hrtime.bigint();
  await pause(JITTER_MS);
  await network.change({ up: '' });
  const end = process.hrtime.bigint();
  await talker.report(40_000);
  await pause(500);
  await listener.hangUp();
  const paths = pathsOf(talker.trace, listener.trace);
  const during = between(paths, begin, ADAPTATION_MS, JITTER_MS);
  const floor = quantile(delays(between(paths, begin, -5000, 0)), 0.5);
  const back = quantile(delays(between(paths, end, BACK_MS - WINDOW_MS / 2, BACK_MS + WINDOW_MS / 2)), 0.5);
  const missed = during.filter((path) => !isReal(path)).length;
  return [
    sample,
    `${during.length}`,
    percent(missed / Math.max(1, during.length)),
    tenths(floor),
    tenths(quantile(delays(during), 0.5)),
    tenths(quantile(delays(during), 0.99)),
    tenths(back),
    tenths(back - floor),
  ];
}

/** Frames said from `from` to `to` ms after a moment. */
function between(paths: readonly FramePath[], momentNs: bigint, from: number, to: number): FramePath[] {
  return paths.filter(({ captureNs }) => {
    const ms = Number(captureNs - momentNs) / 1e6;
    return ms >= from && ms < to;
  });
}

export async function jitter(calls: Calls, _choices: Choices): Promise<void> {
  const rows = await Promise.all(SAMPLES.map((sample, i) => measure(calls, sample, 100 + i)));
  printTable(
    `Jitter of 0 to 100 ms for ${JITTER_MS / 1000} s, the first ${ADAPTATION_MS / 1000} s left out; mouth to ear in ms (p50), and ${BACK_MS / 1000} s after its end`,
    ['sample', 'frames', 'too late', 'before', 'during', 'p99', 'after', 'above floor'],
    rows,
  );
}
