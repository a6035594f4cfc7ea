/**
 * The sound devices of this machine: opens them by name in the best way there is, lists them, and tells when one came
 * or went.
 *
 * 'auto' takes the way with the lowest measured delay that works here (docs/audio.md has the figures): the sound
 * server's own protocol, then miniaudio, then the programs and packages that come with the system.
 */
import { sentenceOf, VoiptermError } from '../../errors.ts';
import type { AudioDevices } from '../messages.ts';
import type { AudioBackend } from '../options.ts';
import { labelOf } from './choose.ts';
import type { Input, Output } from './device.ts';
import { EchoCanceller, type EchoDevices, USE_HEADPHONES } from './echo.ts';
import { openMiniaudioInput, openMiniaudioOutput } from './miniaudio.ts';
import { openPackageInput, openPackageOutput } from './packages.ts';
import { openProcessInput, openProcessOutput } from './process.ts';
import { openPulseInput, openPulseOutput } from './pulse.ts';
import { type ChosenDevice, NO_MICROPHONE, NO_SPEAKER, PulseServer } from './pulse-server.ts';
import { type Direction, NO_SERVER } from './sound-system.ts';

type Way = Exclude<AudioBackend, 'auto'>;

/** Fastest first. */
const WAYS: readonly Way[] = ['pulse', 'miniaudio', 'process', 'packages'];

export interface SoundDevicesOptions {
  readonly backend: AudioBackend;
  /** As `list` names them, or a part of that; "" for the system's standard device. */
  readonly inputDevice?: string | undefined;
  readonly outputDevice?: string | undefined;
  /** Channels of the microphone and of the speaker, 1 if it is not given. */
  readonly channels?: 1 | 2 | undefined;
  /** A device came or went, as far as the sound system tells. */
  readonly onChange?: () => void;
  /** The sound server is to take the echo away. */
  readonly echoCancel?: boolean | undefined;
  /** It does, or (with the reason) it cannot. */
  readonly onEcho?: (on: boolean, detail: string) => void;
}

/** What of AudioChange concerns devices. */
export interface DevicesChange {
  readonly inputDevice?: string;
  readonly outputDevice?: string;
  readonly echoCancel?: boolean;
}

export class SoundDevices {
  readonly #backend: AudioBackend;
  readonly #channels: 1 | 2;
  readonly #onChange: () => void;
  readonly #chosen: { readonly [D in Direction]: { device: string } };
  readonly #onEcho: (on: boolean, detail: string) => void;
  #server: Promise<PulseServer> | undefined;
  #echoWanted: boolean;
  #canceller: EchoCanceller | undefined;
  #echoTurn: Promise<EchoDevices> = Promise.resolve({ source: '', sink: '' });
  #echoTold: string | undefined;
  #closed = false;

  constructor(options: SoundDevicesOptions) {
    this.#backend = options.backend;
    this.#channels = options.channels ?? 1;
    this.#onChange = options.onChange ?? (() => undefined);
    this.#onEcho = options.onEcho ?? (() => undefined);
    this.#echoWanted = options.echoCancel ?? false;
    this.#chosen = {
      input: { device: options.inputDevice ?? '' },
      output: { device: options.outputDevice ?? '' },
    };
  }

  /** Chooses other devices, or another way of the echo; says what has to be opened anew for it. */
  configure({ inputDevice, outputDevice, echoCancel }: DevicesChange): { input: boolean; output: boolean } {
    const echo = echoCancel !== undefined && echoCancel !== this.#echoWanted;
    if (echo) {
      this.#echoWanted = echoCancel;
      this.#echoTold = undefined;
    }
    const input = this.#choose('input', inputDevice);
    const output = this.#choose('output', outputDevice);
    // With the canceller between them a change of one is a change of both.
    const both = echo || (this.#echoWanted && (input || output));
    return { input: input || both, output: output || both };
  }

  #choose(direction: Direction, device: string | undefined): boolean {
    const chosen = this.#chosen[direction];
    if (device === undefined || chosen.device === device) return false;
    chosen.device = device;
    return true;
  }

  /** Opens the chosen microphone. Rejects with 'audio.unavailable': what is missing for each way that was tried. */
  openInput(): Promise<Input> {
    const { device } = this.#chosen.input;
    return firstThatWorks(this.#backend, device, {
      pulse: async () => {
        const server = await this.#connected();
        const { open, label } = await this.#chosenOf(server, 'input');
        return openPulseInput(server, open, label, this.#channels);
      },
      miniaudio: () => this.#withEcho(openMiniaudioInput(this.#channels)),
      process: () => this.#withEcho(openProcessInput(device, this.#channels)),
      packages: () => this.#withEcho(openPackageInput(device, this.#channels)),
    });
  }

  /** Opens the chosen speaker. Rejects as openInput does. */
  openOutput(): Promise<Output> {
    const { device } = this.#chosen.output;
    return firstThatWorks(this.#backend, device, {
      pulse: async () => {
        const server = await this.#connected();
        const { open, label } = await this.#chosenOf(server, 'output');
        return openPulseOutput(server, open, label, this.#channels);
      },
      miniaudio: () => openMiniaudioOutput(this.#channels),
      process: () => openProcessOutput(device, this.#channels),
      packages: () => openPackageOutput(device, this.#channels),
    });
  }

  /** The chosen device, or what stands for it without the echo. */
  async #chosenOf(server: PulseServer, direction: Direction): Promise<ChosenDevice> {
    const chosen = await server.choose(direction, this.#chosen[direction].device);
    if (!this.#echoWanted) {
      await this.#canceller?.close();
      return chosen;
    }
    // One after the other: both directions need the same canceller.
    this.#echoTurn = this.#echoTurn.catch(() => undefined).then(() => this.#withoutEcho(server));
    try {
      const devices = await this.#echoTurn;
      this.#tellEcho(true, '');
      const open = direction === 'input' ? devices.source : devices.sink;
      return { ...chosen, label: `${chosen.label}, without echo`, open };
    } catch (error) {
      this.#tellEcho(false, sentenceOf(error));
      return chosen;
    }
  }

  /** A microphone that no sound server stands behind. */
  async #withEcho(input: Promise<Input>): Promise<Input> {
    const opened = await input;
    if (this.#echoWanted)
      this.#tellEcho(false, `echo cancellation takes PulseAudio or PipeWire: ${USE_HEADPHONES}`);
    return opened;
  }

  async #withoutEcho(server: PulseServer): Promise<EchoDevices> {
    if (this.#canceller?.server !== server) this.#canceller = new EchoCanceller(server);
    const [source, sink] = await Promise.all([
      server.choose('input', this.#chosen.input.device),
      server.choose('output', this.#chosen.output.device),
    ]);
    return this.#canceller.between({ source: source.id, sink: sink.id });
  }

  /** Once each time that it changes. */
  #tellEcho(on: boolean, detail: string): void {
    const told = `${on} ${detail}`;
    if (told === this.#echoTold) return;
    this.#echoTold = told;
    this.#onEcho(on, detail);
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
    await this.#echoTurn.catch(() => undefined);
    await this.#canceller?.close();
    const server = await this.#server?.catch(() => undefined);
    await server?.close();
  }

  /** The connection to the sound server, a new one if the last is gone. Whoever asks meanwhile gets the same. */
  #connected(): Promise<PulseServer> {
    const before = this.#server;
    this.#server = this.#connect(before);
    return this.#server;
  }

  async #connect(before: Promise<PulseServer> | undefined): Promise<PulseServer> {
    const last = await before?.catch(() => undefined);
    if (last?.open) return last;
    if (this.#closed) throw new VoiptermError('audio.unavailable', NO_SERVER);
    return PulseServer.connect(this.#onChange, this.#onChange);
  }
}

/** The list for people: what a sink plays is no microphone. */
async function listOf(server: PulseServer, direction: Direction): Promise<AudioDevices['inputs']> {
  const devices = await server.devices(direction);
  const shown = devices.filter(({ monitor }) => !monitor);
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
      const reason = sentenceOf(error);
      if (way === 'pulse' && isFinal(reason, device)) throw error;
      // Nobody needs the last way who was told what the others lack.
      if (way !== 'packages' || reasons.size === 0) reasons.add(reason);
    }
  }
  // That there is no server is said in other words by the other ways.
  if (reasons.size > 1) reasons.delete(NO_SERVER);
  throw new VoiptermError('audio.unavailable', [...reasons].join('; or: '));
}

/** A device that was chosen is not replaced by what another way finds, and where the server has none, there is none. */
function isFinal(reason: string, device: string): boolean {
  return reason === NO_MICROPHONE || reason === NO_SPEAKER || (device !== '' && reason !== NO_SERVER);
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
