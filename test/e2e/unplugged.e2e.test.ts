/**
 * A microphone that is unplugged in a call, and plugged in again, through a PulseAudio server of the test's own. Skipped by name
 * where PulseAudio is not installed.
 */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { Place, type StationProcess } from './process.ts';
import { installed, Pulse } from './pulse.ts';

const LONG = { timeout: 60_000 };

describe.skipIf(!installed('pulseaudio', 'pactl', 'pacat'))(
  'a device of a sound server',
  {
    concurrent: true,
  },
  () => {
    let place: Place;
    let station: StationProcess;
    let pulse: Pulse;
    beforeAll(async () => {
      place = await Place.make();
      [station, pulse] = await Promise.all([place.serve(), Pulse.start(place.file('pulse'), ['standard'])]);
    }, 60_000);
    afterAll(async () => {
      await pulse?.close();
      await place?.dispose();
    });

    /** A device that a first try left is not the one of the second. */
    let devices = 0;
    const newName = (name: string): string => `${name}${++devices}`;

    function plugIn(name: string): string {
      const properties = `sink_properties=device.description=${name}`;
      return execFileSync('pactl', ['load-module', 'module-null-sink', `sink_name=${name}`, properties], {
        env: pulse.env,
        encoding: 'utf8',
      }).trim();
    }

    function unplug(module: string): void {
      execFileSync('pactl', ['unload-module', module], { env: pulse.env });
    }

    test('is listed for people and for programs', LONG, async ({ expect }) => {
      const name = newName('Phones');
      const module = plugIn(name);
      const text = await place.run(['devices'], { home: 'ann', env: pulse.env });
      expect(text).toMatchObject({ status: 0, stderr: '' });
      expect(text.stdout).toMatch(/^microphones:\n {2}none\nspeakers:\n/); // what a speaker plays is none
      expect(text.stdout.split('\n')).toContain(`  ${name}`);
      const json = await place.run(['devices', '--json'], { home: 'ann', env: pulse.env });
      expect(JSON.parse(json.stdout).outputs).toContainEqual({ name, standard: false });
      unplug(module);
    });

    test(
      'that is unplugged is said, and the call goes on with it when it is back',
      LONG,
      async ({ expect }) => {
        const name = newName('Headset');
        let module = plugIn(name);
        const env = {
          ...pulse.env,
          VOIPTERM_AUDIO_INPUT_DEVICE: `${name}.monitor`,
          VOIPTERM_LOGGING_LEVEL: 'info',
          VOIPTERM_LOGGING_FORMAT: 'json',
        };
        const trace = place.file(`trace-${name}`);
        const args = ['--input', 'mic', '--output', 'null', '--trace', trace, '--json'];
        const call = await place.start(['voice', station.target('bob', 'headset'), ...args], {
          home: 'bob',
          env,
        });
        await call.until(({ lines }) => lines.some((line) => line.includes('"joined"')));
        unplug(module);
        await call.until(({ stderr }) => /Headset.* stopped: check its cable/.test(stderr));
        const until = call.stderr.length;
        module = plugIn(name);
        const sent = async (): Promise<number> => (await readFile(trace, 'utf8')).split('\n').length;
        const before = await sent();
        await expect.poll(sent, { timeout: 20_000 }).toBeGreaterThan(before + 20);
        expect(call.stderr.slice(until)).toBe('');
        expect(await call.end('SIGINT')).toMatchObject({ status: 0 });
        unplug(module);
      },
    );
  },
);
