/** Devices that are missing, vanish and come back; no test here needs a sound card. */

import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Framer } from '../../../src/audio/devices/framer.ts';
import { DeviceKeeper } from '../../../src/audio/devices/keeper.ts';
import { SoundDevices } from '../../../src/audio/devices/open.ts';
import { requireProgram, soundHandles } from '../../../src/audio/devices/sound-system.ts';
import type { DeviceState } from '../../../src/audio/messages.ts';
import { VoiptermError } from '../../../src/errors.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voipterm-devices-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

test('chunks of any length become ticks, stamped with when they were captured', () => {
  const framer = new Framer(1);
  const bytes = new Uint8Array(Int16Array.from({ length: 1000 }, (_, i) => i).buffer);
  expect(framer.push(bytes.subarray(0, 501), 0n)).toEqual([]);
  const ticks = framer.push(bytes.subarray(501), 100_000_000n);
  expect(ticks.map((one) => one.samples[0])).toEqual([0, 480]);
  // 40 samples are left over: the second tick was complete 0.83 ms ago, the first 10 ms before it.
  expect(Number(ticks[1]!.captureNs)).toBeCloseTo(100e6 - (40 / 48_000) * 1e9, -3);
  expect(Number(ticks[1]!.captureNs - ticks[0]!.captureNs)).toBeCloseTo(10e6, -2);
});

test('a stereo tick holds as much time as a mono one', () => {
  const framer = new Framer(2);
  const bytes = new Uint8Array(Int16Array.from({ length: 2 * 960 }, (_, i) => i).buffer);
  const ticks = framer.push(bytes, 100_000_000n);
  expect(ticks.map((one) => [one.samples.length, one.samples[0]])).toEqual([
    [960, 0],
    [960, 960],
  ]);
  expect(Number(ticks[1]!.captureNs - ticks[0]!.captureNs)).toBeCloseTo(10e6, -2);
});

class FakeDevice {
  readonly name = 'fake';
  closed = 0;
  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}

/** A keeper over a script of what each try to open gives. */
function keep(script: (FakeDevice | string)[], reopenMs = 1) {
  const states: DeviceState[] = [];
  let lost: (detail: string) => void = () => undefined;
  let without = 0;
  let tries = 0;
  const keeper = new DeviceKeeper<FakeDevice>({
    name: 'microphone',
    reopenMs,
    open: () => {
      tries++;
      const next = script.length > 1 ? script.shift()! : script[0]!;
      if (typeof next !== 'string') return Promise.resolve(next);
      return Promise.reject(new VoiptermError('audio.unavailable', next));
    },
    use: (_device, onLost) => {
      lost = onLost;
    },
    without: () => {
      without++;
    },
    report: (state) => states.push(state),
  });
  return { keeper, states, lose: (why: string) => lost(why), tries: () => tries, without: () => without };
}

test('a missing device is said once, tried again, and taken when it is there', async () => {
  const device = new FakeDevice();
  const { keeper, states, tries } = keep(['none', 'none', 'none', device]);
  await keeper.open();
  await expect.poll(() => states.length).toBe(2);
  expect(states).toEqual([
    { state: 'missing', name: 'microphone', detail: 'none' },
    { state: 'ok', name: 'fake', detail: '' },
  ]);
  expect(tries()).toBe(4);
  await keeper.close();
  expect(device.closed).toBe(1);
});

test('a lost device is closed, stays lost while it cannot be opened, and comes back', async () => {
  const [first, second] = [new FakeDevice(), new FakeDevice()];
  const { keeper, states, lose, without } = keep([first, 'none', 'none', second]);
  await keeper.open();
  lose('it was unplugged');
  lose('said twice');
  await expect.poll(() => states.length).toBe(3);
  expect(states.map((one) => [one.state, one.detail])).toEqual([
    ['ok', ''],
    ['lost', 'it was unplugged'],
    ['ok', ''],
  ]);
  expect(first.closed).toBe(1);
  expect(without()).toBeGreaterThan(0);
  await keeper.close();
  expect(second.closed).toBe(1);
});

test('news of a device is heeded at once, also while one is being opened', async () => {
  const [first, second] = [new FakeDevice(), new FakeDevice()];
  const { keeper, states, lose } = keep(['none', first, 'too early', second], 600_000);
  await keeper.open();
  keeper.hurry();
  await expect.poll(() => states.at(-1)?.state).toBe('ok');
  keeper.hurry(); // it has one
  lose('it was unplugged');
  keeper.hurry();
  keeper.hurry();
  await expect.poll(() => states.map(({ state }) => state)).toEqual(['missing', 'ok', 'lost', 'ok']);
  await keeper.close();
});

test('another device is opened when one is chosen, in place of the last', async () => {
  const [first, second] = [new FakeDevice(), new FakeDevice()];
  const { keeper, states, without } = keep([first, second], 600_000);
  await keeper.open();
  await keeper.reopen();
  expect([first.closed, second.closed, without()]).toEqual([1, 0, 1]);
  expect(states.map(({ state }) => state)).toEqual(['ok', 'ok']);
  await keeper.close();
  expect(second.closed).toBe(1);
});

test('closing ends the tries', async () => {
  vi.useFakeTimers();
  try {
    const { keeper, tries } = keep(['none']);
    await keeper.open();
    await vi.advanceTimersByTimeAsync(10);
    const before = tries();
    expect(before).toBeGreaterThan(1);
    await keeper.close();
    await vi.advanceTimersByTimeAsync(10);
    expect(tries()).toBe(before);
  } finally {
    vi.useRealTimers();
  }
});

test('a program is looked for on PATH only, and must be executable', async () => {
  vi.stubEnv('PATH', directory);
  const path = join(directory, 'arecord');
  await expect(requireProgram('arecord', 'install alsa-utils')).rejects.toMatchObject({
    code: 'audio.unavailable',
    message: 'the program arecord is not installed: install alsa-utils',
  });
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, 0o644);
  await expect(requireProgram('arecord', 'x')).rejects.toThrow(/not installed/);
  await chmod(path, 0o755);
  await expect(requireProgram('arecord', 'x')).resolves.toBeUndefined();
});

/** A machine on which nothing points to a sound server. */
function noSoundServer(): void {
  for (const name of ['PULSE_SERVER', 'PULSE_RUNTIME_PATH', 'HOME']) vi.stubEnv(name, directory);
  vi.stubEnv('PULSE_SERVER', '');
  vi.stubEnv('XDG_RUNTIME_DIR', directory);
}

test.runIf(process.platform === 'linux')('without arecord the sentence says what to install', async () => {
  noSoundServer();
  vi.stubEnv('PATH', directory);
  await expect(new SoundDevices({ backend: 'process' }).openInput()).rejects.toMatchObject({
    code: 'audio.unavailable',
    message: expect.stringMatching(/arecord.*apt install alsa-utils/),
  });
});

test.runIf(process.platform === 'linux')(
  'a connection to a local server is told from other sockets',
  async () => {
    const server = createServer().listen(join(directory, 'server'));
    const tcp = createServer().listen(0, '127.0.0.1');
    await Promise.all([once(server, 'listening'), once(tcp, 'listening')]);
    const before = soundHandles();
    const added = (): number => [...soundHandles()].filter((held) => !before.has(held)).length;
    const other = connect((tcp.address() as AddressInfo).port, '127.0.0.1');
    await once(other, 'connect');
    expect(added()).toBe(0);
    const sound = connect(join(directory, 'server'));
    await once(sound, 'connect');
    expect(added()).toBeGreaterThan(0);
    for (const one of [other, sound]) one.destroy();
    for (const one of [server, tcp]) one.close();
  },
);

test.each(['auto', 'pulse', 'miniaudio', 'process'] as const)(
  'opening by "%s" gives a device or a sentence',
  async (backend) => {
    const devices = new SoundDevices({ backend });
    for (const open of [() => devices.openInput(), () => devices.openOutput()]) {
      try {
        const device = await open();
        expect(device.name).not.toBe('');
        await device.close();
      } catch (error) {
        expect(error).toMatchObject({ name: 'VoiptermError', code: 'audio.unavailable' });
        expect(String(error)).toMatch(/install|start|connect/);
      }
    }
    await devices.close();
  },
);
