/** Calls of end-to-end tests: what `voipterm voice` prints, its trace, and sound files to speak. */
import { readFile, writeFile } from 'node:fs/promises';
import { loadWav } from '../../src/audio/wav-read.ts';
import { bestCorrelation, type Correlation } from '../audio/correlation.ts';
import { type Place, parseLines, type Running } from './process.ts';

/** Samples a frame of 20 ms at 48 kHz. */
export const FRAME = 960;
/** The longest delay that can be asked for, ms: a busy test machine stalls a thread for longer than a network does. */
export const CALM_MS = 500;
export const CALM = {
  VOIPTERM_AUDIO_PLAYOUT_DELAY_MS: String(CALM_MS),
  VOIPTERM_AUDIO_MAX_PLAYOUT_DELAY_MS: '1000',
};

/** No room for copies: each packet is a frame, and the other way round. */
export const PLAIN = { VOIPTERM_AUDIO_BITRATE: '12000', VOIPTERM_AUDIO_MAX_BANDWIDTH: '20000' };

/** The last line of `voice --json`. */
export interface Report {
  readonly frames: Readonly<
    Record<'sent' | 'received' | 'recovered' | 'concealed' | 'late' | 'dropped', number>
  >;
  readonly rttMs: number | null;
  readonly jitterMs: number | null;
  readonly playoutDelayMs: { readonly p50: number; readonly p95: number } | null;
  readonly carrier: string;
  readonly carrierUp: string;
  readonly carrierDown: string;
  readonly carrierReason: string;
  readonly cipher: string;
  readonly startedAtNs: string;
}

/** A line of the trace; nanoseconds are strings. */
export interface SentLine {
  readonly dir: 'sent';
  readonly seq: number;
  readonly rtpTs: number;
  readonly captureNs: string;
  readonly sendNs: string;
}
export interface HeardLine {
  readonly dir: 'heard';
  readonly from: number;
  readonly seq: number;
  readonly rtpTs: number;
  readonly receiveNs: string | null;
  readonly playoutNs: string;
  readonly source: 'packet' | 'red' | 'concealed';
}

/** A caller that is in the room. */
export interface Caller {
  readonly process: Running;
  /** Its output and its trace. */
  readonly wav: string;
  readonly trace: string;
}

/** So that a test that is tried again finds nothing of its first try. */
let calls = 0;

/** Starts `voice --json` with output and trace files, and waits until it is in the room. */
export async function startCaller(
  place: Place,
  target: string,
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Caller> {
  const file = `${name}-${++calls}`;
  const wav = place.file(`${file}.wav`);
  const trace = place.file(`${file}.ndjson`);
  const files = ['--output', wav, '--trace', trace, '--json'];
  const process = await place.start(['voice', target, ...args, ...files], {
    home: name,
    env: { ...CALM, ...env },
  });
  await process.until(({ lines }) => lines.some((line) => line.includes('"joined"')));
  return { process, wav, trace };
}

/** The caller's own end (its input's end or --duration) with its report. */
export async function finished({ process }: Caller, patience = 60_000): Promise<Report> {
  const { status, stderr } = await process.exited(patience);
  if (status !== 0) throw new Error(`${process.what} ended with ${status}: ${stderr}`);
  return reportOf(process);
}

/** Ends the caller with SIGINT, as Ctrl+C does. */
export function hangUp(caller: Caller): Promise<Report> {
  caller.process.child.kill('SIGINT');
  return finished(caller);
}

function reportOf(process: Running): Report {
  return JSON.parse(process.lines.at(-1) ?? '') as Report;
}

export async function traceOf({ trace }: Caller): Promise<{ sent: SentLine[]; heard: HeardLine[] }> {
  const lines = parseLines<SentLine | HeardLine>(await readFile(trace, 'utf8'));
  return {
    sent: lines.filter((line) => line.dir === 'sent'),
    heard: lines.filter((line) => line.dir === 'heard'),
  };
}

/** The phases that a caller's log (debug, JSON) tells of, oldest first. */
export function phasesOf({ stderr }: Running): string[] {
  return parseLines<{ msg: string; at?: string }>(stderr.slice(0, stderr.lastIndexOf('\n') + 1))
    .filter(({ msg }) => msg === 'phase')
    .map(({ at = '' }) => at);
}

/** How much of what was said is in what the caller heard. */
export async function heardBy({ wav }: Caller, said: Int16Array): Promise<Correlation> {
  return bestCorrelation(said, await loadWav(wav));
}

/** `seconds` of silence. */
export function silence(seconds: number): Int16Array {
  return new Int16Array(Math.round(seconds * 48_000));
}

export function joined(...parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export interface WavFormat {
  readonly rate?: number;
  readonly channels?: number;
  /** What is on the right of two channels, if it is something else. */
  readonly right?: Int16Array;
  readonly bits?: 8 | 16 | 24 | 32;
  readonly float?: boolean;
}

/** A WAV file of 16-bit samples in another form. Written here by hand: the program's own writer must not judge itself. */
export function wavBytes(samples: Int16Array, format: WavFormat = {}): Buffer {
  const { rate = 48_000, channels = 1, right = samples, bits = 16, float = false } = format;
  const width = bits / 8;
  const data = Buffer.alloc(samples.length * channels * width);
  for (let i = 0; i < samples.length; i++) {
    for (let c = 0; c < channels; c++) {
      const sample = (c === 1 ? right : samples)[i] ?? 0;
      const at = (i * channels + c) * width;
      if (float) data.writeFloatLE(sample / 32_768, at);
      else if (bits === 8) data.writeUInt8((sample >> 8) + 128, at);
      else data.writeIntLE(sample * 2 ** (bits - 16), at, width);
    }
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(float ? 3 : 1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * channels * width, 28);
  header.writeUInt16LE(channels * width, 32);
  header.writeUInt16LE(bits, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** Writes samples as a file in the place and returns its path. */
export async function writeWav(
  place: Place,
  name: string,
  samples: Int16Array,
  format?: WavFormat,
): Promise<string> {
  const path = place.file(name);
  await writeFile(path, wavBytes(samples, format));
  return path;
}
