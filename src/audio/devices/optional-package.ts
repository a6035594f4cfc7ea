/** Loads the sound packages, each of which may be missing: npm drops an optional one that does not build. */
import { z } from 'zod';
import { VoiptermError } from '../../errors.ts';

/** `@audio/mic`: opens a device; the function that it returns reads. */
const audioMic = z.custom<
  (options: DeviceOptions) => {
    (callback: (error: Error | null, chunk: Buffer | null) => void): void;
    close(): void;
    readonly backend: string;
  }
>((value) => typeof value === 'function');

/** `@audio/speaker`: opens a device; the function that it returns writes, and calls back when it wants more. */
const audioSpeaker = z.custom<
  (options: DeviceOptions) => {
    (chunk: Buffer, callback: (error: Error | null) => void): void;
    close(): void;
    readonly backend: string;
  }
>((value) => typeof value === 'function');

interface DeviceOptions {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitDepth: number;
  readonly bufferSize: number;
  readonly backend: string;
}

/** `mic`: runs arecord, rec or sox. */
const mic = z.custom<
  (options: Readonly<Record<string, string>>) => {
    start(): void;
    stop(): void;
    getAudioStream(): NodeJS.ReadableStream;
  }
>((value) => typeof value === 'function');

/** `speaker`: a Writable. */
const speaker = z.custom<
  new (options: {
    readonly channels: number;
    readonly bitDepth: number;
    readonly sampleRate: number;
    readonly device?: string;
  }) => NodeJS.WritableStream & { close(flush: boolean): void }
>((value) => typeof value === 'function');

/** A stream of the sound server; see pulse-server.ts for how ours differ from what the package documents. */
interface PulseStream extends NodeJS.EventEmitter {
  destroy(): void;
}

/** Captured sound. */
export interface PulseRecordStream extends PulseStream {
  /** Takes in every packet of sound, a hundred and more a second; the package's own queue it, for 'data' events. */
  _onData(packet: { readonly body: readonly Buffer[] }): void;
  /** Bytes that may still be captured, or null for no limit. */
  left: number | null;
}

/** Sound to be played. */
export interface PulsePlaybackStream extends PulseStream {
  readonly buffer: { readonly targetLength: number };
  /** Bytes that the server waits for. */
  readonly requestedBytes: number;
  /** Bytes that may still be played, or null for no limit. */
  left: number | null;
  write(chunk: Buffer): boolean;
  /** Takes in every event of the server's, requests for more sound included. */
  _onEvent(event: unknown): void;
}

/** `pulseaudio.js`: the native protocol of PulseAudio, which PipeWire speaks too. */
export interface PulseClient extends NodeJS.EventEmitter {
  connect(properties: object): Promise<void>;
  disconnect(): Promise<unknown>;
  readonly sock?: { destroy(): void };
  getServerInfo(): Promise<{ readonly defaultSink: string; readonly defaultSource: string }>;
  getAllSinks(): Promise<unknown>;
  getAllSources(): Promise<unknown>;
  loadModule(name: string, settings: object): Promise<number>;
  unloadModule(index: number): Promise<void>;
  createRecordStream(options: object): Promise<PulseRecordStream>;
  createPlaybackStream(options: object): Promise<PulsePlaybackStream>;
}

const pulse = z.object({
  PulseAudio: z.custom<new (properties: object, cookie: Buffer, socket: string) => PulseClient>(
    (value) => typeof value === 'function',
  ),
});

const SHAPES = {
  '@audio/mic': audioMic,
  '@audio/speaker': audioSpeaker,
  mic,
  speaker,
  'pulseaudio.js': pulse,
} as const;

type Shapes = { [P in keyof typeof SHAPES]: z.infer<(typeof SHAPES)[P]> };

/** What to do about a package that cannot be loaded. */
const REMEDIES: { readonly [P in keyof Shapes]: string } = {
  '@audio/mic': 'run "npm install" again, or set audio.backend to "process"',
  '@audio/speaker': 'run "npm install" again, or set audio.backend to "process"',
  'pulseaudio.js': 'run "npm install" again, or set audio.backend to "miniaudio"',
  mic: 'run "npm install" again, or set audio.backend to "process"',
  speaker:
    'install the ALSA headers (Debian: apt install libasound2-dev) and run "npm rebuild speaker", or set audio.backend to "process"',
};

/** The default export of a package. Rejects with 'audio.unavailable' and what to install. */
export async function loadPackage<P extends keyof Shapes>(name: P): Promise<Shapes[P]> {
  try {
    // A name that the compiler does not see: types of a package that is missing would stop the build.
    const module: { default?: unknown } = await import(name as string);
    return SHAPES[name].parse(module.default) as Shapes[P];
  } catch (error) {
    throw new VoiptermError(
      'audio.unavailable',
      `the package ${name} is not installed for this machine: ${REMEDIES[name]}`,
      { cause: error },
    );
  }
}
