/**
 * Noise suppression by RNNoise (a small recurrent network over 22 bands, J.-M. Valin 2018) in WebAssembly. It delays
 * what it cleans by one tick, and says for each how probable speech is.
 */
import rnnoise, { type RnnoiseModule } from '@echogarden/rnnoise-wasm';
import { TICK_SAMPLES } from '../frame.ts';

let loading: Promise<RnnoiseModule> | undefined;

/** Loads the module; a few milliseconds, once a thread. */
export function loadRnnoise(): Promise<RnnoiseModule> {
  loading ??= rnnoise();
  return loading;
}

/** The state of one channel. It holds memory outside the garbage collector: close it. */
export class NoiseSuppressor {
  readonly #module: RnnoiseModule;
  readonly #state: number;
  readonly #buffer: number;

  constructor(module: RnnoiseModule) {
    this.#module = module;
    this.#state = module._rnnoise_create(0);
    this.#buffer = module._malloc(TICK_SAMPLES * Float32Array.BYTES_PER_ELEMENT);
  }

  /** Cleans 480 samples on the scale of 16-bit integers, in place; returns the probability of speech, 0..1. */
  process(samples: Float32Array): number {
    const at = this.#buffer / Float32Array.BYTES_PER_ELEMENT;
    this.#module.HEAPF32.set(samples, at);
    const speech = this.#module._rnnoise_process_frame(this.#state, this.#buffer, this.#buffer);
    samples.set(this.#module.HEAPF32.subarray(at, at + TICK_SAMPLES));
    return speech;
  }

  close(): void {
    this.#module._rnnoise_destroy(this.#state);
    this.#module._free(this.#buffer);
  }
}
