/** What of opusscript's compiled module we use: libopus 1.4 in WebAssembly. The package's own types leave it out. */
declare module 'opusscript/build/opusscript_native_wasm.js' {
  /** One encoder and one decoder. Pointers are byte addresses in the heap. */
  export interface OpusHandler {
    /** `pcm` holds the samples' bytes, each in a 16-bit unit; returns the packet's length or a negative error. */
    _encode(pcm: number, bytes: number, packet: number, samples: number): number;
    /** Returns samples per channel, or a negative error; each byte of them is a 16-bit unit at `pcm`. */
    _decode(packet: number, bytes: number, pcm: number): number;
    _encoder_ctl(request: number, value: number): number;
    _decoder_ctl(request: number, value: number): number;
  }

  export interface OpusModule {
    /** Replaced whenever the heap grows. */
    readonly HEAPU8: Uint8Array;
    readonly HEAPU16: Uint16Array;
    readonly OpusScriptHandler: {
      new (sampleRate: number, channels: number, application: number): OpusHandler;
      destroy_handler(handler: OpusHandler): void;
    };
    _malloc(bytes: number): number;
    _free(pointer: number): void;
  }

  /** Compiles and instantiates the module, synchronously. */
  export default function load(): OpusModule;
}
