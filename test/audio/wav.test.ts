/** WAV files: every format that people have, and every way in which a file can be broken. */
import { mkdtemp, readFile, readdir, readlink, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadWav, MAX_WAV_BYTES, readWav } from '../../src/audio/wav-read.ts';
import { WavWriter } from '../../src/audio/wav-write.ts';
import { VoiptermError } from '../../src/errors.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voipterm-wav-'));
});
afterEach(() => rm(directory, { recursive: true }));

interface Shape {
  readonly format?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly dataSize?: number;
  readonly before?: Buffer;
}

function wav(data: Buffer, shape: Shape = {}): Buffer {
  const { format = 1, channels = 1, rate = 48_000, bits = 16, dataSize = data.length } = shape;
  const head = Buffer.alloc(20 + 16);
  head.write('RIFF____WAVEfmt ');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(format, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(((rate * channels * bits) / 8) % 2 ** 32, 28);
  head.writeUInt16LE((channels * bits) / 8, 32);
  head.writeUInt16LE(bits, 34);
  const size = Buffer.alloc(8);
  size.write('data');
  size.writeUInt32LE(dataSize, 4);
  const all = Buffer.concat([head, shape.before ?? Buffer.alloc(0), size, data]);
  all.writeUInt32LE(all.length - 8, 4);
  return all;
}

function chunk(name: string, body: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from(name), size, body, Buffer.alloc(body.length % 2)]);
}

const sine = (hz: number, rate: number, count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / rate));

/** Samples of -1..1 in the encoding of a file; further channels are silent. */
function encode(samples: Float64Array, bits: number, float = false, channels = 1): Buffer {
  const write = writer(bits, float);
  const bytes = Buffer.alloc((samples.length * channels * bits) / 8);
  for (let i = 0; i < samples.length * channels; i++)
    write(bytes, i % channels === 0 ? samples[i / channels]! : 0, (i * bits) / 8);
  return bytes;
}

function writer(bits: number, float: boolean): (bytes: Buffer, value: number, at: number) => void {
  if (float && bits === 32) return (bytes, value, at) => void bytes.writeFloatLE(value, at);
  if (float) return (bytes, value, at) => void bytes.writeDoubleLE(value, at);
  if (bits === 8) return (bytes, value, at) => void bytes.writeUInt8(Math.round(value * 127) + 128, at);
  const scale = 2 ** (bits - 1) - 1;
  return (bytes, value, at) => void bytes.writeIntLE(Math.round(value * scale), at, bits / 8);
}

/** Root mean square of the difference, in 16-bit units. */
function distance(a: Int16Array, b: Float64Array): number {
  let sum = 0;
  for (const [i, sample] of a.entries()) sum += (sample - b[i]! * 32_768) ** 2;
  return Math.sqrt(sum / a.length);
}

describe('reading', () => {
  test.each([
    ['8-bit', { bits: 8 }, 200],
    ['16-bit', { bits: 16 }, 2],
    ['24-bit', { bits: 24 }, 1],
    ['32-bit', { bits: 32 }, 1],
    ['32-bit float', { bits: 32, format: 3 }, 1],
    ['64-bit float', { bits: 64, format: 3 }, 1],
  ])('%s samples', (_, shape, tolerance) => {
    const samples = sine(440, 48_000, 4800);
    const read = readWav(wav(encode(samples, shape.bits, 'format' in shape), shape));
    expect(read).toHaveLength(4800);
    expect(distance(read, samples)).toBeLessThan(tolerance);
  });

  test('stereo is averaged', () => {
    const samples = sine(440, 48_000, 4800);
    const read = readWav(wav(encode(samples, 16, false, 2), { channels: 2 }));
    expect(read).toHaveLength(4800);
    expect(
      distance(
        read,
        samples.map((one) => one / 2),
      ),
    ).toBeLessThan(2);
  });

  test.each([8000, 11_025, 16_000, 22_050, 32_000, 44_100, 96_000])(
    '%d Hz becomes 48 kHz, in tune and in time',
    (rate) => {
      const read = readWav(wav(encode(sine(440, rate, rate), 16), { rate }));
      expect(read).toHaveLength(48_000);
      // Without the edges, where a resampler has nothing to look at on one side.
      const expected = sine(440, 48_000, 48_000);
      expect(distance(read.subarray(2400, 45_600), expected.subarray(2400, 45_600))).toBeLessThan(60); // -45 dB
    },
  );

  test('floats that are too loud or no numbers become samples all the same', () => {
    const data = Buffer.alloc(16);
    const values = [2, -3, Number.NaN, Number.POSITIVE_INFINITY];
    for (const [i, value] of values.entries()) data.writeFloatLE(value, i * 4);
    expect([...readWav(wav(data, { bits: 32, format: 3 }))]).toEqual([32_767, -32_768, 0, 0]);
  });

  test('other chunks, an extensible header and an unknown length are fine', () => {
    const data = encode(sine(440, 48_000, 960), 16);
    expect(readWav(wav(data, { before: chunk('LIST', Buffer.from('INFOabc')) }))).toHaveLength(960);
    expect(readWav(wav(data, { dataSize: 0xffff_ffff }))).toHaveLength(960);
    const plain = wav(data);
    const extension = Buffer.alloc(24);
    extension.writeUInt16LE(22, 0);
    extension.writeUInt16LE(1, 8);
    const extensible = Buffer.concat([plain.subarray(0, 36), extension, plain.subarray(36)]);
    extensible.writeUInt32LE(40, 16);
    extensible.writeUInt16LE(0xfffe, 20);
    expect(readWav(extensible)).toHaveLength(960);
  });

  const some = encode(sine(440, 48_000, 960), 16);
  test.each([
    ['empty', Buffer.alloc(0), /empty/],
    ['text', Buffer.from('this is not a WAV file, it is text'), /not a WAV file/],
    ['only the name', Buffer.from('RIFF'), /not a WAV file/],
    ['no data', wav(some).subarray(0, 40), /truncated or damaged/],
    ['cut short', wav(some).subarray(0, 1000), /truncated/],
    ['no samples', wav(Buffer.alloc(0)), /no sound/],
    ['six channels', wav(some, { channels: 6 }), /6 channels/],
    ['no channels', wav(some, { channels: 0 }), /0 channels/],
    ['rate 0', wav(some, { rate: 0 }), /rate of 0 Hz/],
    ['rate 4 GHz', wav(some, { rate: 4_000_000_000 }), /rate/],
    ['12 bit', wav(some, { bits: 12 }), /12 bit/],
    ['MP3 inside', wav(some, { format: 0x55 }), /format 85/],
    ['16-bit float', wav(some, { format: 3 }), /not supported/],
  ])('%s is refused with a sentence', (_, bytes, sentence) => {
    expect(() => readWav(bytes)).toThrow(sentence);
    try {
      readWav(bytes);
    } catch (error) {
      expect(error).toMatchObject({ name: 'VoiptermError', code: 'audio.file' });
    }
  });

  test('chunks that keep other readers busy for ever are walked over', () => {
    const list = chunk('LIST', Buffer.from('INFO'));
    const bytes = wav(some, { before: Buffer.concat(Array.from({ length: 900 }, () => list)) });
    expect(readWav(bytes)).toHaveLength(960);
  });

  test('no bytes at all make it do anything but read or refuse', () => {
    const valid = wav(encode(sine(440, 16_000, 300), 16), { rate: 16_000 });
    const damage = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(damage, fc.nat(valid.length), (changes, length) => {
        const bytes = Buffer.from(valid);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          expect(readWav(bytes.subarray(0, length)).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(VoiptermError);
        }
      }),
      { seed: 20263, numRuns: 1000 },
    );
  });

  test('errors of a file name it', async () => {
    const path = join(directory, 'x.wav');
    await expect(loadWav(path)).rejects.toMatchObject({
      code: 'audio.file',
      message: `cannot use ${path} as input: there is no such file`,
    });
    await expect(loadWav(directory)).rejects.toThrow(/it is a directory/);
    await symlink('/dev/zero', path);
    await expect(loadWav(path)).rejects.toThrow(/not a regular file/);
    const huge = join(directory, 'huge.wav');
    await writeFile(huge, '');
    await truncate(huge, MAX_WAV_BYTES + 1); // a hole: it takes no room
    await expect(loadWav(huge)).rejects.toThrow(/larger than/);
  });
});

/** What this process has open. */
async function openFiles(): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd');
  return Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
}

describe('stereo', () => {
  test('keeps its channels apart where two are wanted, at any rate', () => {
    for (const rate of [48_000, 44_100]) {
      const left = sine(440, rate, rate / 4);
      const file = wav(encode(left, 16, false, 2), { channels: 2, rate });
      const both = readWav(file, 2);
      expect(both).toHaveLength(24_000);
      const channel = (n: number): Int16Array => both.filter((_, i) => i % 2 === n);
      expect(distance(channel(0), sine(440, 48_000, 12_000))).toBeLessThan(300);
      expect(Math.max(...channel(1))).toBe(0);
    }
  });

  test('is made of a mono file by playing it on both sides', () => {
    const both = readWav(wav(encode(sine(440, 48_000, 480), 16)), 2);
    expect(both).toHaveLength(960);
    for (let i = 0; i < 960; i += 2) expect(both[i]).toBe(both[i + 1]);
  });
});

describe('writing', () => {
  test('what was written is read back', async () => {
    const path = join(directory, 'out.wav');
    const writer = await WavWriter.create(path);
    const samples = Int16Array.from({ length: 100_000 }, (_, i) => (i * 7) % 30_000);
    for (let at = 0; at < samples.length; at += 960) writer.write(samples.subarray(at, at + 960));
    await writer.close();
    expect(await loadWav(path)).toEqual(samples);
    expect((await readFile(path)).length).toBe(44 + 200_000);
  });

  test('stereo is read back side by side', async () => {
    const path = join(directory, 'stereo.wav');
    const writer = await WavWriter.create(path, 2);
    const samples = Int16Array.from({ length: 150_000 }, (_, i) => (i * 7) % 30_000);
    for (let at = 0; at < samples.length; at += 960) writer.write(samples.subarray(at, at + 960));
    await writer.close();
    expect(await loadWav(path, 2)).toEqual(samples);
    const bytes = await readFile(path);
    // Channels, bytes a second and a sample, of sound in all.
    expect([bytes.readUInt16LE(22), bytes.readUInt32LE(28), bytes.readUInt16LE(32)]).toEqual([2, 192_000, 4]);
    expect(bytes.readUInt32LE(40)).toBe(300_000);
  });

  test('a file whose writer never closed it is valid', async () => {
    const path = join(directory, 'killed.wav');
    const writer = await WavWriter.create(path);
    for (let i = 0; i < 60; i++) writer.write(new Int16Array(960).fill(i + 1));
    // Half a second is written in the background; the rest is what a kill loses.
    await expect
      .poll(
        async () =>
          loadWav(path)
            .then((one) => one.length)
            .catch(() => 0),
        { timeout: 5000 },
      )
      .toBeGreaterThanOrEqual(24_000);
    expect((await loadWav(path))[960]).toBe(2);
    await writer.close();
  });

  test('an empty recording is a valid header', async () => {
    const path = join(directory, 'empty.wav');
    await (await WavWriter.create(path)).close();
    await expect(loadWav(path)).rejects.toThrow(/no sound/);
  });

  test('a path that cannot be written, or a full disk, is a sentence', async () => {
    await expect(WavWriter.create(join(directory, 'no', 'x.wav'))).rejects.toMatchObject({
      code: 'audio.file',
    });
    await expect(WavWriter.create('/dev/full')).rejects.toThrow(/disk is full/);
    if (process.platform === 'linux') expect(await openFiles()).not.toContain('/dev/full');
  });
});
