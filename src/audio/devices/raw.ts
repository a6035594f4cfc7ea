/** Raw 16-bit samples, little endian, on a pipe: as an input that is spoken in real time, and as an output. */
import type { Readable, Writable } from 'node:stream';
import { SAMPLE_RATE } from '../../net/protocol/rtp.ts';
import { TICK_NS } from '../frame.ts';
import { StreamResampler, withChannels } from '../stream-resampler.ts';
import type { Input, InputSink, Output, OutputSource } from './device.ts';
import { type CapturedTick, Framer } from './framer.ts';
import { Pacer } from './pacer.ts';
import { Smoother } from './smoother.ts';

export interface RawFormat {
  /** Hz. */
  readonly rate: number;
  /** 1 or 2. */
  readonly channels: number;
}

/**
 * Ticks that may wait to be spoken before the pipe is left to fill: a program that writes faster than one speaks has to
 * wait, and one that writes in real time in lumps of up to 100 ms has none of it lost.
 */
const MAX_WAITING = 10;
/** Samples that whoever reads us may leave unread, ms; beyond that they are dropped. */
const MAX_UNREAD_MS = 500;

/** Speaks what comes through a pipe, as it comes but not faster than in real time, to its end. */
export class RawInput implements Input {
  readonly name = 'standard input';
  readonly #stream: Readable;
  readonly #format: RawFormat;
  readonly #channels: number;
  readonly #resampler: StreamResampler;
  readonly #framer: Framer;
  readonly #smoother: Smoother<{ tick: CapturedTick; final: boolean }>;
  #sink: InputSink | undefined;
  /** Bytes of a sample that is not complete. */
  #rest: Uint8Array = new Uint8Array(0);
  #ended = false;

  /** @param channels 1 or 2, of the ticks that are spoken. */
  constructor(stream: Readable, format: RawFormat, channels: number) {
    this.#stream = stream;
    this.#format = format;
    this.#channels = channels;
    this.#resampler = new StreamResampler(format.rate, SAMPLE_RATE, channels);
    this.#framer = new Framer(channels);
    this.#smoother = new Smoother(
      ({ tick, final }) => this.#speak(tick, final),
      // What is read at once is not dropped: it is at most what a pipe holds.
      Number.POSITIVE_INFINITY,
    );
  }

  start(sink: InputSink): void {
    this.#sink = sink;
    this.#stream.pause();
    this.#stream.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#stream.on('end', () => this.#end());
    // A program that was killed has said what it had to say.
    this.#stream.on('error', () => this.#end());
  }

  setActive(on: boolean): void {
    if (on && this.#smoother.waiting < MAX_WAITING) this.#stream.resume();
    if (!on) this.#stream.pause();
  }

  close(): Promise<void> {
    this.#ended = true;
    this.#smoother.stop();
    this.#stream.destroy();
    return Promise.resolve();
  }

  #take(chunk: Uint8Array): void {
    const bytes = new Uint8Array(this.#rest.length + chunk.length);
    bytes.set(this.#rest);
    bytes.set(chunk, this.#rest.length);
    const whole = bytes.length - (bytes.length % (2 * this.#format.channels));
    this.#rest = bytes.subarray(whole);
    const samples = withChannels(
      new Int16Array(bytes.buffer, 0, whole / 2),
      this.#format.channels,
      this.#channels,
    );
    this.#queue(this.#resampler.push(samples));
    if (this.#smoother.waiting >= MAX_WAITING) this.#stream.pause();
  }

  #queue(samples: Int16Array): void {
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    this.#smoother.push(this.#framer.push(bytes, 0n).map((tick) => ({ tick, final: false })));
  }

  /** The last tick is filled up with silence. */
  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const tick = this.#framer.flush();
    this.#smoother.push([{ tick, final: true }]);
  }

  #speak({ samples }: CapturedTick, final: boolean): void {
    if (this.#smoother.waiting < MAX_WAITING && !this.#ended) this.#stream.resume();
    this.#sink?.frame(samples, process.hrtime.bigint(), final);
  }
}

/** Writes what is heard to a pipe, on the wall clock, with as many channels as the pipe is to have. */
export class RawOutput implements Output {
  readonly name = 'standard output';
  readonly #stream: Writable;
  readonly #format: RawFormat;
  readonly #channels: number;
  /** The fewer of both: nothing is resampled twice. */
  readonly #narrow: number;
  readonly #resampler: StreamResampler;
  #pacer: Pacer | undefined;
  #gone = false;

  /** @param channels 1 or 2, of the ticks that are heard. */
  constructor(stream: Writable, format: RawFormat, channels: number) {
    this.#stream = stream;
    this.#format = format;
    this.#channels = channels;
    this.#narrow = Math.min(channels, format.channels);
    this.#resampler = new StreamResampler(SAMPLE_RATE, format.rate, this.#narrow);
  }

  start(source: OutputSource): bigint {
    this.#stream.on('error', () => {
      if (this.#gone) return;
      this.#gone = true;
      source.lost('nobody reads standard output any more');
    });
    const tick = (tickNs: bigint): void => this.#write(source.pull(tickNs, tickNs));
    this.#pacer = new Pacer(process.hrtime.bigint(), tick, { periodNs: TICK_NS });
    return this.#pacer.startNs;
  }

  close(): Promise<void> {
    this.#pacer?.stop();
    if (this.#gone) return Promise.resolve();
    this.#gone = true;
    return new Promise((resolve) => {
      // Whoever does not read must not hold us.
      const timer = setTimeout(resolve, MAX_UNREAD_MS);
      this.#stream.end(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #write(samples: Int16Array): void {
    const { rate, channels } = this.#format;
    const limit = ((rate * MAX_UNREAD_MS) / 1000) * channels * 2;
    const resampled = this.#resampler.push(withChannels(samples, this.#channels, this.#narrow));
    const written = withChannels(resampled, this.#narrow, channels);
    if (this.#gone || this.#stream.writableLength > limit) return;
    this.#stream.write(Buffer.from(written.buffer, written.byteOffset, written.byteLength));
  }
}
