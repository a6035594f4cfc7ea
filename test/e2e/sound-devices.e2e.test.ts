/**
 * Calls through sound devices, with each way to reach them: speech is played to one client's microphone, and what comes out of the
 * other's speaker is compared with it. The devices are PulseAudio's null sinks; skipped by name where it, or a package, is missing.
 */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { loadWav } from '../../src/audio/wav-read.ts';
import { understood } from '../audio/pieces.ts';
import { CALM } from './calls.ts';
import { Place, type Running, SPEECH, type StationProcess } from './process.ts';
import { installed, Pulse } from './pulse.ts';

/** The share of its pieces that must be heard: a machine that is busy with other tests makes gaps. Other speech has 0. */
const UNDERSTOOD = 0.4;
/** What is said, samples. */
const SAID = 2.6 * 48_000;
/** What is recorded after the speech, ms: more than the delay of any backend on a busy machine. */
const AFTERWARDS_MS = 1500;

/** What cleans the microphone's sound is judged elsewhere. */
const AS_IT_IS = {
  VOIPTERM_AUDIO_NOISE_SUPPRESSION: 'false',
  VOIPTERM_AUDIO_AUTO_GAIN: 'false',
  VOIPTERM_AUDIO_LIMITER: 'false',
};

interface Way {
  readonly input: string;
  readonly output: string;
  /** npm packages and programs that it takes. */
  readonly packages: readonly string[];
  readonly programs: readonly string[];
}

const WAYS: readonly Way[] = [
  { input: 'pulse', output: 'pulse', packages: [], programs: [] },
  { input: 'miniaudio', output: 'miniaudio', packages: ['@audio/mic', '@audio/speaker'], programs: [] },
  { input: 'process', output: 'process', packages: [], programs: ['arecord', 'aplay'] },
  // The two halves of this one apart: the package for its speaker takes a compiler and ALSA's headers.
  { input: 'packages', output: 'pulse', packages: ['mic'], programs: ['arecord'] },
  { input: 'pulse', output: 'packages', packages: ['speaker'], programs: [] },
];

const loads = (name: string): boolean => {
  try {
    createRequire(import.meta.url).resolve(name);
    if (name === 'speaker') createRequire(import.meta.url)(name); // it is there also where it could not be built
    return true;
  } catch {
    return false;
  }
};
const possible = ({ packages, programs }: Way): boolean =>
  installed('pulseaudio', 'pactl', 'pacat', ...programs) && packages.every(loads);

let place: Place;
let station: StationProcess;
let pulse: Pulse | undefined;
let speech: Int16Array;
/** So that a test that is tried again has a room of its own. */
let tries = 0;

const sinksOf = ({ input, output }: Way) => ({
  mouth: `mouth_${input}_${output}`,
  ear: `ear_${input}_${output}`,
});

beforeAll(async () => {
  place = await Place.make();
  speech = (await loadWav(SPEECH)).slice(0, SAID);
  const sinks = WAYS.flatMap((way) => Object.values(sinksOf(way)));
  if (WAYS.some(possible)) pulse = await Pulse.start(place.file('pulse'), [...sinks, 'nowhere']);
  station = await place.serve();
});

afterAll(async () => {
  await pulse?.close();
  await place?.dispose();
});

/** A client without a screen in that room. What its devices lack would stand on stderr. */
async function client(
  name: string,
  room: string,
  args: string[],
  env: Record<string, string>,
): Promise<Running> {
  const process = await place.start(['voice', station.target(name, room), ...args, '--json'], {
    home: name,
    env: { ...CALM, ...AS_IT_IS, ...env },
  });
  await process.until(({ lines }) => lines.some((line) => line.includes('"joined"')));
  return process;
}

/** Two calls at a time: more than two cores can keep in time would not be the devices' fault. */
describe.each([WAYS.slice(0, 2), WAYS.slice(2)])('speech from a microphone to a speaker', (...ways) => {
  for (const way of ways) {
    const { input, output } = way;
    const { mouth, ear } = sinksOf(way);
    const name = `by ${input} in and ${output} out`;
    test.skipIf(!possible(way))(name, { concurrent: true }, async ({ expect }) => {
      const server = pulse!;
      const room = `${input}-${output}-${++tries}`;
      const [ann, bob] = await Promise.all([
        client(`ann-${room}`, room, ['--input', 'mic', '--output', 'null'], {
          ...server.between(mouth, 'nowhere'),
          VOIPTERM_AUDIO_BACKEND: input,
        }),
        client(`bob-${room}`, room, ['--input', 'silence', '--output', 'speaker'], {
          ...server.between('nowhere', ear),
          VOIPTERM_AUDIO_BACKEND: output,
        }),
      ]);
      const [said, heard] = await Promise.all([server.record(mouth), server.record(ear)]);
      await server.play(mouth, speech);
      const until = heard.milliseconds + AFTERWARDS_MS;
      await expect.poll(() => heard.milliseconds, { timeout: 20_000 }).toBeGreaterThan(until);
      const sounds = { said: await said.stop(), heard: await heard.stop() };
      const ends = await Promise.all([ann, bob].map((process) => process.end('SIGINT')));
      for (const end of ends) expect(end).toMatchObject({ status: 0, stderr: '' });
      const share = understood(
        { samples: sounds.said, beginMs: said.beginMs },
        { samples: sounds.heard, beginMs: heard.beginMs },
      );
      expect(share).toBeGreaterThan(UNDERSTOOD);
    });
  }
});
