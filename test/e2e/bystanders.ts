/**
 * People who have nothing to do with what a test does to their station: two in a call, one who posts, one who reads.
 *
 *     const bystanders = await Bystanders.gather(place, station);
 *     ...                               // something bad happens
 *     await bystanders.expectUndisturbed();
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Caller, hangUp, startCaller, traceOf } from './calls.ts';
import type { Place, Running, StationProcess } from './process.ts';

const ROOM = 'garden';
/** A post comes as often as this at most, ms: well below what a station lets one member post. */
const POST_EVERY_MS = 60;
/** A speaker's last frame has come by then. */
const ON_THE_WAY_MS = 500;

export class Bystanders {
  readonly #speaker: Caller;
  readonly #listener: Caller;
  readonly #poster: Running;
  readonly #reader: Running;
  readonly #posting: NodeJS.Timeout;
  #posted = 0;

  static async gather(place: Place, station: StationProcess): Promise<Bystanders> {
    const at = (user: string): string => station.target(user, ROOM);
    const [listener, reader] = await Promise.all([
      startCaller(place, at('listener'), 'listener', ['--input', 'silence']),
      place.start(['tail', '-f', '--json', at('reader')], { home: 'reader' }),
    ]);
    const speaker = await startCaller(place, at('speaker'), 'speaker', ['--input', 'tone']);
    const poster = await place.start(['say', at('poster')], { home: 'poster' });
    const bystanders = new Bystanders({ speaker, listener, poster, reader });
    await bystanders.goOn();
    return bystanders;
  }

  private constructor(people: { speaker: Caller; listener: Caller; poster: Running; reader: Running }) {
    this.#speaker = people.speaker;
    this.#listener = people.listener;
    this.#poster = people.poster;
    this.#reader = people.reader;
    this.#posting = setInterval(() => this.#post(), POST_EVERY_MS);
  }

  /** Some more posts are made and read. */
  async goOn(): Promise<void> {
    const until = this.#reader.lines.length + 5;
    await this.#reader.until(({ lines }) => lines.length >= until);
  }

  /** They go on, and then end: every frame was heard, in the order in which it was said, and every post read once. */
  async expectUndisturbed(): Promise<void> {
    await this.goOn();
    clearInterval(this.#posting);
    this.#poster.child.stdin?.end();
    expect(await this.#poster.exited()).toMatchObject({ status: 0, stderr: '' });
    await this.#reader.until(({ lines }) => lines.length >= this.#posted);
    const { stdout, stderr, status } = await this.#reader.end('SIGINT');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const texts = stdout.trimEnd().split('\n');
    expect(texts.map((line) => (JSON.parse(line) as { text: string }).text)).toEqual(
      texts.map((_, i) => `post ${i + 1}`),
    );
    expect(texts).toHaveLength(this.#posted);
    const said = await hangUp(this.#speaker);
    await delay(ON_THE_WAY_MS);
    const heard = await hangUp(this.#listener);
    expect(said.frames.sent).toBeGreaterThan(50);
    expect(heard.frames.received).toBe(said.frames.sent);
    const { sent } = await traceOf(this.#speaker);
    expect(sent.map(({ seq }) => seq)).toEqual(sent.map((_, i) => (sent[0]!.seq + i) & 0xffff));
  }

  /** Ends what a failed test leaves behind in this process; the place ends the processes. */
  stop(): void {
    clearInterval(this.#posting);
  }

  #post(): void {
    this.#posted++;
    this.#poster.child.stdin?.write(`post ${this.#posted}\n`);
  }
}
