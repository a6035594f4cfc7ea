/** Streams of posts for end-to-end tests: `say` processes that are fed lines, a `tail -f` that sees them, chance with a seed. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Outcome, type Place, parseLines, type Running, type StationProcess } from './process.ts';

/** A line of `tail --json`. */
export interface Line {
  readonly room: string;
  readonly seq: number;
  readonly id: string;
  readonly from: string;
  readonly at: number;
  readonly type: string;
  readonly text: string;
}

/** `tail -f --json`, which is in the room. */
export async function follow(place: Place, station: StationProcess, more: readonly string[] = []) {
  const process = await place.start(['tail', station.target('eve'), '-f', '--json', ...more], {
    home: 'eve',
  });
  return process;
}

/** What a tail printed so far. */
export function linesOf(process: Running): Line[] {
  return parseLines<Line>(process.lines.join('\n'));
}

/** The room's whole history, as a tail of its own reads it. */
export async function history(place: Place, station: StationProcess): Promise<Line[]> {
  const { status, stdout, stderr } = await place.run(
    ['tail', station.target('zoe'), '--since', '1', '--json'],
    { home: 'zoe' },
  );
  if (status !== 0) throw new Error(`tail ended with ${status}: ${stderr}`);
  return parseLines<Line>(stdout);
}

/** A `say` that reads its lines from stdin. */
export class Poster {
  readonly name: string;
  readonly process: Running;
  /** The lines that it was given, in order. */
  readonly fed: string[] = [];

  static async start(
    place: Place,
    station: StationProcess,
    name: string,
    more: readonly string[] = [],
  ): Promise<Poster> {
    const process = await place.start(['say', station.target(name), ...more], { home: name });
    return new Poster(name, process);
  }

  private constructor(name: string, process: Running) {
    this.name = name;
    this.process = process;
  }

  /** Gives it lines until there are `count` in all. */
  feed(count: number): void {
    while (this.fed.length < count) {
      const line = `${this.name} says ${this.fed.length + 1}`;
      this.fed.push(line);
      this.process.child.stdin?.write(`${line}\n`);
    }
  }

  /** Tells it that this was all, and waits for its end. */
  finish(): Promise<Outcome> {
    this.process.child.stdin?.end();
    return this.process.exited(60_000);
  }
}

/** The moment of a blow: any time within `withinMs` from now. */
export function aMoment(random: () => number, withinMs: number): Promise<void> {
  return delay(random() * withinMs);
}
