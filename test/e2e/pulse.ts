/**
 * A PulseAudio server of one's own with null sinks, for tests and benchmarks on a machine without sound: what is played into a sink
 * can be recorded from its monitor. It shares nothing with a server that may run for the user.
 */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** What every recorder and player is told: samples as they are everywhere else here. */
const RAW = ['--raw', '--format=s16le', '--rate=48000', '--channels=1'];
/** How long the server may take to answer, and a recorder to begin, ms. */
const PATIENCE_MS = 15_000;
const BYTES_PER_MS = 96;

/** Whether all of these programs are installed. */
export function installed(...programs: string[]): boolean {
  return programs.every((program) => spawnSync(program, ['--version']).error === undefined);
}

type Piped = ChildProcessByStdio<Writable, Readable, null>;

/** A recording that goes on until it is stopped. */
export class Recording {
  readonly #child: Piped;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  /** The least of arrival minus place in the recording: the earliest that sample 0 can have been, ms. */
  #beginMs = Number.POSITIVE_INFINITY;

  constructor(child: Piped) {
    this.#child = child;
    child.stdout.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      this.#beginMs = Math.min(this.#beginMs, performance.now() - this.#bytes / BYTES_PER_MS);
    });
  }

  /** When its first sample was, on the clock of performance.now(), ms; late by as much as the recorder buffers. */
  get beginMs(): number {
    return this.#beginMs;
  }

  get milliseconds(): number {
    return this.#bytes / BYTES_PER_MS;
  }

  async stop(): Promise<Int16Array> {
    this.#child.kill('SIGTERM');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    const bytes = Uint8Array.from(Buffer.concat(this.#chunks));
    return new Int16Array(bytes.buffer, 0, bytes.length >> 1);
  }
}

export class Pulse {
  /** For the programs that shall use it. */
  readonly env: Readonly<Record<string, string>>;
  readonly #server: ReturnType<typeof spawn>;
  readonly #started: Piped[] = [];

  private constructor(server: ReturnType<typeof spawn>, env: Readonly<Record<string, string>>) {
    this.#server = server;
    this.env = env;
  }

  /** Starts a server that lives in `directory` and has these sinks. */
  static async start(directory: string, sinks: readonly string[]): Promise<Pulse> {
    const runtime = join(directory, 'runtime');
    mkdirSync(runtime, { recursive: true, mode: 0o700 });
    const socket = join(runtime, 'pulse.socket');
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: directory,
      XDG_RUNTIME_DIR: runtime,
      PULSE_SERVER: `unix:${socket}`,
    };
    const modules = [
      `module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
      ...sinks.map((name) => `module-null-sink sink_name=${name} rate=48000 channels=1 format=s16le`),
    ];
    const args = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--log-level=error'];
    // Where that is allowed: on a busy machine the sinks themselves must not be what stumbles.
    args.push('--realtime=yes', '--high-priority=yes');
    const { PULSE_SERVER: _, ...own } = env;
    const server = spawn('pulseaudio', [...args, ...modules.flatMap((module) => ['-L', module])], {
      env: own,
      stdio: 'ignore',
    });
    const pulse = new Pulse(server, env);
    const deadline = performance.now() + PATIENCE_MS;
    while (spawnSync('pactl', ['info'], { env }).status !== 0) {
      if (performance.now() > deadline || server.exitCode !== null)
        throw new Error('PulseAudio did not start');
      await delay(50);
    }
    return pulse;
  }

  /** The environment of a program whose microphone hears one sink, and whose speaker is another. */
  between(mouth: string, ear: string): Record<string, string> {
    const { HOME: _, ...rest } = this.env; // the program has a home of its own
    return { ...rest, PULSE_SOURCE: `${mouth}.monitor`, PULSE_SINK: ear };
  }

  /** Plays samples into a sink; resolves when all of them were taken. */
  async play(sink: string, samples: Int16Array): Promise<void> {
    const child = this.#pacat('--playback', '-d', sink, '--latency-msec=30');
    child.stdin.end(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
    if (child.exitCode === null) await once(child, 'exit');
  }

  /** Records what is played into a sink; resolves when it has begun. */
  async record(sink: string): Promise<Recording> {
    const child = this.#pacat(
      '--record',
      '-d',
      `${sink}.monitor`,
      '--latency-msec=10',
      '--process-time-msec=2',
    );
    const recording = new Recording(child);
    await Promise.race([once(child.stdout, 'data'), delay(PATIENCE_MS, undefined, { ref: false })]);
    return recording;
  }

  async close(): Promise<void> {
    for (const child of [...this.#started, this.#server]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }

  #pacat(...args: string[]): Piped {
    const child = spawn('pacat', [...args, ...RAW], { env: this.env, stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.on('error', () => undefined);
    this.#started.push(child);
    return child;
  }
}
