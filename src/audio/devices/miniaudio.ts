/**
 * Microphone and speaker through the packages @audio/mic and @audio/speaker, which wrap the C library miniaudio.
 *
 * Both fall back to silence when they find no device, the packages by a backend called 'null', the library inside
 * them without a word: both are detected and count as a device that is missing.
 */
import { VoiptermError } from '../../errors.ts';
import { SAMPLE_RATE } from '../../net/protocol/rtp.ts';
import { FRAME_MS } from '../frame.ts';
import type { Input, InputSink, Output, OutputSource } from './device.ts';
import { Framer } from './framer.ts';
import { loadPackage } from './optional-package.ts';
import { type Direction, requireSoundSystem, soundHandles } from './sound-system.ts';
import { Watchdog } from './watchdog.ts';

/**
 * Ring of the capture side, ms. What is there is handed over at once, so its size adds no delay; PulseAudio
 * delivers in lumps of 25 ms, and a ring of 20 ms loses a part of each.
 */
const MIC_RING_MS = 80;
/** Ring of the playback side, ms (rounded up to 1,024 samples): more is asked for when it is half empty. */
const SPEAKER_RING_MS = FRAME_MS;
/** Samples still in that ring when a frame is asked for, as a time, ns. */
const SPEAKER_BUFFERED_NS = BigInt(Math.round((512 / SAMPLE_RATE) * 1e9));
/** How long closing waits for the library's thread to let go, ms. */
const CLOSE_WAIT_MS = 500;

const FORMAT = { sampleRate: SAMPLE_RATE, bitDepth: 16, backend: 'miniaudio' } as const;

/** Opens the default microphone. Rejects with 'audio.unavailable' and what to do about it. */
export async function openMiniaudioInput(channels: number): Promise<Input> {
  const mic = await loadPackage('@audio/mic');
  const read = await openReal('input', () => mic({ ...FORMAT, channels, bufferSize: MIC_RING_MS }));
  return new MiniaudioInput(read, channels);
}

/** Opens the default speaker. Rejects with 'audio.unavailable' and what to do about it. */
export async function openMiniaudioOutput(channels: number): Promise<Output> {
  const speaker = await loadPackage('@audio/speaker');
  const write = await openReal('output', () => speaker({ ...FORMAT, channels, bufferSize: SPEAKER_RING_MS }));
  return new MiniaudioOutput(write);
}

/** Opens a device and makes sure that it is one. */
async function openReal<H extends { readonly backend: string; close(): void }>(
  direction: Direction,
  open: () => H,
): Promise<H> {
  await requireSoundSystem(direction);
  const before = soundHandles();
  let handle: H;
  try {
    handle = open();
  } catch (error) {
    throw noDevice(direction, error);
  }
  const silent = process.platform === 'linux' && [...soundHandles()].every((held) => before.has(held));
  if (!silent && handle.backend === FORMAT.backend) return handle;
  handle.close();
  throw noDevice(direction);
}

function noDevice(direction: Direction, cause?: unknown): VoiptermError {
  const what = direction === 'input' ? 'microphone' : 'speaker';
  return new VoiptermError(
    'audio.unavailable',
    `the sound system has no ${what}: connect one, or choose one in the system's sound settings`,
    { cause },
  );
}

type Read = Awaited<ReturnType<typeof loadPackage<'@audio/mic'>>> extends (o: never) => infer R ? R : never;
type Write =
  Awaited<ReturnType<typeof loadPackage<'@audio/speaker'>>> extends (o: never) => infer W ? W : never;

/** The library calls back from a thread that waits for the device; a handle is closed once that has let go. */
class Closing {
  #closed = false;
  #idle = Promise.resolve();
  #release: () => void = () => undefined;

  get closed(): boolean {
    return this.#closed;
  }

  /** A call into the library begins. */
  begin(): void {
    this.#idle = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  /** It called back. */
  end(): void {
    this.#release();
  }

  async close(handle: { close(): void }): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    handle.close();
    const timeout = new Promise<void>((resolve) => {
      setTimeout(resolve, CLOSE_WAIT_MS).unref();
    });
    await Promise.race([this.#idle, timeout]);
  }
}

class MiniaudioInput implements Input {
  readonly name = '@audio/mic (miniaudio)';
  #read: Read;
  #closing = new Closing();
  #framer: Framer;
  #watchdog: Watchdog | undefined;

  constructor(read: Read, channels: number) {
    this.#read = read;
    this.#framer = new Framer(channels);
  }

  start(sink: InputSink): void {
    this.#watchdog = new Watchdog(() =>
      sink.lost('the microphone stopped: check its cable and the sound server'),
    );
    this.#next(sink);
  }

  setActive(): void {
    // The microphone stays open: opening takes longer than the first word.
  }

  async close(): Promise<void> {
    this.#watchdog?.stop();
    await this.#closing.close(this.#read);
  }

  #next(sink: InputSink): void {
    this.#closing.begin();
    this.#read((_error, chunk) => {
      const nowNs = process.hrtime.bigint();
      this.#closing.end();
      if (this.#closing.closed) return;
      this.#next(sink);
      if (!chunk) return;
      this.#watchdog?.feed();
      for (const { samples, captureNs } of this.#framer.push(chunk, nowNs))
        sink.frame(samples, captureNs, false);
    });
  }
}

class MiniaudioOutput implements Output {
  readonly name = '@audio/speaker (miniaudio)';
  #write: Write;
  #closing = new Closing();
  #watchdog: Watchdog | undefined;

  constructor(write: Write) {
    this.#write = write;
  }

  start(source: OutputSource): bigint {
    this.#watchdog = new Watchdog(() =>
      source.lost('the speaker stopped: check its cable and the sound server'),
    );
    const startNs = process.hrtime.bigint();
    this.#next(source);
    return startNs;
  }

  async close(): Promise<void> {
    this.#watchdog?.stop();
    await this.#closing.close(this.#write);
  }

  /** Calls back when the device needs more: that is what paces the pulls. */
  #next(source: OutputSource): void {
    const nowNs = process.hrtime.bigint();
    const frame = source.pull(nowNs, nowNs + SPEAKER_BUFFERED_NS);
    this.#closing.begin();
    this.#write(Buffer.from(frame.slice().buffer), () => {
      this.#closing.end();
      if (this.#closing.closed) return;
      this.#watchdog?.feed();
      this.#next(source);
    });
  }
}
