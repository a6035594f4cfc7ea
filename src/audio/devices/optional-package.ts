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
  }) => NodeJS.WritableStream & { close(flush: boolean): void }
>((value) => typeof value === 'function');

const SHAPES = { '@audio/mic': audioMic, '@audio/speaker': audioSpeaker, mic, speaker } as const;

type Shapes = { [P in keyof typeof SHAPES]: z.infer<(typeof SHAPES)[P]> };

/** What to do about a package that cannot be loaded. */
const REMEDIES: { readonly [P in keyof Shapes]: string } = {
  '@audio/mic': 'run "npm install" again, or set audio.backend to "process"',
  '@audio/speaker': 'run "npm install" again, or set audio.backend to "process"',
  mic: 'run "npm install" again, or set audio.backend to "miniaudio"',
  speaker:
    'install the ALSA headers (Debian: apt install libasound2-dev) and run "npm rebuild speaker", or set audio.backend to "miniaudio"',
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
