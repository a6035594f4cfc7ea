/** The input of the pipeline, as the options name it: a file, a tone, silence, or a microphone that may come and go. */
import type { Input } from './devices/device.ts';
import { DeviceKeeper } from './devices/keeper.ts';
import { fileInput, silentInput, toneInput } from './devices/paced-input.ts';
import { RawInput } from './devices/raw.ts';
import { standardInput } from './devices/standard-stream.ts';
import type { DeviceState } from './messages.ts';
import type { InputSpec } from './options.ts';

export interface CaptureOptions {
  readonly spec: InputSpec;
  /** Channels of the ticks. A microphone is opened with as many. */
  readonly channels: 1 | 2;
  /** Opens the microphone that is chosen at the time. */
  readonly openMicrophone: () => Promise<Input>;
  /** The file's samples, if the input is a file. */
  readonly spoken: Int16Array | undefined;
  /** Ticks that may be captured at once: what is made of them is not complete before. At least 1. */
  readonly frameTicks: () => number;
  readonly onFrame: (samples: Int16Array, captureNs: bigint, final: boolean) => void;
  /** The microphone is gone or was not there. */
  readonly onGone: () => void;
  readonly report: (state: DeviceState) => void;
}

export class Capture {
  #options: CaptureOptions;
  #input: Input | undefined;
  #keeper: DeviceKeeper<Input> | undefined;
  #active = false;

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  /** Resolves when the input is there, or is known to be missing. Rejects with 'audio.file' for a standard input that is none. */
  async open(): Promise<void> {
    const { spec, report } = this.#options;
    if (spec.kind === 'mic') return this.#openMicrophone();
    const input = fixedInput(spec, this.#options);
    report({ state: spec.kind === 'silence' ? 'off' : 'ok', name: input.name, detail: '' });
    this.#attach(input, () => undefined);
  }

  /** Whether anybody wants to talk. */
  setActive(on: boolean): void {
    this.#active = on;
    this.#input?.setActive(on);
  }

  /** Another microphone was chosen. */
  async reopen(): Promise<void> {
    await this.#keeper?.reopen();
  }

  /** A device came or went. */
  hurry(): void {
    this.#keeper?.hurry();
  }

  async close(): Promise<void> {
    if (this.#keeper) await this.#keeper.close();
    else await this.#input?.close();
  }

  async #openMicrophone(): Promise<void> {
    this.#keeper = new DeviceKeeper<Input>({
      name: 'microphone',
      open: this.#options.openMicrophone,
      use: (device, lost) => this.#attach(device, lost),
      without: () => {
        this.#input = undefined;
        this.#options.onGone();
      },
      report: this.#options.report,
    });
    await this.#keeper.open();
  }

  #attach(input: Input, lost: (detail: string) => void): void {
    this.#input = input;
    input.start({ frame: this.#options.onFrame, lost });
    input.setActive(this.#active);
  }
}

function fixedInput(
  spec: Exclude<InputSpec, { kind: 'mic' }>,
  { spoken, channels, frameTicks }: CaptureOptions,
): Input {
  if (spec.kind === 'tone') return toneInput(channels, frameTicks);
  if (spec.kind === 'raw') return new RawInput(standardInput(), spec, channels);
  if (spec.kind === 'silence' || !spoken) return silentInput();
  return fileInput(spec.path, spoken, channels, frameTicks);
}
