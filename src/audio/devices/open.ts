/**
 * The sound devices of this machine: opens them by name in the best way there is, lists them, and tells when one came
 * or went.
 *
 * 'auto' takes the way with the lowest measured delay that works here (docs/audio.md has the figures): the sound
 * server's own protocol, then miniaudio, then the programs and packages that come with the system.
 */
import { VoiptermError } from '../../errors.ts';
import type { AudioBackend, AudioDevices } from '../messages.ts';
import { labelOf } from './choose.ts';
import type { Input, Output } from './device.ts';
import { openMiniaudioInput, openMiniaudioOutput } from './miniaudio.ts';
import { openProcessInput, openProcessOutput } from './process.ts';
import { openPulseInput, openPulseOutput } from './pulse.ts';
import { PulseServer } from './pulse-server.ts';
import { type Direction, NO_SERVER } from './sound-system.ts';

type Way = Exclude<AudioBackend, 'auto'>;

/** Fastest first. */
const WAYS: readonly Way[] = ['pulse', 'miniaudio', 'process'];

export interface SoundDevicesOptions {
  readonly backend: AudioBackend;
  /** As `list` names them, or a part of that; "" for the system's standard device. */
  readonly inputDevice?: string | undefined;
  readonly outputDevice?: string | undefined;
  /** Channels of the microphone. */
  readonly channels?: 1 | 2 | undefined;
  /** A device came or went, as far as the sound system tells. */
  readonly onChange?: () => void;
}

export class SoundDevices {
  readonly #backend: AudioBackend;
  readonly #channels: 1 | 2;
  readonly #onChange: () => void;
  readonly #chosen: { readonly [D in Direction]: { device: string } };
  #server: Promise<PulseServer> | undefined;
  #closed = false;

  constructor({ backend, inputDevice, outputDevice, channels, onChange }: SoundDevicesOptions) {
    this.#backend = backend;
    this.#channels = channels ?? 1;
    this.#onChange = onChange ?? (() => undefined);
    this.#chosen = { input: { device: inputDevice ?? '' }, output: { device: outputDevice ?? '' } };
  }

  /** Chooses another device; says whether it is another one. What is open stays open. */
  choose(direction: Direction, device: string): boolean {
    const chosen = this.#chosen[direction];
    if (chosen.device === device) return false;
    chosen.device = device;
    return true;
  }

  /** Opens the chosen microphone. Rejects with 'audio.unavailable': what is missing for each way that was tried. */
  openInput(): Promise<Input> {
    const { device } = this.#chosen.input;
    return firstThatWorks(this.#backend, device, {
      pulse: async () => {
        const server = await this.#connected();
        const { id, label } = await server.choose('input', device);
        return openPulseInput(server, id, label, this.#channels);
      },
      miniaudio: () => openMiniaudioInput(this.#channels),
      process: () => openProcessInput(device, this.#channels),
    });
  }

  /** Opens the chosen speaker. Rejects as openInput does. */
  openOutput(): Promise<Output> {
    const { device } = this.#chosen.output;
    return firstThatWorks(this.#backend, device, {
      pulse: async () => {
        const server = await this.#connected();
        const { id, label } = await server.choose('output', device);
        return openPulseOutput(server, id, label);
      },
      miniaudio: openMiniaudioOutput,
      process: () => openProcessOutput(device),
    });
  }

  /** What can be chosen; empty where there is no sound server to ask. Never rejects. */
  async list(): Promise<AudioDevices> {
    try {
      const server = await this.#connected();
      const [inputs, outputs] = await Promise.all([listOf(server, 'input'), listOf(server, 'output')]);
      return { inputs, outputs };
    } catch {
      return { inputs: [], outputs: [] };
    }
  }

  /** Closes what belongs to no device. Devices are closed before. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    const server = await this.#server?.catch(() => undefined);
    await server?.close();
  }

  /** The connection to the sound server, a new one if the last is gone. */
  async #connected(): Promise<PulseServer> {
    const last = await this.#server?.catch(() => undefined);
    if (last?.open) return last;
    if (this.#closed) throw new VoiptermError('audio.unavailable', NO_SERVER);
    this.#server = PulseServer.connect(this.#onChange, this.#onChange);
    return this.#server;
  }
}

/** The list for people: what a sink plays is no microphone, unless nothing else is. */
async function listOf(server: PulseServer, direction: Direction): Promise<AudioDevices['inputs']> {
  const devices = await server.devices(direction);
  const shown = devices.filter(({ monitor, standard }) => !monitor || standard);
  return shown.map((one) => ({ name: labelOf(devices, one), standard: one.standard }));
}

async function firstThatWorks<D>(
  backend: AudioBackend,
  device: string,
  openers: { readonly [W in Way]: () => Promise<D> },
): Promise<D> {
  const reasons = new Set<string>();
  for (const way of waysFor(backend, device)) {
    try {
      return await openers[way]();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // A device that was chosen is not replaced by what another way finds.
      if (way === 'pulse' && device !== '' && reason !== NO_SERVER) throw error;
      reasons.add(reason);
    }
  }
  // That there is no server is said in other words by the other ways.
  if (reasons.size > 1) reasons.delete(NO_SERVER);
  throw new VoiptermError('audio.unavailable', [...reasons].join('; or: '));
}

/** miniaudio's packages open the standard device only. */
function waysFor(backend: AudioBackend, device: string): readonly Way[] {
  if (backend === 'auto') return device === '' ? WAYS : WAYS.filter((way) => way !== 'miniaudio');
  if (backend === 'miniaudio' && device !== '')
    throw new VoiptermError(
      'audio.unavailable',
      `miniaudio cannot open "${device}", only the standard device: set audio.backend to "auto", or choose it in the system's sound settings`,
    );
  return [backend];
}
