/** `voipterm forward` as a process, and what its lines of JSON say. */
import { spawn } from 'node:child_process';
import type { ForwardCounters } from '../../src/net/forward/state.ts';
import { type Outcome, type Place, parseLines, Running, type StationProcess } from './process.ts';

export interface ForwardLine {
  readonly id: number;
  /** "-L 5300:10.0.0.2:53/udp" */
  readonly spec: string;
  readonly port: number | null;
  readonly state?: string;
  readonly code?: string | null;
  readonly reason?: string;
  readonly counters?: ForwardCounters;
}

export interface EventLine extends Partial<ForwardLine> {
  readonly event: 'listening' | 'link' | 'state' | 'notice' | 'end';
  readonly forwards?: readonly ForwardLine[];
  readonly at?: string;
  readonly text?: string;
}

/** A running `voipterm forward --json`. */
export class Forwarding {
  readonly process: Running;

  constructor(process: Running) {
    this.process = process;
  }

  /** Starts it and waits until everything listens. */
  static async start(place: Place, station: StationProcess, specs: readonly string[]): Promise<Forwarding> {
    const process = await place.start(forwardArgs(station, specs), { home: 'ann' });
    const forwarding = new Forwarding(process);
    await process.until(() => forwarding.events.some(({ event }) => event === 'listening'));
    return forwarding;
  }

  get events(): EventLine[] {
    return parseLines<EventLine>(this.process.lines.join('\n'));
  }

  /** Where the forward with this number, from 1, listens. */
  port(id: number): number {
    const listening = this.events.find(({ event }) => event === 'listening');
    return listening?.forwards?.find((forward) => forward.id === id)?.port ?? 0;
  }

  /** Waits until a line says this. */
  async until(what: (event: EventLine) => boolean): Promise<void> {
    await this.process.until(() => this.events.some(what));
  }

  /** Ends it as Ctrl+C does; what each forward carried, by its number. */
  async end(): Promise<{ outcome: Outcome; counters: Map<number, ForwardCounters> }> {
    const outcome = await this.process.end('SIGINT');
    const last = this.events.at(-1);
    const forwards = last?.event === 'end' ? (last.forwards ?? []) : [];
    const counters = new Map(
      forwards.flatMap(({ id, counters }) => (counters ? [[id, counters] as const] : [])),
    );
    return { outcome, counters };
  }
}

/** Starts a program that is not ours. Whoever starts it ends it. */
export async function start(place: Place, command: string, args: readonly string[]): Promise<Running> {
  const options = { cwd: place.path, env: await place.env('outside'), stdio: 'pipe' } as const;
  return new Running(spawn(command, args, options), `${command} ${args.join(' ')}`);
}

/** Runs a program that is not ours to its end. */
export async function run(place: Place, command: string, args: readonly string[]): Promise<Outcome> {
  const running = await start(place, command, args);
  running.child.stdin?.end();
  return running.exited();
}

/** The command line for these options. */
export function forwardArgs(station: StationProcess, specs: readonly string[]): string[] {
  return [
    'forward',
    `ann@${station.listening.host}:${station.port}`,
    '--json',
    ...specs.flatMap((spec) => spec.split(' ')),
  ];
}
