/** Calls for the benchmark: a station, bad networks before it, and callers, each a process of its own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadWav } from '../../src/audio/wav-read.ts';
import { wavBytes } from '../../test/e2e/calls.ts';
import { Program } from '../tunnel/hosts.ts';
import { PROGRAM } from '../tunnel/ours.ts';

/** What is spoken. Both are made by a synthesizer; assets/README.md tells how. */
export const SAMPLES = ['speech', 'speech-de'] as const;
export type Sample = (typeof SAMPLES)[number];

const RATE = 48_000;
const example = readFileSync(new URL('../../config.example.toml', import.meta.url), 'utf8');

/** Settings by the names that they have in the environment; one that this version does not know is left out. */
export function settings(audio: Readonly<Record<string, string | number>>): Record<string, string> {
  const known = Object.entries(audio).filter(([key]) => new RegExp(`^#? ?${key} =`, 'm').test(example));
  return Object.fromEntries(known.map(([key, value]) => [`VOIPTERM_AUDIO_${key.toUpperCase()}`, `${value}`]));
}

interface Delivered {
  readonly received: number;
  readonly receivedBytes: number;
}

/** `voipterm lab proxy` before the station. */
export class BadNetwork {
  readonly host: string;
  readonly #program: Program;

  constructor(host: string, program: Program) {
    this.host = host;
    this.#program = program;
  }

  async change(impairments: { readonly up?: string; readonly down?: string }): Promise<void> {
    const { event } = await this.#program.ask<{ event: string }>(JSON.stringify(impairments));
    if (event !== 'changed') throw new Error(`the proxy did not take ${JSON.stringify(impairments)}`);
  }

  /** What clients sent. */
  async up(): Promise<Delivered> {
    const { udp } = await this.#program.ask<{ udp: { up: Delivered } }>('{"stats":true}');
    return udp.up;
  }
}

/** The last line of `voice --json`. */
export interface CallReport {
  readonly frames: Readonly<
    Record<'sent' | 'received' | 'recovered' | 'concealed' | 'late' | 'dropped', number>
  >;
  readonly carrierUp: string;
  readonly rttMs: number | null;
  readonly startedAtNs: string;
}

/** `voipterm voice` in a room. */
export class Caller {
  readonly program: Program;
  readonly trace: string;
  readonly wav: string;
  /** The moment of sample 0 of its output, ns. */
  readonly startedAtNs: bigint;

  constructor(program: Program, files: { trace: string; wav: string }, startedAtNs: bigint) {
    this.program = program;
    this.trace = files.trace;
    this.wav = files.wav;
    this.startedAtNs = startedAtNs;
  }

  /** Waits for its own end. */
  report(patienceMs: number): Promise<CallReport> {
    return this.program.json<CallReport>(patienceMs);
  }

  /** Ends it as Ctrl+C does. */
  async hangUp(): Promise<CallReport> {
    this.program.child.kill('SIGINT');
    const report = await this.report(20_000);
    await this.program.stop();
    return report;
  }
}

export interface CallerOptions {
  readonly room: string;
  /** Where it connects; the station itself without one. */
  readonly host?: string;
  readonly input: string;
  /** Keeps what is heard. */
  readonly hears?: boolean;
  /** Writes a trace. */
  readonly traced?: boolean;
  readonly audio?: Readonly<Record<string, string | number>>;
}

/** A directory, a station and what runs around it. */
export class Calls {
  readonly directory: string;
  readonly station: Program;
  readonly port: number;
  readonly #programs: Program[] = [];

  private constructor(directory: string, station: Program, port: number) {
    this.directory = directory;
    this.station = station;
    this.port = port;
    this.#programs.push(station);
  }

  static async start(): Promise<Calls> {
    const directory = mkdtempSync(join(tmpdir(), 'voipterm-bench-'));
    const listen = ['--listen', '127.0.0.1:0', '--open', '--data', join(directory, 'station')];
    const station = new Program(
      process.execPath,
      [PROGRAM, 'serve', ...listen],
      environment(directory, 'operator'),
    );
    const { port } = await station.json<{ port: number }>();
    return new Calls(directory, station, port);
  }

  target(user: string, room: string, host = '127.0.0.1'): string {
    return `${user}@${host}:${this.port}/${room}`;
  }

  env(home: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return environment(this.directory, home, more);
  }

  start(args: readonly string[], home: string, more: Readonly<Record<string, string>> = {}): Program {
    const program = new Program(process.execPath, [PROGRAM, ...args], this.env(home, more));
    this.#programs.push(program);
    return program;
  }

  /** A network that is good until it is changed, on 127.0.0.`number`. */
  async network(number: number, seed: number): Promise<BadNetwork> {
    const host = `127.0.0.${number}`;
    const ends = ['--listen', `${host}:${this.port}`, '--target', `127.0.0.1:${this.port}`];
    const program = this.start(['lab', 'proxy', ...ends, '--seed', `${seed}`], 'operator');
    await program.json();
    return new BadNetwork(host, program);
  }

  /** Ends a network. */
  async caller(name: string, options: CallerOptions): Promise<Caller> {
    const { room, host, input, hears = false, traced = true, audio = {} } = options;
    const files = {
      trace: join(this.directory, `${room}-${name}.ndjson`),
      wav: join(this.directory, `${room}-${name}.wav`),
    };
    const ends = ['--input', input, '--output', hears ? files.wav : 'null', '--json'];
    const trace = traced ? ['--trace', files.trace] : [];
    const args = ['voice', this.target(name, room, host), ...ends, ...trace];
    const program = this.start(args, name, settings(audio));
    const { startedAtNs } = await program.json<{ startedAtNs: string }>();
    return new Caller(program, files, BigInt(startedAtNs));
  }

  /** The sample again and again as a file of so many seconds. */
  async spoken(sample: Sample, seconds: number): Promise<{ path: string; samples: Int16Array }> {
    const one = await loadWav(fileURLToPath(new URL(`../../assets/${sample}.wav`, import.meta.url)));
    const samples = Int16Array.from({ length: seconds * RATE }, (_, i) => one[i % one.length] ?? 0);
    const path = join(this.directory, `${sample}-${seconds}.wav`);
    writeFileSync(path, wavBytes(samples));
    return { path, samples };
  }

  async dispose(): Promise<void> {
    for (const program of this.#programs.reverse()) await program.stop();
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Nothing of the user's own settings gets in. */
function environment(
  directory: string,
  home: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const { PATH = '' } = process.env;
  const HOME = join(directory, `home-${home}`);
  mkdirSync(HOME, { recursive: true });
  return { PATH, HOME, LANG: 'C.UTF-8', ...more };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
