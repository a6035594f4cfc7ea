/** The output of the pipeline, as the options name it: a file, nothing, or a speaker that may come and go. */
import type { Output } from './devices/device.ts';
import { DeviceKeeper } from './devices/keeper.ts';
import { PacedOutput } from './devices/paced-output.ts';
import { RawOutput } from './devices/raw.ts';
import { standardOutput } from './devices/standard-stream.ts';
import type { DeviceState } from './messages.ts';
import type { OutputSpec } from './options.ts';
import type { WavWriter } from './wav-write.ts';

export interface PlaybackOptions {
  readonly spec: OutputSpec;
  /** Channels of the ticks. A speaker is opened with as many, and the file was. */
  readonly channels: 1 | 2;
  /** Opens the speaker that is chosen at the time. */
  readonly openSpeaker: () => Promise<Output>;
  /** The file, if the output is one. */
  readonly file: WavWriter | undefined;
  /** See OutputSource. */
  readonly pull: (tickNs: bigint, playoutNs: bigint) => Int16Array;
  readonly quiet: () => boolean;
  readonly report: (state: DeviceState) => void;
}

export class Playback {
  #options: PlaybackOptions;
  #keeper: DeviceKeeper<Output> | undefined;
  /** What the wall clock paces: the file, or what plays to nobody while there is no speaker, so that all is counted. */
  #paced: Output | undefined;
  #startedAtNs: bigint | undefined;

  constructor(options: PlaybackOptions) {
    this.#options = options;
  }

  /** Sample 0 of the output (process.hrtime.bigint()); 0 before `open` has resolved. */
  get startedAtNs(): bigint {
    return this.#startedAtNs ?? 0n;
  }

  /** Resolves when frames are being asked for, by the device or by its stand-in. */
  async open(): Promise<void> {
    const { spec, channels, file, report } = this.#options;
    if (spec.kind === 'speaker') return this.#openSpeaker();
    const paced =
      spec.kind === 'raw' ? new RawOutput(standardOutput(), spec, channels) : new PacedOutput(file);
    this.#paced = paced;
    const tell = (state: DeviceState['state'], detail: string): void =>
      report({ state, name: paced.name, detail });
    tell(spec.kind === 'null' ? 'off' : 'ok', '');
    this.#attach(paced, (detail) => tell('lost', detail));
  }

  /** Another speaker was chosen. */
  async reopen(): Promise<void> {
    await this.#keeper?.reopen();
  }

  /** There is something to play again. */
  wake(): void {
    this.#paced?.hurry?.();
  }

  /** A device came or went. */
  hurry(): void {
    this.#keeper?.hurry();
  }

  /** Rejects with 'audio.file' if the file is not complete. */
  async close(): Promise<void> {
    await this.#keeper?.close();
    await this.#paced?.close();
  }

  async #openSpeaker(): Promise<void> {
    this.#keeper = new DeviceKeeper<Output>({
      name: 'speaker',
      open: this.#options.openSpeaker,
      use: (device, lost) => {
        void this.#paced?.close();
        this.#paced = undefined;
        this.#attach(device, lost);
      },
      without: () => {
        if (this.#paced) return;
        this.#paced = new PacedOutput();
        this.#attach(this.#paced, () => undefined);
      },
      report: this.#options.report,
    });
    await this.#keeper.open();
  }

  #attach(output: Output, lost: (detail: string) => void): void {
    const { pull, quiet } = this.#options;
    const startedAtNs = output.start({ pull, quiet, lost });
    this.#startedAtNs ??= startedAtNs;
  }
}
