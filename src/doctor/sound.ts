/** Checks what reaches the sound devices, and the devices themselves, as a call would open them. */
import { MessageChannel } from 'node:worker_threads';
import { type AudioClient, startAudio } from '../audio/client.ts';
import { loadPackage } from '../audio/devices/optional-package.ts';
import { requirePrograms } from '../audio/devices/process.ts';
import { requireServer } from '../audio/devices/sound-system.ts';
import type { AudioEvent, DeviceState } from '../audio/messages.ts';
import type { AudioOptions } from '../audio/options.ts';
import { toWireError, VoiptermError } from '../errors.ts';
import { bounded } from './bounded.ts';
import { type Check, type CheckId, ok, warning } from './check.ts';

/** A sound server that has to start first takes seconds. */
const OPEN_MS = 8_000;
/** Loading a package. */
const LOAD_MS = 5_000;

/** What is needed for each way to the devices, both directions. */
const WAYS: { readonly [way: string]: readonly (() => Promise<unknown>)[] } = {
  pulse: [requireServer],
  miniaudio: [() => loadPackage('@audio/mic'), () => loadPackage('@audio/speaker')],
  process: [requirePrograms],
  packages: [() => loadPackage('mic'), () => loadPackage('speaker')],
};

/** @param options as a call would have them: a file or a tone in place of a device needs no device. */
export async function checkSound(options: AudioOptions): Promise<Check[]> {
  const { microphone, speaker } = await openDevices(options);
  return [
    await checkPackages(),
    deviceCheck('sound.microphone', 'audio.input', options.input.kind, microphone),
    deviceCheck('sound.speaker', 'audio.output', options.output.kind, speaker),
  ];
}

async function checkPackages(): Promise<Check> {
  const complete: string[] = [];
  const missing: string[] = [];
  for (const [way, needs] of Object.entries(WAYS)) {
    const reasons = await Promise.all(needs.map((need) => reasonAgainst(need)));
    const lacking = reasons.filter((reason) => reason !== undefined);
    if (lacking.length === 0) complete.push(way);
    missing.push(...lacking);
  }
  const facts = { backends: complete, missing };
  if (complete.length > 0) {
    const other = missing.length > 0 ? '; what another way lacks is not needed' : '';
    return ok('sound.packages', `sound goes by ${complete.join(' or ')}${other}`, facts);
  }
  const fix = 'install what is missing; text works without, and sound files do';
  return warning('sound.packages', missing.join('; '), fix, facts);
}

async function reasonAgainst(need: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await bounded(LOAD_MS, 'loading a sound package', need);
    return undefined;
  } catch (error) {
    return toWireError(error).message;
  }
}

interface Devices {
  readonly microphone: DeviceState;
  readonly speaker: DeviceState;
}

/** Opens them in the audio thread: a sound server that hangs does not hang us. */
async function openDevices(options: AudioOptions): Promise<Devices> {
  const states: { input?: DeviceState; output?: DeviceState } = {};
  const onEvent = (event: AudioEvent): void => {
    if (event.event === 'device') states[event.which] = event.device;
  };
  try {
    await bounded(OPEN_MS, 'opening the sound devices', (signal) => openOnce(options, onEvent, signal));
  } catch (error) {
    const { message } = toWireError(error);
    states.input ??= missing(message);
    states.output ??= missing(message);
  }
  const { input, output } = states;
  return {
    microphone: input ?? missing('it was not opened'),
    speaker: output ?? missing('it was not opened'),
  };
}

async function openOnce(
  options: AudioOptions,
  onEvent: (event: AudioEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let audio: AudioClient | undefined;
  const { port1, port2 } = new MessageChannel();
  const died = Promise.withResolvers<never>();
  try {
    audio = await startAudio({ onEvent, onDied: died.reject });
    if (signal.aborted) throw new VoiptermError('audio.died', 'it took too long');
    await Promise.race([audio.start(options, port1), died.promise]);
  } finally {
    port2.close();
    // Closing has a bound of its own, and nobody needs to wait for it.
    void audio?.close().catch(() => undefined);
  }
}

function missing(detail: string): DeviceState {
  return { state: 'missing', name: '', detail };
}

function deviceCheck(id: CheckId, setting: string, kind: string, device: DeviceState): Check {
  const facts = { wanted: kind, device: device.name };
  if (kind !== 'mic' && kind !== 'speaker') return ok(id, `not needed: ${setting} is ${kind}`, facts);
  if (device.state === 'ok') return ok(id, `${device.name} opens`, facts);
  const what = kind === 'mic' ? 'nobody hears you' : 'you hear nobody';
  return warning(id, `${what}: ${device.detail || 'it does not open'}`, FIXES[kind], facts);
}

const FIXES = {
  mic: 'connect one and start the sound server, or give a sound file (voipterm voice --input); text works without',
  speaker:
    'connect one and start the sound server, or write to a file (voipterm voice --output); text works without',
} as const;
