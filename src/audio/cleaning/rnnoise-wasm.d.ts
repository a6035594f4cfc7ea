/** What @echogarden/rnnoise-wasm exports; it comes without types. Emscripten's module of RNNoise's C interface. */
declare module '@echogarden/rnnoise-wasm' {
  export interface RnnoiseModule {
    /** The module's memory; a new view when it grows. */
    readonly HEAPF32: Float32Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    /** @param model 0 for the one that is built in. */
    _rnnoise_create(model: number): number;
    _rnnoise_destroy(state: number): void;
    /** 480 samples; the two buffers may be the same. Returns the probability of speech. */
    _rnnoise_process_frame(state: number, output: number, input: number): number;
  }
  export default function rnnoise(): Promise<RnnoiseModule>;
}
