/** Mouth to ear from the WAV reader to the WAV writer, on a good network, with default settings. */
import { loadWav } from '../../src/audio/wav-read.ts';
import { pieceDelays } from '../../test/audio/pieces.ts';
import { printTable } from '../tunnel/table.ts';
import { type Calls, pause, SAMPLES, type Sample } from './call.ts';
import type { Choices } from './choices.ts';
import {
  delays,
  type FramePath,
  isReal,
  LOOK_AHEAD_MS,
  pathsOf,
  percent,
  quantile,
  tenths,
  within,
} from '../../test/e2e/frame-paths.ts';

/** Code that has not run yet is slow, and the delay settles: these do not count, ms. */
const WARM_UP_MS = 5000;
const SECONDS = 40;
const LONG_SECONDS = 600;

interface Measured {
  readonly paths: readonly FramePath[];
  /** In the sound itself, ms. */
  readonly heard: readonly number[];
}

/** One call in a room of its own. */
async function measure(calls: Calls, sample: Sample, frameMs: number, seconds: number): Promise<Measured> {
  const room = `delay-${sample}-${frameMs}`;
  const { path, samples } = await calls.spoken(sample, seconds);
  const listener = await calls.caller(`ear-${room}`, { room, input: 'silence', hears: true });
  const talker = await calls.caller(`mouth-${room}`, { room, input: path, audio: { frame_ms: frameMs } });
  await talker.report((seconds + 20) * 1000);
  await pause(500);
  await listener.hangUp();
  const paths = pathsOf(talker.trace, listener.trace);
  const first = paths[0];
  if (!first) throw new Error('nothing was sent');
  const beginNs = first.captureNs - BigInt(Math.round(first.lengthMs * 1e6));
  // The reader of sound files takes ten minutes at most, which a long call is over.
  const ear = seconds < LONG_SECONDS ? await loadWav(listener.wav) : new Int16Array();
  const heard = pieceDelays(
    { samples, beginMs: Number(beginNs) / 1e6 },
    { samples: ear, beginMs: Number(listener.startedAtNs) / 1e6 },
  ).filter((ms) => ms !== undefined);
  return { paths, heard };
}

/** Frames that were not heard in time although none was lost on the way: each is a moment without sound. */
function underruns(paths: readonly FramePath[]): number {
  return paths.filter((path) => !isReal(path)).length;
}

function row(sample: Sample, frameMs: number, { paths, heard }: Measured): string[] {
  const settled = within(paths, WARM_UP_MS);
  const all = delays(settled);
  const lengths = new Set(settled.map(({ lengthMs }) => lengthMs));
  return [
    sample,
    [...lengths].map((ms) => `${ms}`).join('/') || `${frameMs}`,
    `${settled.length}`,
    tenths(quantile(all, 0.5)),
    tenths(quantile(all, 0.99)),
    tenths(quantile(heard, 0.5)),
    `${underruns(settled)}`,
    percent(underruns(settled) / Math.max(1, settled.length)),
  ];
}

export async function delay(calls: Calls, { long, seconds = SECONDS }: Choices): Promise<void> {
  const length = long ? LONG_SECONDS : seconds;
  const all = [10, 20].flatMap((frameMs) => SAMPLES.map((sample) => ({ sample, frameMs })));
  const one = async ({ sample, frameMs }: (typeof all)[number]): Promise<string[]> =>
    row(sample, frameMs, await measure(calls, sample, frameMs, length));
  const rows: string[][] = [];
  // Ten minutes, four times: all at once.
  if (long) rows.push(...(await Promise.all(all.map(one))));
  else for (const each of all) rows.push(await one(each));
  printTable(
    `Mouth to ear, WAV to WAV, ${length} s, ms; codec look-ahead (${LOOK_AHEAD_MS} ms) included; "by ear" is the median found in the sound`,
    ['sample', 'frame ms', 'frames', 'p50', 'p99', 'by ear', 'underruns', 'share'],
    rows,
  );
}
