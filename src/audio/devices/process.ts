/**
 * Microphone and speaker through programs that record and play: arecord and aplay, or SoX. Slower than the other ways, but
 * it takes nothing that has to be built, and works where they do not.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { VoiptermError } from '../../errors.ts';
import { TICK_NS } from '../frame.ts';
import type { Input, InputSink, Output, OutputSource } from './device.ts';
import { type CapturedTick, Framer } from './framer.ts';
import { Pacer } from './pacer.ts';
import { player, recorder, type SoundProgram } from './programs.ts';
import { Smoother } from './smoother.ts';
import { requireProgram, requireSoundSystem } from './sound-system.ts';
import { Watchdog } from './watchdog.ts';

/**
 * A player is given a tick every 10.001 ms of the wall clock. What it buffers can only run out, with a short gap every few
 * minutes if its clock is as good as ours, and never grow: how much waits in its pipe, nobody can ask.
 */
const PLAY_PERIOD_NS = TICK_NS + TICK_NS / 10_000n;
/** After a longer stall the player is not given all at once what it should have played meanwhile, ns. */
const LONGEST_STALL_NS = 100_000_000n;
/** A program that is asked to end does so within this, ms. */
const END_WAIT_MS = 500;
/** A player that cannot play ends at once, ms. */
const STARTING_MS = 150;
/** Bytes a channel not taken by a player that is stuck: beyond a quarter of a second they are dropped. */
const MAX_UNWRITTEN = 24_000;

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** Opens a microphone, "" the standard one. Rejects with 'audio.unavailable' and what to install. */
export async function openProcessInput(device: string, channels: number): Promise<Input> {
  const program = recorder(process.platform, device, channels);
  await requireProgram(program.program, program.advice);
  await requireSoundSystem('input');
  const input = new ProcessInput(program, channels);
  await input.begin();
  return input;
}

/** Opens a speaker, "" the standard one. Rejects with 'audio.unavailable' and what to install. */
export async function openProcessOutput(device: string, channels: number): Promise<Output> {
  const program = player(process.platform, device, channels);
  await requireProgram(program.program, program.advice);
  await requireSoundSystem('output');
  const output = new ProcessOutput(program, channels);
  await output.begin();
  return output;
}

/** Rejects with 'audio.unavailable' if the programs of this way are not there. */
export async function requirePrograms(): Promise<void> {
  for (const { program, advice } of [recorder(process.platform, '', 1), player(process.platform, '', 1)])
    await requireProgram(program, advice);
}

/** A program that runs, and what is said when it does so no more. */
class Program {
  readonly child: Child;
  #ended = false;

  constructor({ program, args, env }: SoundProgram, onEnd: () => void) {
    this.child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ...env },
      windowsHide: true,
    });
    const end = (): void => {
      if (this.#ended) return;
      this.#ended = true;
      onEnd();
    };
    this.child.on('error', end);
    this.child.on('exit', end);
    this.child.stdin.on('error', () => undefined); // its end is told by 'exit'
  }

  /** Resolves when it has ended. */
  async end(): Promise<void> {
    if (this.#ended) return;
    const ended = new Promise<void>((resolve) => {
      this.child.on('exit', () => resolve());
    });
    this.child.kill();
    const killer = setTimeout(() => this.child.kill('SIGKILL'), END_WAIT_MS);
    await ended;
    clearTimeout(killer);
  }
}

class ProcessInput implements Input {
  readonly name: string;
  readonly #program: Program;
  readonly #framer: Framer;
  readonly #smoother = new Smoother<CapturedTick>(({ samples, captureNs }) =>
    this.#sink?.frame(samples, captureNs, false),
  );
  readonly #watchdog: Watchdog;
  #sink: InputSink | undefined;
  #closed = false;
  #refuse: (error: VoiptermError) => void = () => undefined;

  constructor(program: SoundProgram, channels: number) {
    this.name = `${program.program} (process)`;
    this.#framer = new Framer(channels);
    this.#program = new Program(program, () => this.#stopped());
    this.#watchdog = new Watchdog(() => this.#stopped());
  }

  /** Resolves when it records; rejects if it ends, or records nothing, instead. */
  begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#refuse = reject;
      this.#program.child.stdout.on('data', (chunk: Buffer) => {
        resolve();
        this.#take(chunk);
      });
    });
  }

  start(sink: InputSink): void {
    this.#sink = sink;
  }

  setActive(): void {
    // The recorder keeps running: starting it takes longer than the first word.
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watchdog.stop();
    this.#smoother.stop();
    await this.#program.end();
  }

  #take(chunk: Buffer): void {
    if (this.#closed) return;
    this.#watchdog.feed();
    this.#smoother.push(this.#framer.push(chunk, process.hrtime.bigint()));
  }

  #stopped(): void {
    if (this.#closed) return;
    const detail = `${this.name} does not record: check the microphone and the sound server`;
    this.#sink?.lost(detail);
    this.#refuse(new VoiptermError('audio.unavailable', detail));
    void this.close();
  }
}

class ProcessOutput implements Output {
  readonly name: string;
  readonly #program: Program;
  #source: OutputSource | undefined;
  #pacer: Pacer | undefined;
  readonly #maxUnwritten: number;
  #closed = false;
  #refuse: (error: VoiptermError) => void = () => undefined;

  constructor(program: SoundProgram, channels: number) {
    this.name = `${program.program} (process)`;
    this.#maxUnwritten = MAX_UNWRITTEN * channels;
    this.#program = new Program(program, () => this.#stopped());
  }

  /** Rejects if the program ends at once. */
  begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#refuse = reject;
      setTimeout(resolve, STARTING_MS);
    });
  }

  start(source: OutputSource): bigint {
    this.#source = source;
    const tick = (tickNs: bigint): void => this.#write(source.pull(tickNs, tickNs));
    this.#pacer = new Pacer(process.hrtime.bigint(), tick, {
      longestStallNs: LONGEST_STALL_NS,
      periodNs: PLAY_PERIOD_NS,
    });
    return this.#pacer.startNs;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pacer?.stop();
    await this.#program.end();
  }

  #write(samples: Int16Array): void {
    const { stdin } = this.#program.child;
    if (!this.#closed && stdin.writableLength < this.#maxUnwritten)
      stdin.write(Buffer.from(samples.slice().buffer));
  }

  #stopped(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pacer?.stop();
    const detail = `${this.name} does not play: check the speaker and the sound server`;
    this.#source?.lost(detail);
    this.#refuse(new VoiptermError('audio.unavailable', detail));
  }
}
