/**
 * The interface with sound devices, through a PulseAudio server of the test's own: speech opens the microphone, or is noticed while it
 * is muted; a speaker is chosen by name; and the test of sound plays one's own voice there, and tells how long that took. Whether the time
 * is the right one is judged where no busy machine adds to it: test/audio/loopback.test.ts. Skipped by name where PulseAudio is not installed.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadWav } from '../../src/audio/wav-read.ts';
import type { Terminal } from '../fakes/terminal.ts';
import { CALM } from './calls.ts';
import { Place, SPEECH, type StationProcess } from './process.ts';
import { installed, Pulse } from './pulse.ts';
import { leave, Screens, until } from './screens.ts';

const LONG = { timeout: 60_000 };
const DOWN = '\x1b[B';
const RIGHT = '\x1b[C';
const HOME = '\x1b[H';
/** Samples of speech. */
const SPOKEN = 2.6 * 48_000;
const NOTICED = 1.6 * 48_000;

/** What is heard where nothing is played, and what speech is far above, of 32,767. */
const QUIET = 20;

const loudest = (samples: Int16Array): number =>
  samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

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

  /** A second try must not find the speaker that the first chose. */
  let tries = 0;
  test(
    'a speaker is chosen by name, and plays one’s own voice, with the time that it took',
    LONG,
    async () => {
      const bob = await open(`bob${++tries}`, {
        ...CALM,
        VOIPTERM_AUDIO_NOISE_SUPPRESSION: 'false',
        VOIPTERM_AUDIO_AUTO_GAIN: 'false',
      });
      bob.send('\x1bOQ');
      await until(bob, /output_device +system's: /);
      bob.send(DOWN + DOWN + RIGHT);
      await until(bob, /output_device +< Null Output \(mouth\)/);
      bob.send(RIGHT);
      await until(bob, /output_device +< Null Output \(ear\)/);
      await until(bob, /Speaker: .*\(ear\)/);

      bob.send(HOME + RIGHT);
      const [ear, other] = await Promise.all([pulse.record('ear'), pulse.record('other')]);
      await pulse.play('mouth', speech);
      await until(bob, 'SOUND TEST', /[0-9]+ ms from mouth to ear/);
      const told = Number(/([0-9]+) ms from mouth to ear/.exec(bob.text)?.[1]);
      expect(told).toBeGreaterThan(20);
      expect(told).toBeLessThan(2000);
      const enough = ear.milliseconds + told + 1000;
      await expect.poll(() => ear.milliseconds, { timeout: 20_000 }).toBeGreaterThan(enough);
      expect(loudest(await ear.stop())).toBeGreaterThan(10 * QUIET);
      expect(loudest(await other.stop())).toBeLessThan(QUIET);
      await leave(bob);
    },
  );
});
