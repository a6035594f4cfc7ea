/** Inputs that the wall clock paces: a file, a test tone, and silence, which never says anything. */
import { SAMPLE_RATE } from '../../net/protocol/rtp.ts';
import { TICK_NS, TICK_SAMPLES } from '../frame.ts';
import type { Input, InputSink } from './device.ts';
import { Pacer } from './pacer.ts';

/** The next 480 samples (of each channel), and whether they are the last. */
export type NextTick = () => { readonly samples: Int16Array; readonly final: boolean };

/** Concert pitch, Hz, at a quarter of full scale. */
const TONE_HZ = 440;
const TONE_AMPLITUDE = 8192;

/** What was not said for longer than any stall is not said later, in a burst: the machine slept. */
const LONGEST_STALL_NS = 3_000_000_000n;

const ONE_TICK = (): number => 1;

/** Gives a tick for every 10 ms while it is active, some at once if that is as good; goes on where it stopped. */
class PacedInput implements Input {
  readonly name: string;
  #next: NextTick;
  #atOnce: () => number;
  #sink: InputSink | undefined;
  #pacer: Pacer | undefined;
  #ended = false;

  constructor(name: string, next: NextTick, atOnce: () => number) {
    this.name = name;
    this.#next = next;
    this.#atOnce = atOnce;
  }

  start(sink: InputSink): void {
    this.#sink = sink;
  }

  setActive(on: boolean): void {
    if (!on || this.#ended) {
      this.#pacer?.stop();
      this.#pacer = undefined;
    } else {
      // The first tick is complete when its last sample has been spoken.
      const firstNs = process.hrtime.bigint() + TICK_NS;
      this.#pacer ??= new Pacer(firstNs, (tickNs) => this.#tick(tickNs), {
        longestStallNs: LONGEST_STALL_NS,
        periodNs: TICK_NS,
        atOnce: this.#atOnce,
      });
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

/** Speaks 48 kHz samples once, `channels` interleaved; the last tick is filled up with silence. */
export function fileInput(
  path: string,
  samples: Int16Array,
  channels = 1,
  atOnce: () => number = ONE_TICK,
): PacedInput {
  const size = TICK_SAMPLES * channels;
  let at = 0;
  const next = (): ReturnType<NextTick> => {
    const tick = new Int16Array(size);
    tick.set(samples.subarray(at, at + size));
    at += size;
    return { samples: tick, final: at >= samples.length };
  };
  return new PacedInput(path, next, atOnce);
}

/** A 440 Hz tone without end, the same in every channel. */
export function toneInput(channels = 1, atOnce: () => number = ONE_TICK): PacedInput {
  let at = 0;
  const next = (): ReturnType<NextTick> => {
    const samples = new Int16Array(TICK_SAMPLES * channels);
    for (let i = 0; i < TICK_SAMPLES; i++) {
      const value = Math.round(TONE_AMPLITUDE * Math.sin((2 * Math.PI * TONE_HZ * (at + i)) / SAMPLE_RATE));
      samples.fill(value, i * channels, (i + 1) * channels);
    }
    at = (at + TICK_SAMPLES) % SAMPLE_RATE; // a whole number of periods
    return { samples, final: false };
  };
  return new PacedInput('tone', next, atOnce);
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
