/** The devices to choose from, and the test that plays us back to ourselves. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { VoiptermError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import type { Caller } from '../../src/session/history.ts';
import { LiveState } from '../../src/session/live-state.ts';
import { initialState } from '../../src/session/reduce.ts';
import { Sound } from '../../src/session/sound.ts';
import type { VoiceLink } from '../../src/session/voice.ts';

const DEVICES = { inputs: [{ name: 'Headset', standard: true }], outputs: [] };

let live: LiveState;
let sound: Sound;
let did: string[];
let audio: boolean;

beforeEach(() => {
  did = [];
  audio = true;
  live = new LiveState(initialState('ann', 'ann@host'), silentLog);
  const voice = {
    get audio() {
      return audio ? { devices: async () => DEVICES } : undefined;
    },
    async running() {
      if (audio) return this.audio;
      throw new VoiptermError('audio.unavailable', 'there is no sound in this session');
    },
    talk: async (on: boolean): Promise<void> => void did.push(`talk ${on}`),
    mute: async (on: boolean): Promise<void> => void did.push(`mute ${on}`),
  };
  const call = (async (method: string, ask: object) => {
    did.push(`${method} ${JSON.stringify(ask)}`);
    return {};
  }) as unknown as Caller;
  sound = new Sound({
    ...{ live, call },
    voice: () => voice as unknown as VoiceLink,
  });
});

test('devices are asked for when somebody looks, once there is sound, and again when they change', async () => {
  sound.devicesChanged();
  audio = false;
  await sound.listDevices();
  expect(live.now.sound.devices.inputs).toEqual([]);
  audio = true;
  sound.devicesChanged();
  await vi.waitFor(() => expect(live.now.sound.devices).toEqual(DEVICES));
  live.apply({ kind: 'sound', change: { devices: { inputs: [], outputs: [] } } });
  sound.devicesChanged();
  await vi.waitFor(() => expect(live.now.sound.devices).toEqual(DEVICES));
  audio = false;
  sound.devicesChanged();
});

describe('the test of sound', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });
  const end = (): Promise<unknown> => Promise.all([sound.loop('off'), vi.advanceTimersByTimeAsync(1000)]);

  test('talks only once the station gives it back, and stops before that ends', async () => {
    await sound.loop('direct');
    expect(did).toEqual(['voice.loopback {"mode":"direct"}', 'talk true']);
    expect(sound.loops).toBe(true);
    did = [];
    await end();
    expect(did).toEqual(['talk false', 'voice.loopback {"mode":"off"}']);
    expect(live.now.sound).toMatchObject({ loopback: 'off', loopbackMs: null });
  });

  test('tells the way without the pause that belongs to it', async () => {
    sound.heard(90);
    expect(live.now.sound.loopbackMs).toBeNull();
    await sound.loop('direct');
    sound.heard(90);
    expect(live.now.sound.loopbackMs).toBe(90);
    await sound.loop('delayed');
    expect(live.now.sound.loopbackMs).toBeNull();
    sound.heard(1600);
    expect(live.now.sound.loopbackMs).toBe(100);
  });

  test('where the microphone is open by itself, mutes until the station has ended it', async () => {
    live.apply({ kind: 'voice', change: { mode: 'continuous' } });
    await sound.loop('direct');
    did = [];
    await end();
    expect(did).toEqual(['mute true', 'voice.loopback {"mode":"off"}', 'mute false']);
  });

  test('that is begun again while it ends goes on', async () => {
    await sound.loop('direct');
    const ending = sound.loop('off');
    await sound.loop('delayed');
    await vi.advanceTimersByTimeAsync(1000);
    await ending;
    expect(live.now.sound.loopback).toBe('delayed');
    expect(did.at(-1)).toBe('talk true');
  });

  test('is nothing for who is muted, and goes on with a new link', async () => {
    live.apply({ kind: 'voice', change: { muted: true } });
    await expect(sound.loop('direct')).rejects.toThrow('/unmute first');
    live.apply({ kind: 'voice', change: { muted: false } });
    await sound.online();
    expect(did).toEqual([]);
    await sound.loop('direct');
    await sound.online();
    expect(did.at(-1)).toBe('voice.loopback {"mode":"direct"}');
  });
});
