/**
 * Reads a WAV file into 48 kHz samples, mono or stereo. `readWav` is pure; `loadWav` reads the file first.
 *
 * wavefile decodes the samples and wave-resampler resamples them. Neither is built for hostile files (a few dozen
 * LIST chunks keep wavefile busy for ever), so the chunks are walked here first, and wavefile is handed a file
 * that holds 'fmt ' and 'data' and nothing else.
 */
import { open, stat } from 'node:fs/promises';
import waveResampler from 'wave-resampler';
import wavefile from 'wavefile';
import { errnoOf, VoiptermError } from '../errors.ts';
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';

/** Ten minutes: a file is held in memory, and more would make it hundreds of megabytes. */
const MAX_WAV_SECONDS = 600;
/** Ten minutes of 48 kHz stereo at 32 bit, and some room for other chunks. */
export const MAX_WAV_BYTES = MAX_WAV_SECONDS * SAMPLE_RATE * 2 * 4 + 1024 * 1024;
/** The rates that sound files have; others are broken headers, Hz. */
const MIN_RATE = 4000;
const MAX_RATE = 384_000;
/** Chunks looked at: real files have under ten. */
const MAX_CHUNKS = 1000;
/** Sizes from here on mean "not known" in files that a program wrote to a pipe. */
const UNKNOWN_SIZE = 0x7fff_0000;

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe;

/** Full scale of integer samples by their bits. */
const FULL_SCALE: Readonly<Record<number, number>> = { 8: 128, 16: 32_768, 24: 8_388_608, 32: 2_147_483_648 };

interface Format {
  readonly encoding: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

interface Chunks {
  readonly format: Uint8Array;
  readonly data: Uint8Array;
}

/** Reads a file. Rejects with 'audio.file' and a sentence that names the file and what is wrong with it. */
export function loadWav(path: string, channels: 1 | 2 = 1): Promise<Int16Array> {
  return fromFile(path, (bytes) => readWav(bytes, channels));
}

/** Rejects as loadWav would, without decoding the sound: for a caller who wants to know early. */
export function checkWav(path: string): Promise<void> {
  return fromFile(path, (bytes) => void inspect(bytes));
}

/**
 * Samples at 48 kHz of a whole WAV file: mono (the channels averaged), or stereo, interleaved (a mono file in both).
 * Throws 'audio.file' saying what is wrong with the file.
 */
export function readWav(bytes: Uint8Array, channels: 1 | 2 = 1): Int16Array {
  const { format, sound } = inspect(bytes);
  const decoded = decode(format, sound);
  const wanted = channels === 1 || decoded.length === 1 ? [mean(decoded)] : decoded;
  const resampled = wanted.map((samples) => toInt16(resampleTo48k(samples, format.rate)));
  return interleave(resampled, channels);
}

async function fromFile<T>(path: string, read: (bytes: Uint8Array) => T): Promise<T> {
  const fail = (why: string): never => {
    throw new VoiptermError('audio.file', `cannot use ${path} as input: ${why}`);
  };
  let bytes: Uint8Array = new Uint8Array(0);
  try {
    bytes = await readBounded(path);
  } catch (error) {
    fail(error instanceof VoiptermError ? error.message : reasonOf(error));
  }
  try {
    return read(bytes);
  } catch (error) {
    return fail(error instanceof VoiptermError ? error.message : 'it is not a WAV file that can be read');
  }
}

/** The encoding, and the bytes of all whole samples. Throws 'audio.file'. */
function inspect(bytes: Uint8Array): { readonly format: Format; readonly sound: Uint8Array } {
  const chunks = findChunks(bytes);
  const format = readFormat(chunks.format);
  const frameBytes = (format.channels * format.bits) / 8;
  const frames = Math.floor(chunks.data.length / frameBytes);
  if (frames === 0) throw bad('it holds no sound');
  if (frames > MAX_WAV_SECONDS * format.rate) throw bad(`it is longer than ${MAX_WAV_SECONDS / 60} minutes`);
  return { format, sound: chunks.data.subarray(0, frames * frameBytes) };
}

function bad(why: string): VoiptermError {
  return new VoiptermError('audio.file', why);
}

function reasonOf(error: unknown): string {
  switch (errnoOf(error)) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'you have no permission to read it';
    case 'EISDIR':
      return 'it is a directory';
    default:
      return errnoOf(error) ?? 'it cannot be read';
  }
}

async function readBounded(path: string): Promise<Uint8Array> {
  // Before opening: a named pipe without a writer would keep the open waiting for ever.
  const about = await stat(path);
  if (!about.isFile() && !about.isDirectory()) throw bad('it is not a regular file');
  const file = await open(path, 'r');
  try {
    if (about.size > MAX_WAV_BYTES)
      throw bad(`it is larger than ${Math.floor(MAX_WAV_BYTES / 1024 / 1024)} MiB`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Walks the chunks of a RIFF file and never past its end. */
function findChunks(bytes: Uint8Array): Chunks {
  if (bytes.length === 0) throw bad('it is empty');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || name(0) !== 'RIFF' || name(8) !== 'WAVE') throw bad('it is not a WAV file');
  let format: Uint8Array | undefined;
  let at = 12;
  for (let n = 0; n < MAX_CHUNKS && at + 8 <= bytes.length; n++) {
    const size = view.getUint32(at + 4, true);
    const body = bytes.subarray(at + 8, at + 8 + size);
    if (name(at) === 'fmt ') format = body;
    if (name(at) === 'data' && format) {
      if (body.length < size && size < UNKNOWN_SIZE)
        throw bad('it is truncated: the sound ends before its header says');
      return { format, data: body };
    }
    at += 8 + size + (size % 2);
  }
  throw bad('it is truncated or damaged: it has no sound chunk');
}

function readFormat(chunk: Uint8Array): Format {
  if (chunk.length < 16) throw bad('its header is damaged');
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  let encoding = view.getUint16(0, true);
  // The first two bytes of an extensible file's sub-format are the plain format.
  if (encoding === FORMAT_EXTENSIBLE && chunk.length >= 26) encoding = view.getUint16(24, true);
  const format = {
    encoding,
    channels: view.getUint16(2, true),
    rate: view.getUint32(4, true),
    bits: view.getUint16(14, true),
  };
  checkFormat(format);
  return format;
}

function checkFormat({ encoding, channels, rate, bits }: Format): void {
  const known =
    (encoding === FORMAT_PCM && FULL_SCALE[bits] !== undefined) ||
    (encoding === FORMAT_FLOAT && (bits === 32 || bits === 64));
  if (!known)
    throw bad(`its encoding (format ${encoding}, ${bits} bit) is not supported: convert it to 16-bit PCM`);
  if (channels < 1 || channels > 2) throw bad(`it has ${channels} channels: convert it to mono or stereo`);
  if (rate < MIN_RATE || rate > MAX_RATE)
    throw bad(`its sample rate of ${rate} Hz is not between ${MIN_RATE} and ${MAX_RATE} Hz`);
}

/** Samples of -1..1 of each channel. */
function decode(format: Format, data: Uint8Array): Float64Array[] {
  const { channels } = format;
  const file = new wavefile.WaveFile(plainWav(format, data));
  const samples = file.getSamples(true, Float64Array);
  // wavefile gives integers as they are stored, 8-bit ones unsigned, and floats as they are.
  const scale = format.encoding === FORMAT_FLOAT ? 1 : (FULL_SCALE[format.bits] ?? 1);
  const zero = format.encoding === FORMAT_PCM && format.bits === 8 ? 128 : 0;
  return Array.from({ length: channels }, (_, channel) => {
    const own = new Float64Array(Math.floor(samples.length / channels));
    for (let i = 0; i < own.length; i++) {
      const value = ((samples[i * channels + channel] ?? 0) - zero) / scale;
      own[i] = Number.isFinite(value) ? value : 0; // a float file may hold NaN
    }
    return own;
  });
}

function mean(channels: readonly Float64Array[]): Float64Array {
  const [first = new Float64Array(0), second] = channels;
  return second ? first.map((value, i) => (value + (second[i] ?? 0)) / 2) : first;
}

/** One channel may stand for two. */
function interleave(samples: readonly Int16Array[], channels: number): Int16Array {
  const [first = new Int16Array(0), second = first] = samples;
  if (channels === 1) return first;
  return Int16Array.from({ length: first.length * 2 }, (_, i) => (i % 2 === 0 ? first : second)[i >> 1] ?? 0);
}

/** The same sound as the plainest WAV file there is. */
function plainWav({ encoding, channels, rate, bits }: Format, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(44 + data.length);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from('RIFF____WAVEfmt ', 'latin1'));
  view.setUint32(4, 36 + data.length, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, encoding, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, (rate * channels * bits) / 8, true);
  view.setUint16(32, (channels * bits) / 8, true);
  view.setUint16(34, bits, true);
  bytes.set(Buffer.from('data', 'latin1'), 36);
  view.setUint32(40, data.length, true);
  bytes.set(data, 44);
  return bytes;
}

/**
 * wave-resampler's windowed sinc. It maps output i to input i * (inputs - 1) / outputs, which stretches the sound
 * by a sample over its length. So the input is padded to a length for which that is exactly the ratio of the
 * rates, and the target rate is given such that the library arrives at the right number of outputs.
 */
function resampleTo48k(samples: Float64Array, rate: number): Float64Array {
  if (rate === SAMPLE_RATE) return samples;
  const step = rate / gcd(rate, SAMPLE_RATE);
  const padded = new Float64Array(Math.ceil(samples.length / step) * step + 1);
  padded.set(samples);
  const outputs = ((padded.length - 1) * SAMPLE_RATE) / rate;
  const target = (rate * (outputs + 0.5)) / padded.length; // the half is cut off; it outweighs rounding
  const resampled = waveResampler.resample(padded, rate, target, { method: 'sinc' });
  return Float64Array.from(resampled).subarray(0, Math.round((samples.length * SAMPLE_RATE) / rate));
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function toInt16(samples: Float64Array): Int16Array {
  const out = new Int16Array(samples.length);
  for (let i = 0; i < out.length; i++)
    out[i] = Math.min(32_767, Math.max(-32_768, Math.round((samples[i] ?? 0) * 32_768)));
  return out;
}
