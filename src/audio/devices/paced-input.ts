/** Inputs that the wall clock paces: a file, a test tone, and silence, which never says anything. */
import { SAMPLE_RATE } from '../../net/protocol/rtp.ts';
import { FRAME_NS, FRAME_SAMPLES } from '../frame.ts';
import type { Input, InputSink } from './device.ts';
import { Pacer } from './pacer.ts';

/** The next 960 samples, and whether they are the last. */
export type NextFrame = () => { readonly samples: Int16Array; readonly final: boolean };

/** Concert pitch, Hz, at a quarter of full scale. */
const TONE_HZ = 440;
const TONE_AMPLITUDE = 8192;

/** What was not said for longer than any stall is not said later, in a burst: the machine slept. */
const LONGEST_STALL_NS = 3_000_000_000n;

/** Gives a frame every 20 ms while it is active; goes on where it stopped. */
export class PacedInput implements Input {
  readonly name: string;
  #next: NextFrame;
  #sink: InputSink | undefined;
  #pacer: Pacer | undefined;
  #ended = false;

  constructor(name: string, next: NextFrame) {
    this.name = name;
    this.#next = next;
  }

  start(sink: InputSink): void {
    this.#sink = sink;
  }

  setActive(on: boolean): void {
    if (!on || this.#ended) {
      this.#pacer?.stop();
      this.#pacer = undefined;
    } else {
      // The first frame is complete when its last sample has been spoken.
      const firstNs = process.hrtime.bigint() + FRAME_NS;
      this.#pacer ??= new Pacer(firstNs, (tickNs) => this.#tick(tickNs), LONGEST_STALL_NS);
    }
  }

  close(): Promise<void> {
    this.setActive(false);
    return Promise.resolve();
  }

  #tick(tickNs: bigint): void {
    const { samples, final } = this.#next();
    this.#ended = final;
    if (final) this.setActive(false);
    this.#sink?.frame(samples, tickNs, final);
  }
}

/** Speaks 48 kHz samples once; the last frame is filled up with silence. */
export function fileInput(path: string, samples: Int16Array): PacedInput {
  let at = 0;
  return new PacedInput(path, () => {
    const frame = new Int16Array(FRAME_SAMPLES);
    frame.set(samples.subarray(at, at + FRAME_SAMPLES));
    at += FRAME_SAMPLES;
    return { samples: frame, final: at >= samples.length };
  });
}

/** A 440 Hz tone without end. */
export function toneInput(): PacedInput {
  let at = 0;
  return new PacedInput('tone', () => {
    const samples = new Int16Array(FRAME_SAMPLES);
    for (let i = 0; i < FRAME_SAMPLES; i++)
      samples[i] = Math.round(TONE_AMPLITUDE * Math.sin((2 * Math.PI * TONE_HZ * (at + i)) / SAMPLE_RATE));
    at = (at + FRAME_SAMPLES) % SAMPLE_RATE; // a whole number of periods
    return { samples, final: false };
  });
}

/** An input that never talks. */
export function silentInput(): Input {
  return {
    name: 'silence',
    start: () => undefined,
    setActive: () => undefined,
    close: () => Promise.resolve(),
  };
}
