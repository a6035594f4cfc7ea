/** `voice` in pipes: raw sound from one program, spoken and heard, to another. */
import { open, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, test as inOrder } from 'vitest';
import { StreamResampler } from '../../src/audio/stream-resampler.ts';
import { loadWav } from '../../src/audio/wav-read.ts';
import { understoodSomewhere } from '../audio/pieces.ts';
import { CALM, CALM_MS } from './calls.ts';
import { piped } from './piped.ts';
import { expectSentence, Place, SPEECH, type StationProcess } from './process.ts';

const LONG = { timeout: 60_000 };
/** The share of the pieces that must be heard: a busy machine conceals some of them. Other speech has 0. */
const UNDERSTOOD = 0.5;
/** What is said, samples. */
const SAID = 2.4 * 48_000;
const test = inOrder.concurrent;

let place: Place;
let station: StationProcess;
beforeAll(async () => {
  place = await Place.make();
  station = await place.serve();
}, 60_000);
afterAll(() => place.dispose());

let callers = 0;

/** A program with real files or pipes as its standard streams. */
async function voice(
  room: string,
  more: readonly string[],
  stdin: number | 'pipe' | 'ignore',
  stdout: number | 'pipe' = 'pipe',
) {
  const name = `caller-${++callers}`;
  const env = await place.env(name, { ...CALM, VOIPTERM_LOGGING_LEVEL: 'warn' });
  const args = ['voice', station.target(name, room), '--json', ...more];
  return piped(place, args, env, [stdin, stdout, 'pipe']);
}

const samplesOf = (bytes: Buffer): Int16Array =>
  new Int16Array(Uint8Array.from(bytes).buffer, 0, bytes.length >> 1);
const bytesOf = (samples: Int16Array): Buffer =>
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

test('what goes into one pipe comes out of another, at other rates', LONG, async ({ expect }) => {
  const speech = (await loadWav(SPEECH)).subarray(0, SAID);
  const room = `pipes-${callers}`; // of its own for a second try
  const wide = new StreamResampler(48_000, 44_100, 1).push(speech);
  const stereo = Int16Array.from({ length: wide.length * 2 }, (_, i) => wide[i >> 1]!);
  const ear = await voice(
    room,
    ['--input', 'silence', '--output', '-', '--raw-rate', '16000', '--duration', '40'],
    'ignore',
  );
  await expect.poll(() => ear.stderr(), LONG).toContain('"joined"');
  const mouth = await voice(
    room,
    ['--input', '-', '--output', 'null', '--raw-rate', '44100', '--raw-channels', '2'],
    'pipe',
  );
  mouth.child.stdin?.end(bytesOf(stereo));
  expect(await mouth.ended).toEqual([0, null]); // at the end of what it says
  const enough = ((SAID + CALM_MS * 48) / 48_000) * 32_000;
  await expect.poll(() => ear.heard().length, LONG).toBeGreaterThan(enough);
  ear.child.kill('SIGINT');
  expect(await ear.ended).toEqual([0, null]);
  const heard = new StreamResampler(16_000, 48_000, 1).push(samplesOf(ear.heard()));
  expect(understoodSomewhere(speech, heard)).toBeGreaterThan(UNDERSTOOD);
  // Reports are where the sound is not.
  expect(JSON.parse(ear.stderr().trim().split('\n').at(-1) ?? '')).toHaveProperty('frames');
});

test('files take the place of pipes', LONG, async ({ expect }) => {
  const said = place.file('said.raw');
  await writeFile(said, bytesOf((await loadWav(SPEECH)).subarray(0, 48_000)));
  const [from, to] = [await open(said, 'r'), await open(place.file('heard.raw'), 'w')];
  const caller = await voice('files', ['--input', '-', '--output', '-'], from.fd, to.fd);
  expect(await caller.ended).toEqual([0, null]);
  await Promise.all([from.close(), to.close()]);
  const report = JSON.parse(caller.stderr().trim().split('\n').at(-1) ?? '');
  expect(report.frames.sent).toBeGreaterThanOrEqual(50);
  expect((await readFile(place.file('heard.raw'))).length).toBeGreaterThan(48_000);
});

test('a reader that has enough ends the call', LONG, async ({ expect }) => {
  const ear = await voice('reader', ['--input', 'silence', '--output', '-'], 'ignore');
  await expect.poll(() => ear.heard().length, LONG).toBeGreaterThan(1000);
  ear.child.stdout?.destroy();
  expect(await ear.ended).toEqual([0, null]);
});

test('a terminal, or nothing, is no sound', LONG, async () => {
  const nothing = await voice('nothing', ['--input', '-', '--output', 'null'], 'ignore');
  const [status, signal] = await nothing.ended;
  const outcome = { status, signal, stdout: nothing.heard().toString(), stderr: nothing.stderr() };
  expectSentence(outcome, 6, /cannot use standard input: connect it to a program or a file/);
});
