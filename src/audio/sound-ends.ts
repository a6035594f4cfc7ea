/** Both ends of a call's sound: what captures and what plays, the devices under them, and how these are changed. */
import { Capture } from './capture.ts';
import { SoundDevices } from './devices/open.ts';
import type { AudioDevices, AudioEvent } from './messages.ts';
import type { OpenedFiles } from './opened-files.ts';
import type { AudioChange, AudioOptions } from './options.ts';
import { Playback } from './playback.ts';

export interface SoundEndsParts {
  readonly options: AudioOptions;
  /** Channels of what is captured, and of what is played. */
  readonly channels: 1 | 2;
  readonly opened: OpenedFiles;
  readonly emit: (event: AudioEvent) => void;
  /** Takes what was captured, on the input's clock; `final` with the last of a file. */
  readonly onFrame: (samples: Int16Array, captureNs: bigint, final: boolean) => void;
  /** The input is gone. */
  readonly onGone: () => void;
  /** Asked for each tick of the output's clock. */
  readonly pull: (tickNs: bigint, playoutNs: bigint) => Int16Array;
  /** Whether nothing is to be played, or sent by the output's clock, until `wake`. */
  readonly quiet: () => boolean;
  /** After how many ticks what is captured is needed: when a frame is complete. */
  readonly frameTicks: () => number;
}

export class SoundEnds {
  readonly #devices: SoundDevices;
  readonly #capture: Capture;
  readonly #playback: Playback;
  readonly #emit: (event: AudioEvent) => void;

  constructor({ options, channels, opened, emit, onFrame, onGone, pull, quiet, frameTicks }: SoundEndsParts) {
    this.#emit = emit;
    this.#devices = new SoundDevices({
      ...options,
      channels,
      onChange: () => this.#devicesChanged(),
      onEcho: (on, detail) => emit({ event: 'echo', on, detail }),
    });
    this.#capture = new Capture({
      spec: options.input,
      channels,
      openMicrophone: () => this.#devices.openInput(),
      spoken: opened.spoken,
      frameTicks,
      onFrame,
      onGone,
      report: (device) => emit({ event: 'device', which: 'input', device }),
    });
    this.#playback = new Playback({
      spec: options.output,
      channels,
      openSpeaker: () => this.#devices.openOutput(),
      file: opened.wav,
      pull,
      quiet,
      report: (device) => emit({ event: 'device', which: 'output', device }),
    });
  }

  /** Sample 0 of the output (process.hrtime.bigint()). */
  get startedAtNs(): bigint {
    return this.#playback.startedAtNs;
  }

  /** Begins at both ends; a device that cannot be opened is reported as an event. */
  async open(): Promise<void> {
    await Promise.all([this.#playback.open(), this.#capture.open()]);
  }

  /** Takes other devices where the change names them. */
  configure(change: AudioChange): void {
    const { input, output } = this.#devices.configure(change);
    if (input) void this.#capture.reopen();
    if (output) void this.#playback.reopen();
  }

  /** There is something to play again. */
  wake(): void {
    this.#playback.wake();
  }

  /** Whether an input that can be stopped runs. */
  setCapturing(on: boolean): void {
    this.#capture.setActive(on);
  }

  /** The devices that can be chosen. */
  devices(): Promise<AudioDevices> {
    return this.#devices.list();
  }

  /** Closes devices and files; what fails is told, and the rest is closed all the same. */
  async close(failed: (error: unknown) => void): Promise<void> {
    for (const part of [this.#capture, this.#playback, this.#devices]) await part.close().catch(failed);
  }

  /** Whoever waits for a device need not wait for the next try. */
  #devicesChanged(): void {
    this.#capture.hurry();
    this.#playback.hurry();
    this.#emit({ event: 'devices-changed' });
  }
}
