/**
 * Microphone through the package mic, which runs a recording program, and speaker through the package speaker. Slower than
 * all other ways: mic lets nobody choose arecord's buffers, and speaker's takes half a second.
 */
import { Writable } from 'node:stream';
import { VoiptermError } from '../../errors.ts';
import { SAMPLE_RATE } from '../../net/protocol/rtp.ts';
import { TICK_NS } from '../frame.ts';
import { WAV_HEADER_BYTES } from '../wav-write.ts';
import type { Input, InputSink, Output, OutputSource } from './device.ts';
import { type CapturedTick, Framer } from './framer.ts';
import { loadPackage } from './optional-package.ts';
import { Pacer } from './pacer.ts';
import { recorder } from './programs.ts';
import { Smoother } from './smoother.ts';
import { requireProgram, requireSoundSystem } from './sound-system.ts';
import { Watchdog } from './watchdog.ts';

/** Ticks that the speaker package may have taken and not written, 100 ms: beyond it they are dropped. */
const MAX_UNWRITTEN = 10;

/** Opens a microphone, "" the standard one. Rejects with 'audio.unavailable' and what to install. */
export async function openPackageInput(device: string, channels: number): Promise<Input> {
  const mic = await loadPackage('mic');
  // mic has no 'error' listener on its program: one that is missing would end the thread.
  const { program, advice } = recorder(process.platform, device, channels);
  await requireProgram(program, advice);
  await requireSoundSystem('input');
  const recording = mic({
    rate: String(SAMPLE_RATE),
    channels: String(channels),
    bitwidth: '16',
    encoding: 'signed-integer',
    device: device || 'default',
    fileType: 'raw',
  });
  const input = new PackageInput(program, recording, channels);
  await input.begin();
  return input;
}

/** Opens a speaker, "" the standard one. Rejects with 'audio.unavailable' and what to install. */
export async function openPackageOutput(device: string, channels: number): Promise<Output> {
  const Speaker = await loadPackage('speaker');
  await requireSoundSystem('output');
  try {
    return new PackageOutput(
      new Speaker({ channels, bitDepth: 16, sampleRate: SAMPLE_RATE, ...(device && { device }) }),
    );
  } catch (error) {
    throw new VoiptermError('audio.unavailable', 'the sound system has no speaker: connect one', {
      cause: error,
    });
  }
}

interface Recorder {
  start(): void;
  stop(): void;
  getAudioStream(): NodeJS.ReadableStream;
}

class PackageInput implements Input {
  readonly name: string;
  #recorder: Recorder;
  #framer: Framer;
  #smoother = new Smoother<CapturedTick>(({ samples, captureNs }) =>
    this.#sink?.frame(samples, captureNs, false),
  );
  #watchdog: Watchdog | undefined;
  #sink: InputSink | undefined;
  #first = true;
  #closed = false;

  constructor(program: string, recorder: Recorder, channels: number) {
    this.name = `mic (${program})`;
    this.#recorder = recorder;
    this.#framer = new Framer(channels);
  }

  /** Runs the program. Rejects if it ends, or records nothing, instead of recording. */
  begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      const stopped = (): void => {
        const detail = `${this.name} does not record: check the microphone and the sound server`;
        if (this.#closed) return;
        this.#sink?.lost(detail);
        reject(new VoiptermError('audio.unavailable', detail));
        void this.close();
      };
      const stream = this.#recorder.getAudioStream();
      stream.on('data', (chunk: Buffer) => {
        resolve();
        this.#take(chunk);
      });
      stream.on('error', stopped);
      stream.on('audioProcessExitComplete', stopped);
      this.#watchdog = new Watchdog(stopped);
      this.#recorder.start();
    });
  }

  start(sink: InputSink): void {
    this.#sink = sink;
  }

  setActive(): void {
    // The recorder keeps running: starting it takes longer than the first word.
  }

  close(): Promise<void> {
    this.#watchdog?.stop();
    this.#smoother.stop();
    if (!this.#closed) this.#recorder.stop();
    this.#closed = true;
    return Promise.resolve();
  }

  #take(chunk: Buffer): void {
    if (this.#closed) return;
    const nowNs = process.hrtime.bigint();
    this.#watchdog?.feed();
    // arecord begins with a WAV header.
    const header = this.#first && chunk.subarray(0, 4).toString('latin1') === 'RIFF';
    this.#first = false;
    const sound = header ? chunk.subarray(WAV_HEADER_BYTES) : chunk;
    this.#smoother.push(this.#framer.push(sound, nowNs));
  }
}

class PackageOutput implements Output {
  readonly name = 'speaker';
  #stream: NodeJS.WritableStream & { close(flush: boolean): void };
  #watchdog: Watchdog | undefined;
  #pacer: Pacer | undefined;
  #unwritten = 0;
  #closed = false;

  constructor(stream: NodeJS.WritableStream & { close(flush: boolean): void }) {
    this.#stream = stream;
  }

  start(source: OutputSource): bigint {
    const lost = (): void => {
      if (!this.#closed) source.lost('the speaker stopped: check its cable and the sound server');
    };
    this.#stream.on('error', lost);
    this.#watchdog = new Watchdog(lost);
    const tick = (tickNs: bigint): void => this.#write(source.pull(tickNs, tickNs));
    this.#pacer = new Pacer(process.hrtime.bigint(), tick, { periodNs: TICK_NS });
    return this.#pacer.startNs;
  }

  close(): Promise<void> {
    this.#watchdog?.stop();
    this.#pacer?.stop();
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    this.#stream.on('error', () => undefined); // a write that is under way may still fail
    // Not close(): it would wait for the device in this thread.
    if (this.#stream instanceof Writable) this.#stream.destroy();
    this.#stream.close(false);
    return Promise.resolve();
  }

  /**
   * The wall clock paces the writes: the package takes as much as its buffer of half a second holds, and would then
   * play all of it half a second late. A device whose clock is slower gets a tick less now and then.
   */
  #write(frame: Int16Array): void {
    if (this.#unwritten >= MAX_UNWRITTEN) return;
    this.#unwritten++;
    this.#stream.write(Buffer.from(frame.slice().buffer), (error?: Error | null) => {
      this.#unwritten--;
      if (!error && !this.#closed) this.#watchdog?.feed();
    });
  }
}
