/** Sound files that people have and that programs break: played when they hold sound, else refused with a sentence. */
import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadWav } from '../../src/audio/wav-read.ts';
import { Bystanders } from './bystanders.ts';
import { hangUp, heardBy, silence, startCaller, type WavFormat, wavBytes, writeWav } from './calls.ts';
import { expectSentence, Place, SPEECH, type StationProcess } from './process.ts';

const SECOND = 48_000;

let place: Place;
let station: StationProcess;
let bystanders: Bystanders;
let speech: Int16Array;
beforeAll(async () => {
  place = await Place.make();
  speech = await loadWav(SPEECH);
  station = await place.serve();
  bystanders = await Bystanders.gather(place, station);
}, 60_000);
afterAll(async () => {
  bystanders?.stop();
  await place.dispose();
});

/** A second try must not hear who speaks in the first. Nothing else starts meanwhile: this is about sound. */
let tries = 0;
test('sound of every encoding is heard as it was said', { timeout: 60_000 }, async () => {
  const room = `formats-${++tries}`;
  const ear = await startCaller(place, station.target('ear', room), 'ear', ['--input', 'silence']);
  const formats: readonly WavFormat[] = [
    { bits: 8 },
    { bits: 24, rate: 44_100, channels: 2 },
    { bits: 32, float: true },
  ];
  for (const [i, format] of formats.entries()) {
    const clip = speech.subarray(i * 1.5 * SECOND, (i + 1) * 1.5 * SECOND);
    const path = await writeWav(place, `clip-${i}.wav`, atRate(clip, format.rate ?? SECOND), format);
    const args = ['voice', station.target('mouth', room), '--input', path, '--output', 'null', '--json'];
    const said = await place.run(args, { home: 'mouth' });
    expect(said).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(said.stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({ frames: { sent: 75 } });
  }
  expect((await hangUp(ear)).frames.received).toBe(225);
  for (const i of formats.keys()) {
    const clip = speech.subarray(i * 1.5 * SECOND, (i + 1) * 1.5 * SECOND);
    expect((await heardBy(ear, clip)).peak).toBeGreaterThan(0.85);
  }
});

test.concurrent('what is no sound is refused', { timeout: 60_000 }, async () => {
  const good = wavBytes(silence(0.5));
  const compressed = Buffer.from(good);
  compressed.writeUInt16LE(85, 20); // MP3 in a WAV file
  const crowd = Buffer.from(good);
  crowd.writeUInt16LE(6, 22);
  const files: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
    truncated: [good.subarray(0, 20_000), /it is truncated/],
    'only-a-header': [good.subarray(0, 44), /it is truncated/],
    'half-a-header': [good.subarray(0, 30), /it is truncated or damaged/],
    empty: [Buffer.alloc(0), /it is empty/],
    silent: [wavBytes(silence(0)), /it holds no sound/],
    'a-text': [Buffer.from('not a sound at all, but a text of some length'), /it is not a WAV file/],
    compressed: [compressed, /format 85, 16 bit\) is not supported: convert it/],
    'six-channels': [crowd, /it has 6 channels: convert it/],
  };
  await mkdir(place.file('folder.wav'), { recursive: true });
  for (const [name, [bytes]] of Object.entries(files)) await writeFile(place.file(`${name}.wav`), bytes);
  const reasons: [string, RegExp][] = Object.entries(files).map(([name, [, reason]]) => [name, reason]);
  reasons.push(['folder', /it is a directory/], ['none', /there is no such file/]);
  const check = async ([name, reason]: [string, RegExp]): Promise<void> => {
    const args = ['voice', station.target('mouth'), '--input', place.file(`${name}.wav`)];
    const refused = await place.run(args, { home: 'mouth' });
    expectSentence(refused, 6, new RegExp(`cannot use .*${name}\\.wav as input: .*${reason.source}`));
  };
  // Some at a time: each is a process, and takes most of its time to start.
  while (reasons.length > 0) await Promise.all(reasons.splice(0, 4).map(check));
});

test.concurrent('before a connection is made for it', async () => {
  // Nothing listens there: with a good file that is what would be said.
  const args = ['voice', 'mouth@127.0.0.1:1', '--input', place.file('none.wav')];
  expectSentence(await place.run(args, { home: 'mouth' }), 6, /there is no such file/);
});

// Not at the same time: when all of that is over.
test('and all the while nobody noticed', { timeout: 60_000 }, async () => {
  await bystanders.expectUndisturbed();
});

/** 48 kHz samples at another rate, by straight lines between them: good enough for a test's ear. */
function atRate(samples: Int16Array, rate: number): Int16Array {
  return Int16Array.from({ length: Math.round((samples.length * rate) / SECOND) }, (_, i) => {
    const at = (i * SECOND) / rate;
    const before = samples[Math.floor(at)] ?? 0;
    return before + ((samples[Math.ceil(at)] ?? before) - before) * (at % 1);
  });
}
