/** What the traces of a talker and a listener say together: which frames were heard, from what, and how late. */
import { readFileSync } from 'node:fs';
import type { HeardLine, SentLine } from './calls.ts';
import { parseLines } from './process.ts';

/** Opus looks ahead by 312 samples at 48 kHz (the pre-skip that libopus asks for): its sound comes so much later, ms. */
export const LOOK_AHEAD_MS = 6.5;
/** Timestamps further apart than the longest frame are a pause. */
const MAX_FRAME_SAMPLES = 2880;

export interface FramePath {
  /** When its last sample was said, ns. */
  readonly captureNs: bigint;
  /** Where it was heard from: undefined if it never was. */
  readonly source: HeardLine['source'] | undefined;
  /** From a sample in the mouth to the same sample in the ear, codec included, ms; undefined where it was not heard. */
  readonly delayMs: number | undefined;
  readonly lengthMs: number;
}

/** Every frame of the talker, in order. */
export function pathsOf(talkerTrace: string, listenerTrace: string): FramePath[] {
  const sent = read(talkerTrace).filter((line): line is SentLine => line.dir === 'sent');
  const heard = new Map<number, HeardLine>();
  for (const line of read(listenerTrace)) {
    if (line.dir !== 'heard') continue;
    const known = heard.get(line.rtpTs);
    if (!known || known.source === 'concealed') heard.set(line.rtpTs, line);
  }
  let samples = 960;
  return sent.map(({ rtpTs, captureNs }, i) => {
    const step = ((sent[i + 1]?.rtpTs ?? rtpTs) - rtpTs) >>> 0;
    if (step > 0 && step <= MAX_FRAME_SAMPLES) samples = step;
    const lengthMs = samples / 48;
    const line = heard.get(rtpTs);
    const delayMs = line && msBetween(captureNs, line.playoutNs) + lengthMs + LOOK_AHEAD_MS;
    return { captureNs: BigInt(captureNs), source: line?.source, delayMs, lengthMs };
  });
}

/** Those said from so many ms after the first one on, and at most until so many ms before the last. */
export function within(paths: readonly FramePath[], fromMs: number, beforeEndMs = 500): FramePath[] {
  const first = paths[0]?.captureNs ?? 0n;
  const last = paths.at(-1)?.captureNs ?? 0n;
  const at = (ms: number): bigint => BigInt(Math.round(ms * 1e6));
  return paths.filter(
    ({ captureNs }) => captureNs >= first + at(fromMs) && captureNs <= last - at(beforeEndMs),
  );
}

/** Whether what the talker said was heard, and not made up. */
export function isReal({ source }: FramePath): boolean {
  return source === 'packet' || source === 'red';
}

/** The share of real frames, 0..1. */
export function realShare(paths: readonly FramePath[]): number {
  return paths.filter(isReal).length / Math.max(1, paths.length);
}

/** Delays of the frames that were heard for real, ms. */
export function delays(paths: readonly FramePath[]): number[] {
  return paths.filter(isReal).flatMap(({ delayMs }) => (delayMs === undefined ? [] : [delayMs]));
}

/** The value below which this share lies; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

export function tenths(value: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(1);
}

function read(path: string): (SentLine | HeardLine)[] {
  return parseLines(readFileSync(path, 'utf8'));
}

function msBetween(from: string, to: string): number {
  return Number(BigInt(to) - BigInt(from)) / 1e6;
}
