/** What the pipeline knows of a sound device, or of what stands in for one. Types only. */

/** Where an input puts what it captured. */
export interface InputSink {
  /**
   * A tick of 10 ms at 48 kHz, channels interleaved, valid for as long as the callee likes. `captureNs`
   * (process.hrtime.bigint()) is when its last sample was spoken. After a `final` one none comes.
   */
  frame(samples: Int16Array, captureNs: bigint, final: boolean): void;
  /** The device is gone; nothing more comes. `detail` is a sentence for a person. */
  lost(detail: string): void;
}

/** A source of 10 ms ticks. */
export interface Input {
  /** For example "@audio/mic (miniaudio)". */
  readonly name: string;
  start(sink: InputSink): void;
  /** Whether anybody wants to talk. A file plays only then; a microphone stays open, so that talking starts at once. */
  setActive(on: boolean): void;
  /** Resolves when nothing of the device is in use any more. Never rejects. */
  close(): Promise<void>;
}

/** Where an output gets what it plays: it asks for a tick when it wants one. */
export interface OutputSource {
  /**
   * The next 480 samples of each channel that the output was opened with, interleaved, valid until the next call. `tickNs`
   * is the moment that they are asked for, `playoutNs` when the first of them will be heard, as well as the output can
   * tell.
   */
  pull(tickNs: bigint, playoutNs: bigint): Int16Array;
  /** Whether there is nothing to play until the output is told to hurry: some ticks may then be asked for at once. */
  quiet?(): boolean;
  /** The device is gone; nothing more is asked for. */
  lost(detail: string): void;
}

/** A drain of 10 ms ticks. */
export interface Output {
  readonly name: string;
  /** Begins to ask for ticks; returns the moment of sample 0 (process.hrtime.bigint()). */
  start(source: OutputSource): bigint;
  /** There is something to play again. An output that asks for every tick at its time has none of this. */
  hurry?(): void;
  /** Resolves when nothing of the device is in use any more. Rejects with 'audio.file' if a file is not complete. */
  close(): Promise<void>;
}
