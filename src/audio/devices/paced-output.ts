/**
 * Outputs that the wall clock paces: nothing, or a WAV file.
 *
 * They behave as a device with one period of 10 ms would: sound asked for at tick T is heard from T + 10 ms on.
 * So a file begins with 10 ms of silence, and its sample n is what was heard at startedAt + n / 48,000 s.
 */
import { TICK_NS, TICK_SAMPLES } from '../frame.ts';
import type { WavWriter } from '../wav-write.ts';
import type { Output, OutputSource } from './device.ts';
import { Pacer } from './pacer.ts';

/** Ticks asked for at once while nobody is heard: what is asked for then is silence, whenever that is. */
const QUIET_TICKS = 16;

export class PacedOutput implements Output {
  readonly name: string;
  #file: WavWriter | undefined;
  #pacer: Pacer | undefined;
  #failed = false;

  /** Without a file the samples are dropped. */
  constructor(file?: WavWriter) {
    this.name = file?.path ?? 'null';
    this.#file = file;
  }

  start(source: OutputSource): bigint {
    const startNs = process.hrtime.bigint();
    this.#file?.write(new Int16Array(TICK_SAMPLES * this.#file.channels));
    const tick = (tickNs: bigint): void => {
      const samples = source.pull(tickNs, tickNs + TICK_NS);
      this.#file?.write(samples);
      this.#checkFile(source);
    };
    const atOnce = (): number => (source.quiet?.() ? QUIET_TICKS : 1);
    this.#pacer = new Pacer(startNs, tick, { periodNs: TICK_NS, atOnce });
    return startNs;
  }

  hurry(): void {
    this.#pacer?.hurry();
  }

  async close(): Promise<void> {
    this.#pacer?.stop();
    await this.#file?.close();
  }

  /** Says once that the file failed, and goes on asking: what others say is counted all the same. */
  #checkFile(source: OutputSource): void {
    const failure = this.#file?.failure;
    if (!failure || this.#failed) return;
    this.#failed = true;
    source.lost(failure.message);
  }
}
