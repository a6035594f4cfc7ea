/** A voice in stereo, from file to file and to a pipe: each side is heard on its own, or both as one by who listens in mono. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, test } from 'vitest';
import { loadWav } from '../../src/audio/wav-read.ts';
import { bestCorrelation } from '../audio/correlation.ts';
import { understoodSomewhere } from '../audio/pieces.ts';
import { sidesOf } from '../audio/sides.ts';
import { CALM, CALM_MS, finished, hangUp, startCaller, writeWav } from './calls.ts';
import { piped } from './piped.ts';
import { Place, SPEECH, type StationProcess } from './process.ts';

const LONG = { timeout: 60_000 };
/** The share of the pieces that must be heard: a busy machine conceals some of them. Other speech has 0. */
const UNDERSTOOD = 0.5;
/** What is said on each side, samples. */
const SAID = 2.4 * 48_000;
const STEREO = { VOIPTERM_AUDIO_CHANNELS: '2', VOIPTERM_AUDIO_BITRATE: '96000' };

let place: Place;
let station: StationProcess;
beforeAll(async () => {
  place = await Place.make();
  station = await place.serve();
}, 60_000);
afterAll(() => place.dispose());

/** So that a test that is tried again has a room of its own. */
let tries = 0;

/** Somebody who listens and gives the sound to a pipe. */
async function pipe(room: string) {
  const env = await place.env('eve', { ...CALM, ...STEREO });
  const args = ['voice', station.target('eve', room), '--input', 'silence', '--output', '-', '--json'];
  return piped(place, args, env, ['ignore', 'pipe', 'pipe']);
}

test(
  'left and right are heard where they were said, by files and pipes with two channels',
  LONG,
  async ({ expect }) => {
    const speech = await loadWav(SPEECH);
    const left = speech.slice(0, SAID);
    const right = speech.slice(SAID, 2 * SAID);
    const clip = await writeWav(place, 'stereo.wav', left, { channels: 2, right });
    const room = `stereo-${++tries}`;
    const listen = ['--input', 'silence'];
    const [bob, dan, eve] = await Promise.all([
      startCaller(place, station.target('bob', room), 'bob', listen, STEREO),
      startCaller(place, station.target('dan', room), 'dan', listen),
      pipe(room),
    ]);
    await expect.poll(() => eve.stderr(), LONG).toContain('"joined"');
    const before = eve.heard().length;
    const ann = await startCaller(place, station.target('ann', room), 'ann', ['--input', clip], STEREO);
    await finished(ann);
    // Four bytes are a sample of both sides.
    const enough = before + (SAID + CALM_MS * 48) * 4;
    await expect.poll(() => eve.heard().length, LONG).toBeGreaterThan(enough);
    eve.child.kill('SIGINT');
    const [, , status] = await Promise.all([hangUp(bob), hangUp(dan), eve.ended]);
    expect(status).toEqual([0, null]);

    expect((await readFile(bob.wav)).readUInt16LE(22)).toBe(2);
    const raw = Uint8Array.from(eve.heard());
    for (const heard of [await loadWav(bob.wav, 2), new Int16Array(raw.buffer, 0, raw.length >> 1)]) {
      const sides = sidesOf(heard);
      for (const [side, [own, other]] of [
        [left, right],
        [right, left],
      ].entries()) {
        expect(understoodSomewhere(own!, sides[side]!)).toBeGreaterThan(UNDERSTOOD);
        expect(bestCorrelation(other!, sides[side]!).peak).toBeLessThan(0.3);
      }
    }
    expect((await readFile(dan.wav)).readUInt16LE(22)).toBe(1);
    const both = left.map((sample, i) => (sample + right[i]!) / 2);
    expect(understoodSomewhere(both, await loadWav(dan.wav))).toBeGreaterThan(UNDERSTOOD);
  },
);
