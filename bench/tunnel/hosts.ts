/** Two hosts on one machine: network namespaces joined by a veth pair, and the processes in them. Needs root and iproute2. */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export type Side = 'near' | 'far';
/** Addresses of the veth pair. */
export const ADDRESS: Readonly<Record<Side, string>> = { near: '10.99.0.1', far: '10.99.0.2' };
/** How long a process may take to say that it is ready, ms. */
const READY_MS = 20_000;

/** Runs a program to its end and returns its stdout; throws with its stderr. */
export function run(command: string, args: readonly string[], input?: string): string {
  return execFileSync(command, args, { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Whether a program is installed. */
export function has(command: string): boolean {
  try {
    run('sh', ['-c', `command -v ${command}`]);
    return true;
  } catch {
    return false;
  }
}

/** A process whose stdout is lines. */
export class Program {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  #lines: string[] = [];
  #waiting: (() => void) | undefined;
  #ended = false;
  #errors = '';

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.#lines.push(line);
      this.#waiting?.();
    });
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-2000);
    });
    this.child.stdin.on('error', () => undefined);
    this.child.once('exit', () => {
      this.#ended = true;
      this.#waiting?.();
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The next line of stdout. Throws with what stood on stderr if the process ended or the time is over. */
  async line(timeoutMs = READY_MS): Promise<string> {
    const deadline = performance.now() + timeoutMs;
    while (this.#lines.length === 0) {
      const left = deadline - performance.now();
      if (this.#ended || left <= 0) throw new Error(`${this.child.spawnfile}: no answer\n${this.#errors}`);
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
        setTimeout(resolve, left).unref();
      });
    }
    return this.#lines.shift() ?? '';
  }

  async json<T>(timeoutMs?: number): Promise<T> {
    return JSON.parse(await this.line(timeoutMs)) as T;
  }

  /** Asks with a line on stdin and returns the line of JSON that answers. */
  ask<T>(line = ''): Promise<T> {
    this.child.stdin.write(`${line}\n`);
    return this.json<T>();
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#ended) return;
    this.child.kill(signal);
    const cut = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await once(this.child, 'exit');
    clearTimeout(cut);
  }
}

export class TwoHosts {
  readonly #names: Readonly<Record<Side, string>>;
  readonly #programs: Program[] = [];

  private constructor(tag: string) {
    this.#names = { near: `vt${tag}a`, far: `vt${tag}b` };
  }

  /** Makes both. The tag keeps two benchmarks on one machine apart. */
  static make(tag = `${process.pid % 10_000}`): TwoHosts {
    const hosts = new TwoHosts(tag);
    const { near, far } = hosts.#names;
    for (const name of [near, far]) run('ip', ['netns', 'add', name]);
    run('ip', [
      'link',
      'add',
      `v${near}`,
      'netns',
      near,
      'type',
      'veth',
      'peer',
      'name',
      `v${far}`,
      'netns',
      far,
    ]);
    for (const side of ['near', 'far'] as const) {
      const device = `v${hosts.#names[side]}`;
      hosts.runOn(side, 'ip', ['addr', 'add', `${ADDRESS[side]}/24`, 'dev', device]);
      hosts.runOn(side, 'ip', ['link', 'set', device, 'up']);
      hosts.runOn(side, 'ip', ['link', 'set', 'lo', 'up']);
    }
    return hosts;
  }

  /** Runs a program on one host to its end. */
  runOn(side: Side, command: string, args: readonly string[], input?: string): string {
    return run('ip', ['netns', 'exec', this.#names[side], command, ...args], input);
  }

  /** Starts a program on one host; dispose() ends it if nobody did. */
  start(side: Side, command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Program {
    const program = new Program('ip', ['netns', 'exec', this.#names[side], command, ...args], env);
    this.#programs.push(program);
    return program;
  }

  async dispose(): Promise<void> {
    for (const program of this.#programs.reverse()) await program.stop();
    for (const name of Object.values(this.#names)) run('ip', ['netns', 'delete', name]);
  }
}
