/**
 * The interface with sound devices, through a PulseAudio server of the test's own: speech opens the microphone, or is noticed while it
 * is muted; a speaker is chosen by name; and the time that the test of sound tells is the one that two recordings tell. Skipped by name
 * where PulseAudio is not installed.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadWav } from '../../src/audio/wav-read.ts';
import { pieceDelays } from '../audio/pieces.ts';
import type { Terminal } from '../fakes/terminal.ts';
import { CALM } from './calls.ts';
import { Place, SPEECH, type StationProcess } from './process.ts';
import { installed, Pulse } from './pulse.ts';
import { leave, Screens, until } from './screens.ts';

const LONG = { timeout: 60_000 };
const DOWN = '\x1b[B';
const RIGHT = '\x1b[C';
/** What two recorders add at most beyond what both have, and what a busy machine's clock readings differ by, ms. */
const TOLERANCE_MS = 60;
/** Pieces of speech that must be found again. */
const ENOUGH = 3;
/** Enough to be found again, and to be speech, samples. */
const SPOKEN = 2.6 * 48_000;
const NOTICED = 1.6 * 48_000;

const TRIES = 4;

/** How often the screen is read while speech is played, ms: the delay moves when the machine stalls. */
const READING_MS = 100;

const middle = (values: readonly number[]): number => values[values.length >> 1] ?? Number.NaN;
const sorted = (values: readonly (number | undefined)[]): number[] =>
  values
    .flatMap((value) => (value === undefined || Number.isNaN(value) ? [] : [value]))
    .sort((a, b) => a - b);

interface Measured {
  /** What the screen said while speech was played, ms, sorted. */
  readonly told: readonly number[];
  /** Of each piece that was heard, ms, sorted. */
  readonly delays: readonly number[];
}

describe.skipIf(!installed('pulseaudio', 'pactl', 'pacat'))('the interface with sound devices', () => {
  let place: Place;
  let screens: Screens;
  let station: StationProcess;
  let pulse: Pulse;
  let speech: Int16Array;
  beforeAll(async () => {
    place = await Place.make();
    screens = new Screens(place);
    const sinks = ['mouth', 'ear', 'other'];
    [station, pulse] = await Promise.all([place.serve(), Pulse.start(place.file('pulse'), sinks)]);
    speech = (await loadWav(SPEECH)).slice(0, SPOKEN);
  }, 60_000);
  afterAll(async () => {
    await screens.dispose();
    await pulse?.close();
    await place?.dispose();
  });

  async function open(name: string, more: Record<string, string>): Promise<Terminal> {
    const terminal = await screens.open(name, [station.target(name)], {
      env: {
        ...pulse.between('mouth', 'other'),
        VOIPTERM_AUDIO_INPUT: 'mic',
        VOIPTERM_AUDIO_OUTPUT: 'speaker',
        ...more,
      },
    });
    await until(terminal, 'online');
    return terminal;
  }

  /** Enough was heard, and what is told is what it took in the middle: more or less, where that was long for once. */
  function agree({ told, delays }: Measured): boolean {
    const tolerance = Math.max(TOLERANCE_MS, middle(delays) * 0.3);
    return delays.length >= ENOUGH && Math.abs(middle(told) - middle(delays)) < tolerance;
  }

  /** What the settings tell of the way from mouth to ear, and what recordings of both tell of each piece, ms, sorted. */
  async function measure(terminal: Terminal): Promise<Measured> {
    const [mouth, ear] = await Promise.all([pulse.record('mouth'), pulse.record('ear')]);
    const readings: number[] = [];
    const read = (): number =>
      readings.push(Number(/([0-9]+) ms from mouth to ear/.exec(terminal.text)?.[1]));
    const reading = setInterval(read, READING_MS);
    await pulse.play('mouth', speech);
    clearInterval(reading);
    const enough = ear.milliseconds + 1500;
    await expect.poll(() => ear.milliseconds, { timeout: 20_000 }).toBeGreaterThan(enough);
    const [saidAt, heardAt] = [mouth.beginMs, ear.beginMs];
    const [said, heard] = await Promise.all([mouth.stop(), ear.stop()]);
    const delays = pieceDelays({ samples: said, beginMs: saidAt }, { samples: heard, beginMs: heardAt });
    return { told: sorted(readings), delays: sorted(delays) };
  }

  test('speech opens the microphone, and is noticed while it is muted', LONG, async () => {
    const ann = await open('ann', { VOIPTERM_AUDIO_TALK_MODE: 'voice' });
    await until(ann, 'by voice');
    const said = pulse.play('mouth', speech.slice(0, NOTICED));
    await until(ann, 'TALKING', 'by voice');
    await said;
    await ann.until((text) => !text.includes('TALKING'));
    ann.send('/mute\r');
    await until(ann, 'muted');
    const unheard = pulse.play('mouth', speech.slice(0, NOTICED));
    await until(ann, 'MUTED', 'You speak, but you are muted: /unmute');
    await unheard;
    await leave(ann);
  });

  test(
    'a speaker is chosen by name, and the time that one’s voice takes is told as it is',
    LONG,
    async () => {
      // A delay that is long and steady, so that what a busy machine adds is little beside it.
      const bob = await open('bob', {
        ...CALM,
        VOIPTERM_AUDIO_NOISE_SUPPRESSION: 'false',
        VOIPTERM_AUDIO_AUTO_GAIN: 'false',
      });
      bob.send('\x1bOQ');
      await until(bob, /Speaker +\S.* of 3/);
      bob.send(DOWN + RIGHT);
      await until(bob, /Speaker +< Null Output \(mouth\)/);
      bob.send(RIGHT);
      await until(bob, /Speaker +< Null Output \(ear\)/);
      await until(bob, /Speaker: .*\(ear\)/);

      bob.send(`${DOWN.repeat(8)}${RIGHT}`);
      await until(bob, 'SOUND TEST', /ms from mouth to ear/);
      // A machine that is busy with other tests tears the sound, or moves the delay while it is measured: what is told
      // wrongly is wrong each time.
      let outcome = await measure(bob);
      for (let tries = 1; tries < TRIES && !agree(outcome); tries++) outcome = await measure(bob);
      expect(outcome).toSatisfy(agree);
      await leave(bob);
    },
  );
});
