/** Raw sound through pipes: spoken in real time from the first sample to the last, and bounded when nobody reads. */
import { PassThrough, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { RawInput, RawOutput } from '../../../src/audio/devices/raw.ts';

function bytes(samples: Int16Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

interface Spoken {
  readonly samples: Int16Array;
  readonly final: boolean;
  readonly atMs: number;
}

/** Starts an input and resolves with all that it said. */
function speak(input: RawInput): Promise<Spoken[]> {
  const spoken: Spoken[] = [];
  return new Promise((resolve) => {
    input.start({
      frame: (samples, _, final) => {
        spoken.push({ samples, final, atMs: performance.now() });
        if (final) resolve(spoken);
      },
      lost: () => expect.unreachable(),
    });
    input.setActive(true);
  });
}

test('a program that writes at once is spoken in real time, to the last sample', async () => {
  const pipe = new PassThrough();
  const all = Int16Array.from({ length: 480 * 20 + 100 }, (_, i) => (i * 7) % 30_000);
  const said = speak(new RawInput(pipe, { rate: 48_000, channels: 1 }, 1));
  const whole = bytes(all);
  // Pieces that cut samples in two.
  for (let at = 0; at < whole.length; at += 777) pipe.write(whole.subarray(at, at + 777));
  pipe.end();
  const spoken = await said;
  expect(spoken).toHaveLength(21);
  expect(spoken.at(-1)!.atMs - spoken[0]!.atMs).toBeGreaterThan(190);
  const heard = spoken.flatMap((one) => [...one.samples]);
  expect(heard.slice(0, all.length)).toEqual([...all]);
  expect(heard.slice(all.length)).toEqual(new Array(380).fill(0));
  expect(spoken.map((one) => one.final).indexOf(true)).toBe(20);
});

test('a program that writes faster than one speaks has to wait', async () => {
  const pipe = new PassThrough({ highWaterMark: 4096 });
  const input = new RawInput(pipe, { rate: 48_000, channels: 1 }, 1);
  let ticks = 0;
  let blocked = 0;
  const second = bytes(new Int16Array(48_000));
  const done = new Promise<void>((resolve) => {
    input.start({
      frame: () => {
        ticks++;
        if (pipe.writableNeedDrain) blocked++;
        if (ticks === 20) resolve();
      },
      lost: () => expect.unreachable(),
    });
  });
  input.setActive(true);
  for (let at = 0; at < second.length; at += 960) pipe.write(second.subarray(at, at + 960));
  await done;
  expect(blocked).toBeGreaterThan(10);
  await input.close();
});

test('stereo at another rate becomes mono at ours, or stays stereo', async () => {
  const stereo = Int16Array.from({ length: 2 * 4410 }, (_, i) => (i % 2 === 0 ? 8000 : 2000));
  for (const [channels, left, right] of [
    [1, 5000, 5000],
    [2, 8000, 2000],
  ] as const) {
    const pipe = new PassThrough();
    const said = speak(new RawInput(pipe, { rate: 44_100, channels: 2 }, channels));
    pipe.end(bytes(stereo));
    const middle = (await said)[5]!.samples;
    expect(middle).toHaveLength(480 * channels);
    expect(Math.abs(middle[0]! - left)).toBeLessThan(20);
    expect(Math.abs(middle[1]! - right)).toBeLessThan(20);
  }
});

test.each([
  ['mono to both sides', 1, 2, [3000], [3000, 3000]],
  ['stereo as it is', 2, 2, [3000, -500], [3000, -500]],
  ['stereo as its mean', 2, 1, [3000, -500], [1250, 1250]],
] as const)(
  'an output writes as the clock goes, at the rate and channels that were asked for: %s',
  async (_what, heard, channels, [left, right = left], written) => {
    const pipe = new PassThrough();
    const chunks: Buffer[] = [];
    pipe.on('data', (chunk: Buffer) => chunks.push(chunk));
    const output = new RawOutput(pipe, { rate: 16_000, channels }, heard);
    let pulled = 0;
    await new Promise<void>((resolve) => {
      output.start({
        pull: () => {
          pulled++;
          if (pulled === 10) resolve();
          return Int16Array.from({ length: 480 * heard }, (_, i) => (i % heard === 0 ? left : right));
        },
        lost: () => expect.unreachable(),
      });
    });
    await output.close();
    const out = Buffer.concat(chunks);
    const samples = new Int16Array(out.buffer, out.byteOffset, out.length / 2);
    expect(samples.length).toBeGreaterThanOrEqual(9 * 160 * channels);
    expect([samples[600], samples[601]]).toEqual(written);
  },
);

test('a reader that does not read costs nothing but its sound, and one that goes is said', async () => {
  let fail: (error: Error) => void = () => undefined;
  const stuck = new Writable({
    write: (_chunk, _encoding, callback) => {
      fail = callback;
    },
  });
  const output = new RawOutput(stuck, { rate: 192_000, channels: 2 }, 1);
  let pulled = 0;
  let reach: () => void = () => undefined;
  const enough = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const gone = new Promise<string>((resolve) => {
    output.start({
      pull: () => {
        pulled++;
        if (pulled === 100) reach();
        return new Int16Array(480);
      },
      lost: resolve,
    });
  });
  await enough;
  expect(stuck.writableLength).toBeLessThan(192_000 * 4 * 0.55);
  fail(new Error('EPIPE'));
  await expect(gone).resolves.toMatch(/standard output/);
  await output.close();
});
