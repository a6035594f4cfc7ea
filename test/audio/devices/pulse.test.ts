/**
 * The sound server's own protocol, with a PulseAudio server of the test's own that has null sinks: devices by name, of any rate,
 * that go and come back, and the echo canceller. Skipped by name where PulseAudio is not installed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Input, Output } from '../../../src/audio/devices/device.ts';
import { DeviceKeeper } from '../../../src/audio/devices/keeper.ts';
import { SoundDevices, type SoundDevicesOptions } from '../../../src/audio/devices/open.ts';
import type { DeviceState } from '../../../src/audio/messages.ts';
import { installed, Pulse } from '../../e2e/pulse.ts';

const PATIENCE = { timeout: 15_000 };

let directory: string;
let pulse: Pulse;

function pactl(...args: string[]): string {
  return execFileSync('pactl', args, { env: pulse.env, encoding: 'utf8' });
}

/** A sink that can be told by its description; returns the number of its module. */
function addSink(name: string, rate = 48_000, channels = 2): string {
  const format = `rate=${rate} channels=${channels}`;
  const properties = `sink_properties=device.description=Box-${name}`;
  return pactl('load-module', 'module-null-sink', `sink_name=${name}`, format, properties).trim();
}

function devices(options: Partial<SoundDevicesOptions> = {}): SoundDevices {
  vi.stubEnv('PULSE_SERVER', pulse.env.PULSE_SERVER);
  const made = new SoundDevices({ backend: 'pulse', ...options });
  onTestFinished(() => made.close());
  return made;
}

/** Plays a tone for as long as the test runs, with these amplitudes: one, or those of left and right. */
function playTone(output: Output, amplitudes: readonly number[] = [9000]): void {
  let at = 0;
  output.start({
    pull: () => {
      const tick = Array.from({ length: 480 }, () => Math.sin((2 * Math.PI * 1000 * at++) / 48_000));
      return Int16Array.from(tick.flatMap((value) => amplitudes.map((amplitude) => amplitude * value)));
    },
    lost: () => undefined,
  });
}

/** Resolves with a tick's samples once it is loud. */
function hearTone(input: Input): Promise<Int16Array> {
  return new Promise((resolve) => {
    input.start({
      frame: (samples) => {
        if (Math.max(...samples) > 5000) resolve(samples);
      },
      lost: () => undefined,
    });
  });
}

describe.skipIf(!installed('pulseaudio', 'pactl', 'pacat'))('a PulseAudio server', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'voipterm-pulse-'));
    pulse = await Pulse.start(directory, ['standard']);
  });
  afterAll(async () => {
    await pulse?.close();
    await rm(directory, { recursive: true, force: true });
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test('devices are listed by what people call them, what sinks play apart', async () => {
    const module = addSink('attic');
    try {
      const { inputs, outputs } = await devices().list();
      expect(outputs.map(({ name }) => name)).toContain('Box-attic');
      expect(outputs.filter(({ standard }) => standard)).toHaveLength(1);
      expect(inputs).toEqual([]);
    } finally {
      pactl('unload-module', module);
    }
  });

  test.each([
    [44_100, 1],
    [16_000, 2],
  ])('a device of %i Hz with %i channels is played to and heard from', async (rate, channels) => {
    const module = addSink('odd', rate, channels);
    try {
      const sound = devices({ inputDevice: 'odd.monitor', outputDevice: 'box-odd', channels: 2 });
      const [input, output] = await Promise.all([sound.openInput(), sound.openOutput()]);
      expect(output.name).toBe('Box-odd (pulse)');
      playTone(output, [9000, 9000]);
      const tick = await hearTone(input);
      expect(tick).toHaveLength(960);
      expect(tick[400]).toBe(tick[401]);
      await Promise.all([input.close(), output.close()]);
    } finally {
      pactl('unload-module', module);
    }
  });

  test('left and right are played to their own sides', async () => {
    const module = addSink('wide');
    try {
      const sound = devices({ inputDevice: 'wide.monitor', outputDevice: 'box-wide', channels: 2 });
      const [input, output] = await Promise.all([sound.openInput(), sound.openOutput()]);
      playTone(output, [8000, -2000]);
      const tick = await hearTone(input);
      const at = tick.findIndex((sample, i) => i % 2 === 0 && Math.abs(sample) > 5000);
      expect(tick[at]! / tick[at + 1]!).toBeCloseTo(-4, 1);
      await Promise.all([input.close(), output.close()]);
    } finally {
      pactl('unload-module', module);
    }
  });

  test.each(['pulse', 'auto'] as const)(
    'by "%s" what the speaker plays is not the microphone',
    async (backend) => {
      await expect(devices({ backend }).openInput()).rejects.toThrow(
        /the sound server has no microphone: connect/,
      );
    },
  );

  test('a device that is not there is a sentence, and no other is taken for it', async () => {
    await expect(devices({ outputDevice: 'headset' }).openOutput()).rejects.toMatchObject({
      code: 'audio.unavailable',
      message: 'the speaker "headset" is not there: connect it, or choose another one',
    });
    const auto = devices({ backend: 'auto', inputDevice: 'headset' });
    await expect(auto.openInput()).rejects.toThrow(/the microphone "headset" is not there/);
  });

  test('a speaker that is unplugged is lost, and is back as soon as it is plugged in again', async () => {
    let module = addSink('headset');
    const states: DeviceState[] = [];
    let keeper: DeviceKeeper<Output> | undefined;
    const sound = devices({ outputDevice: 'headset', onChange: () => keeper?.hurry() });
    keeper = new DeviceKeeper<Output>({
      name: 'speaker',
      reopenMs: 600_000, // it must not be found by trying again
      open: () => sound.openOutput(),
      use: (output, lost) => output.start({ pull: () => new Int16Array(480), lost }),
      without: () => undefined,
      report: (state) => states.push(state),
    });
    await keeper.open();
    pactl('unload-module', module);
    await expect.poll(() => states.map(({ state }) => state), PATIENCE).toEqual(['ok', 'lost']);
    expect(states[1]?.detail).toMatch(/Box-headset .* stopped: check its cable/);
    module = addSink('headset');
    await expect.poll(() => states.map(({ state }) => state), PATIENCE).toEqual(['ok', 'lost', 'ok']);
    await keeper.close();
    pactl('unload-module', module);
  });

  test('a microphone that is unplugged is lost', async () => {
    const module = addSink('mouth');
    const input = await devices({ inputDevice: 'mouth.monitor' }).openInput();
    const lost = new Promise<string>((resolve) => {
      input.start({ frame: () => undefined, lost: resolve });
    });
    pactl('unload-module', module);
    await expect(lost).resolves.toMatch(/mouth.* stopped/);
    await input.close();
  });

  test('another device can be chosen while one is open', async () => {
    const modules = [addSink('first'), addSink('second')];
    const sound = devices({ outputDevice: 'first' });
    expect(sound.configure({ outputDevice: 'first' })).toEqual({ input: false, output: false });
    const first = await sound.openOutput();
    expect(sound.configure({ outputDevice: 'second' })).toEqual({ input: false, output: true });
    await first.close();
    const second = await sound.openOutput();
    expect(second.name).toBe('Box-second (pulse)');
    await second.close();
    for (const module of modules) pactl('unload-module', module);
  });

  test('the echo canceller is loaded between the two devices, and unloaded at the end', async () => {
    const modules = [addSink('room'), addSink('phone')];
    const told: [boolean, string][] = [];
    const sound = devices({
      inputDevice: 'room.monitor',
      outputDevice: 'phone',
      echoCancel: true,
      onEcho: (on, detail) => told.push([on, detail]),
    });
    const loaded = (): string[] =>
      pactl('list', 'short', 'modules')
        .split('\n')
        .filter((line) => line.includes('module-echo-cancel'));
    const [input, output] = await Promise.all([sound.openInput(), sound.openOutput()]);
    expect(told).toEqual([[true, '']]);
    expect(loaded()).toHaveLength(1);
    expect(loaded()[0]).toMatch(/source_master='?room\.monitor'? sink_master='?phone'?/);
    expect(output.name).toBe('Box-phone, without echo (pulse)');
    await Promise.all([input.close(), output.close()]);
    expect(sound.configure({ echoCancel: false })).toEqual({ input: true, output: true });
    await (await sound.openOutput()).close();
    expect(loaded()).toEqual([]);
    expect(sound.configure({ echoCancel: true })).toEqual({ input: true, output: true });
    await (await sound.openInput()).close();
    expect(loaded()).toHaveLength(1);
    await sound.close();
    expect(loaded()).toEqual([]);
    for (const module of modules) pactl('unload-module', module);
  });

  test('a canceller that a killed client left is taken away', async () => {
    const module = addSink('hall');
    const stale = 'voipterm_echo_source_999999999';
    const masters = ['source_master=hall.monitor', 'sink_master=standard'];
    pactl('load-module', 'module-echo-cancel', ...masters, `source_name=${stale}`);
    const sound = devices({ inputDevice: 'hall.monitor', outputDevice: 'standard', echoCancel: true });
    await (await sound.openInput()).close();
    expect(pactl('list', 'short', 'sources')).not.toContain(stale);
    await sound.close();
    pactl('unload-module', module);
  });

  test('where the server cannot cancel the echo it is said once, and sound goes on', async () => {
    const told: [boolean, string][] = [];
    // A microphone that hears nothing but the speaker.
    const sound = devices({
      inputDevice: 'standard.monitor',
      echoCancel: true,
      onEcho: (on, detail) => told.push([on, detail]),
    });
    const [input, output] = await Promise.all([sound.openInput(), sound.openOutput()]);
    expect(told).toEqual([[false, expect.stringMatching(/no echo cancellation: use headphones/)]]);
    await Promise.all([input.close(), output.close()]);
  });

  test('a server that dies takes its devices with it, and a new one is found', async () => {
    const own = await mkdtemp(join(tmpdir(), 'voipterm-pulse-'));
    const first = await Pulse.start(own, ['only']);
    const server = first.env.PULSE_SERVER;
    vi.stubEnv('PULSE_SERVER', server);
    const sound = new SoundDevices({ backend: 'pulse', inputDevice: 'only.monitor' });
    const [input, output] = await Promise.all([sound.openInput(), sound.openOutput()]);
    const lost = Promise.all([
      new Promise<string>((resolve) => input.start({ frame: () => undefined, lost: resolve })),
      new Promise<string>((resolve) => output.start({ pull: () => new Int16Array(480), lost: resolve })),
    ]);
    await first.close();
    await expect(lost).resolves.toHaveLength(2);
    await Promise.all([input.close(), output.close()]);
    await expect(sound.openInput()).rejects.toMatchObject({ code: 'audio.unavailable' });
    const second = await Pulse.start(own, ['only']);
    const again = await sound.openOutput();
    await again.close();
    await sound.close();
    await second.close();
    await rm(own, { recursive: true, force: true });
  });

  test('after a stall nothing old is sent, and the speaker plays on without delay', async () => {
    const module = addSink('stalled');
    const sound = devices({ inputDevice: 'stalled.monitor', outputDevice: 'stalled' });
    const [input, output] = await Promise.all([sound.openInput(), sound.openOutput()]);
    let ticks = 0;
    let pulls = 0;
    input.start({ frame: () => ticks++, lost: () => expect.unreachable() });
    output.start({
      pull: () => {
        pulls++;
        return new Int16Array(480);
      },
      lost: () => expect.unreachable(),
    });
    await expect.poll(() => Math.min(ticks, pulls), PATIENCE).toBeGreaterThan(20);
    const before = { ticks, pulls };
    const until = performance.now() + 1500;
    while (performance.now() < until);
    await expect.poll(() => pulls - before.pulls, PATIENCE).toBeGreaterThan(20);
    await expect.poll(() => ticks - before.ticks, PATIENCE).toBeGreaterThan(20);
    const seconds = (performance.now() - until) / 1000;
    // What fell into the stall, 150 of each, is not made up for, save for the last 200 ms.
    expect(ticks - before.ticks).toBeLessThan(30 + 100 * seconds);
    expect(pulls - before.pulls).toBeLessThan(60 + 100 * seconds);
    await Promise.all([input.close(), output.close()]);
    pactl('unload-module', module);
  });

  test('a speaker that was opened by a thread that stalls is heard all the same', async () => {
    const module = addSink('slow');
    const sound = devices({ inputDevice: 'slow.monitor', outputDevice: 'slow' });
    // With one that plays already the server asks for more from the first moment on.
    const [input, playing] = await Promise.all([sound.openInput(), sound.openOutput()]);
    let pulls = 0;
    playing.start({ pull: () => new Int16Array(480).fill(++pulls % 2), lost: () => undefined });
    const tone = hearTone(input);
    await expect.poll(() => pulls, PATIENCE).toBeGreaterThan(50);
    const stalling = setInterval(() => {
      const until = performance.now() + 120;
      while (performance.now() < until);
    }, 1);
    const output = await sound.openOutput();
    clearInterval(stalling);
    playTone(output);
    await tone;
    await Promise.all([input.close(), output.close(), playing.close()]);
    pactl('unload-module', module);
  });

  test('a speaker that takes no more sound is lost, and is tried again', async () => {
    const module = addSink('stuck');
    const states: string[] = [];
    const sound = devices({ outputDevice: 'stuck' });
    const keeper = new DeviceKeeper<Output>({
      name: 'speaker',
      reopenMs: 10,
      open: () => sound.openOutput(),
      use: (output, lost) => output.start({ pull: () => new Int16Array(480), lost }),
      without: () => undefined,
      report: ({ state }) => states.push(state),
    });
    await keeper.open();
    pactl('suspend-sink', 'stuck', '1');
    await expect.poll(() => states, PATIENCE).toEqual(['ok', 'lost', 'ok']);
    await keeper.close();
    pactl('unload-module', module);
  });

  test('two clients at one server do not disturb each other', async () => {
    const module = addSink('shared');
    const choice = { inputDevice: 'shared.monitor', outputDevice: 'shared' };
    const [one, two] = [devices(choice), devices(choice)];
    const outputs = await Promise.all([one.openOutput(), two.openOutput()]);
    for (const output of outputs) playTone(output);
    const inputs = await Promise.all([one.openInput(), two.openInput()]);
    await Promise.all(inputs.map(hearTone));
    await outputs[0]!.close();
    await inputs[0]!.close();
    const still = await two.openInput();
    await hearTone(still);
    await Promise.all([still, inputs[1]!, outputs[1]!].map((device) => device.close()));
    pactl('unload-module', module);
  });
});
