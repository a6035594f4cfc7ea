/** From the microphone to the talker: cleaned, opened by speech or the key, and silent about what nobody asked for. */
import { expect, test } from 'vitest';
import { Intake } from '../../src/audio/intake.ts';
import type { AudioEvent } from '../../src/audio/messages.ts';
import type { AudioOptions, InputSpec, TalkMode } from '../../src/audio/options.ts';
import { noise, rmsOf, speech } from './cleaning/sounds.ts';

const CLEAN = { noiseSuppression: true, autoGain: true, limiter: true };

function options(input: InputSpec, talkMode: TalkMode, cleaning = CLEAN): AudioOptions {
  return {
    input,
    output: { kind: 'null' },
    backend: 'auto',
    bitrate: 32_000,
    complexity: 1,
    playoutDelayMs: 20,
    trace: null,
    cleaning,
    talkMode,
  };
}

/** Two seconds of a room, speech, two seconds of a room: samples, and where the speech is, in ticks. */
function conversation(): { samples: Int16Array; from: number; to: number } {
  const said = speech();
  const room = noise('pink', said.length + 4 * 48_000);
  const samples = Int16Array.from(room, (value, i) => value * 30 + (said[i - 2 * 48_000] ?? 0));
  return { samples, from: 200, to: 200 + said.length / 480 };
}

interface Sent {
  /** Ticks at which the gate was open. */
  readonly open: number[];
  /** Places of the ticks that were given to the talker while it was. */
  readonly places: number[];
  readonly events: AudioEvent[];
}

async function run(given: AudioOptions, prepare: (intake: Intake) => void = () => undefined): Promise<Sent> {
  const events: AudioEvent[] = [];
  const intake = await Intake.create(given, 1, (event) => events.push(event));
  prepare(intake);
  const { samples } = conversation();
  const open: number[] = [];
  const places: number[] = [];
  for (let n = 0; (n + 1) * 480 <= samples.length; n++) {
    const tick = samples.subarray(n * 480, (n + 1) * 480);
    const result = intake.tick(tick, BigInt(n) * 10_000_000n, false);
    if (!result.open) continue;
    open.push(n);
    places.push(...result.ticks.map(({ captureNs }) => Number(captureNs) / 1e7));
  }
  intake.close();
  return { open, places, events };
}

test('in mode voice what is said is sent, from its beginning, and the quiet room is not', async () => {
  const { from, to } = conversation();
  const { open, places } = await run(options({ kind: 'mic' }, 'voice'));
  expect(open[0]).toBeGreaterThan(from);
  expect(open[0]).toBeLessThan(from + 15);
  expect(places[0]).toBeLessThan(open[0]! - 3);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  // The hold time, and no more.
  expect(open.at(-1)).toBeLessThan(to + 40);
  expect(open.length).toBeGreaterThan((to - from) * 0.9);
});

test('in mode push nothing is sent without the key, and all with it', async () => {
  expect((await run(options({ kind: 'mic' }, 'push'))).open).toEqual([]);
  const pushed = await run(options({ kind: 'mic' }, 'push'), (intake) => intake.push(true));
  expect(pushed.open).toHaveLength(conversation().samples.length / 480);
});

test('speech while muted is told, and its end, and sends nothing', async () => {
  const { open, events } = await run(options({ kind: 'mic' }, 'push'), (intake) => {
    intake.push(true);
    intake.mute(true);
  });
  expect(open).toEqual([]);
  expect(events).toEqual([
    { event: 'muted-speech', on: true },
    { event: 'muted-speech', on: false },
  ]);
});

test('a file is sent as it is, whatever the settings', async () => {
  const intake = await Intake.create(
    options({ kind: 'file', path: 'x.wav' }, 'continuous'),
    1,
    () => undefined,
  );
  const tick = Int16Array.from({ length: 480 }, (_, i) => i * 60);
  const { ticks } = intake.tick(tick, 5_000_000n, true);
  expect(ticks).toEqual([{ samples: tick, captureNs: 5_000_000n, final: true }]);
  intake.close();
});

test('cleaning is switched on and off while it runs', async () => {
  const off = { noiseSuppression: false, autoGain: false, limiter: false };
  const intake = await Intake.create(options({ kind: 'mic' }, 'continuous', off), 1, () => undefined);
  const hiss = Int16Array.from(noise('fan', 480 * 200), (value) => value * 600);
  const level = (): number => {
    let last: Int16Array = new Int16Array(480);
    for (let n = 0; n < 200; n++)
      last = intake.tick(hiss.subarray(n * 480, (n + 1) * 480), 0n, false).ticks.at(-1)!.samples;
    return rmsOf(last);
  };
  const before = level();
  intake.configure({ cleaning: { noiseSuppression: true } });
  expect(level()).toBeLessThan(before / 4);
  intake.configure({ cleaning: { noiseSuppression: false } });
  expect(level()).toBeCloseTo(before, 0);
  intake.close();
});
