/**
 * Processes for end-to-end tests: the built program, each user with a home of their own, all of it gone afterwards.
 *
 *     const place = await Place.make();
 *     const station = await place.serve();
 *     const said = await place.run(['say', station.target('ann', 'lobby'), 'hello'], { home: 'ann' });
 *     await place.dispose();
 *
 * No sleeps: `until` looks again after each output and fails with everything that the process wrote.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const PROGRAM = join(ROOT, 'bin', 'voipterm.cjs');
export const SPEECH = join(ROOT, 'assets', 'speech.wav');

/** Compiled code of the program, which Node keeps up to date: hundreds of processes start from it. */
const COMPILED = join(ROOT, 'node_modules', '.cache', 'voipterm-e2e');

/** How long anything may take that has no length of its own, ms: cold starts on two busy cores take seconds. */
const PATIENCE_MS = 40_000;
/** Where a terminal interface's own station says who it is, in a home. */
const ENDPOINT = join('.local', 'share', 'voipterm', 'station', 'endpoint.json');

export type Env = Readonly<Record<string, string>>;

export interface RunOptions {
  /** Whose home it runs in; made on first use. */
  readonly home?: string;
  readonly env?: Env;
  /** Written to stdin, which is then closed. Without it stdin is empty. */
  readonly input?: string;
  /** Most that it may take, ms. */
  readonly patience?: number;
}

export interface Outcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that runs. */
export class Running {
  readonly child: ChildProcess;
  readonly what: string;
  stdout = '';
  stderr = '';
  #outcome: Outcome | undefined;
  #watchers = new Set<() => void>();

  constructor(child: ChildProcess, what: string) {
    this.child = child;
    this.what = what;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#changed();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#changed();
    });
    // The reader of stdin may end first: that is what some tests are about.
    child.stdin?.on('error', () => undefined);
    child.on('close', (status, signal) => {
      this.#outcome = { status, signal, stdout: this.stdout, stderr: this.stderr };
      this.#changed();
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get ended(): boolean {
    return this.#outcome !== undefined;
  }

  /** Whole lines of stdout. */
  get lines(): string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  /** Waits until the condition is true of what it wrote. */
  async until(condition: (process: Running) => boolean, patience = PATIENCE_MS): Promise<void> {
    await this.#wait(() => condition(this), patience, 'never came to write what was expected');
  }

  /** Waits for its end. */
  async exited(patience = PATIENCE_MS): Promise<Outcome> {
    await this.#wait(() => this.ended, patience, 'did not end');
    return this.#outcome ?? { status: null, signal: null, stdout: '', stderr: '' };
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals, patience = PATIENCE_MS): Promise<Outcome> {
    this.child.kill(signal);
    return this.exited(patience);
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #wait(condition: () => boolean, patience: number, complaint: string): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        this.#watchers.delete(watcher);
        clearTimeout(timer);
        settle();
      };
      const fail = (why: string): void =>
        done(() =>
          reject(
            new Error(`${this.what} ${why}\nstdout:\n${tail(this.stdout)}\nstderr:\n${tail(this.stderr)}`),
          ),
        );
      const watcher = (): void => {
        if (condition()) done(resolve);
        else if (this.ended) fail(`ended with ${this.#outcome?.status ?? this.#outcome?.signal}`);
      };
      const timer = setTimeout(() => fail(complaint), patience);
      this.#watchers.add(watcher);
    });
  }
}

function tail(text: string): string {
  return text.slice(-4000);
}

/** What `voipterm serve` says when it is ready. */
export interface Listening {
  readonly event: string;
  readonly host: string;
  readonly port: number;
  readonly udpPort: number;
  readonly fingerprint: string;
}

/** A station that runs. */
export class StationProcess {
  readonly process: Running;
  readonly listening: Listening;
  /** Its data directory. */
  readonly data: string;

  constructor(process: Running, listening: Listening, data: string) {
    this.process = process;
    this.listening = listening;
    this.data = data;
  }

  get port(): number {
    return this.listening.port;
  }

  target(user: string, room = 'lobby'): string {
    return `${user}@${this.listening.host}:${this.port}/${room}`;
  }
}

export interface ServeOptions {
  /** Default 0: a free port. */
  readonly port?: number;
  /** A name in the place; a station of its own by default. */
  readonly data?: string;
  /** Admits everybody unless false. */
  readonly open?: boolean;
  readonly more?: readonly string[];
  readonly env?: Env;
}

/** A directory with homes in it, and the processes that run there. */
export class Place {
  readonly path: string;
  #running: Running[] = [];
  #homes = new Set<string>();
  #stations = 0;

  static async make(): Promise<Place> {
    if (!existsSync(join(ROOT, 'dist', 'main.js'))) {
      throw new Error('the end-to-end tests run the built program: npm run build first, or use npm test');
    }
    return new Place(await mkdtemp(join(tmpdir(), 'voipterm-e2e-')));
  }

  private constructor(path: string) {
    this.path = path;
  }

  /** A path in the place. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** The home of a user; made if it is new. */
  async home(name: string): Promise<string> {
    const path = this.file(`home-${name}`);
    if (!this.#homes.has(path)) await mkdir(path, { recursive: true });
    this.#homes.add(path);
    return path;
  }

  /** Only what a program needs of the environment: nothing of the user's own settings gets in. */
  async env(home = 'someone', more: Env = {}): Promise<Record<string, string>> {
    const { PATH = '' } = process.env;
    return { PATH, HOME: await this.home(home), LANG: 'C.UTF-8', NODE_COMPILE_CACHE: COMPILED, ...more };
  }

  /** Starts the built program. */
  async start(args: readonly string[], options: RunOptions = {}): Promise<Running> {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: this.path,
      env: await this.env(options.home, options.env),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const running = new Running(child, `voipterm ${args.join(' ')}`);
    this.#running.push(running);
    return running;
  }

  /** Runs the built program to its end. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const running = await this.start(args, options);
    running.child.stdin?.end(options.input ?? '');
    return running.exited(options.patience);
  }

  /** Starts a station and waits until it listens. */
  async serve(options: ServeOptions = {}): Promise<StationProcess> {
    const { port = 0, open = true, more = [], env = {} } = options;
    this.#stations += 1;
    const data = this.file(options.data ?? `station-${this.#stations}`);
    const args = ['serve', '--listen', `127.0.0.1:${port}`, '--data', data];
    const running = await this.start([...args, ...(open ? ['--open'] : []), ...more], {
      home: 'operator',
      env,
    });
    await running.until(({ lines }) => lines.length > 0);
    return new StationProcess(running, JSON.parse(running.lines[0]!) as Listening, data);
  }

  /** Ends everything, also stations that a terminal interface started for itself, and removes the directory. */
  async dispose(): Promise<void> {
    for (const running of this.#running) if (!running.ended) running.child.kill('SIGKILL');
    await Promise.all(this.#running.map((running) => running.exited()));
    for (const home of this.#homes) await endStationOf(home);
    await rm(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** The station that a terminal interface started for itself in a home: its own file tells its process. */
export async function ownStation(home: string): Promise<{ pid: number; port: number } | undefined> {
  try {
    return JSON.parse(await readFile(join(home, ENDPOINT), 'utf8')) as { pid: number; port: number };
  } catch {
    return undefined;
  }
}

async function endStationOf(home: string): Promise<void> {
  const own = await ownStation(home);
  if (!own) return;
  try {
    process.kill(own.pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

/** A failure as a user must see it: this status, one sentence on stderr, nothing on stdout, no stack trace. */
export function expectSentence(outcome: Outcome, status: number, sentence: RegExp): void {
  expect({ status: outcome.status, stderr: outcome.stderr }).toEqual({
    status,
    stderr: expect.stringMatching(sentence),
  });
  expect(outcome.stderr).toMatch(/^voipterm: [^\n]+\n$/);
  expect(outcome.stderr).not.toMatch(/\n\s+at /);
  expect(outcome.stdout).toBe('');
}

/** Every line of NDJSON. */
export function parseLines<T>(text: string): T[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
