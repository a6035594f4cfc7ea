/**
 * The files that we offer. Each who takes one gets a stream of its own; after a break of the connection everything that
 * is not complete is offered again under the same id, and goes on where the other end says.
 */
import { randomUUID } from 'node:crypto';
import { sentenceOf, VoiptermError } from '../errors.ts';
import type { StationNotification } from '../net/control/schema.ts';
import type { FileCarrier } from './file-carrier.ts';
import { type FileList, isOver } from './file-list.ts';
import { sizeWords } from './file-names.ts';
import { OutgoingFile } from './file-reading.ts';
import type { Caller } from './history.ts';
import { placeWords } from './places.ts';

type Params<M extends StationNotification['method']> = Extract<StationNotification, { method: M }>['params'];

/** One who takes a file. */
interface Stream {
  readonly number: number;
  readonly key: string;
  readonly name: string;
  /** Its member id at present. */
  to: number;
  sent: number;
  acked: number;
  pumping: boolean;
  running: boolean;
}

interface Offered {
  readonly number: number;
  readonly id: string;
  readonly file: OutgoingFile;
  readonly place: string;
  /** By key: who takes it from two terminals gets it once. */
  readonly streams: Map<string, Stream>;
}

const OPEN_FILES = 16;

export class FileSending {
  readonly #call: Caller;
  readonly #list: FileList;
  readonly #carrier: FileCarrier;
  readonly #offered = new Map<string, Offered>();

  constructor(call: Caller, list: FileList, carrier: FileCarrier) {
    this.#call = call;
    this.#list = list;
    this.#carrier = carrier;
  }

  /** Reads the file and offers it. Rejects with 'file.unusable', or with what the station says. */
  async offer(path: string, place: string): Promise<void> {
    if (this.#offered.size >= OPEN_FILES)
      throw new VoiptermError('control.limit', `${OPEN_FILES} files are offered already: /cancel one first`);
    const file = await OutgoingFile.open(path);
    const offered = { number: this.#list.nextNumber(), id: randomUUID(), file, place, streams: new Map() };
    this.#offered.set(offered.id, offered);
    try {
      const members = await this.#offer(offered);
      const { name, size } = file;
      this.#list.began({
        ...{ number: offered.number, direction: 'out', name, who: placeWords(place), size, done: 0 },
        ...{ state: 'offered', note: '' },
      });
      const whom = members === 0 ? 'nobody is there yet' : `${members} told`;
      this.#list.tell(
        `the file ${name} (${sizeWords(size)}) is offered: ${whom}; /cancel ${offered.number} ends it`,
        place,
      );
    } catch (error) {
      this.#offered.delete(offered.id);
      await file.close();
      throw error;
    }
  }

  /** Ends an offer, or what goes to one; false if the number is none of ours. */
  async cancel(number: number): Promise<boolean> {
    for (const offered of this.#offered.values()) {
      const stream = [...offered.streams.values()].find((one) => one.number === number);
      if (offered.number !== number && !stream) continue;
      await this.#end(offered, 'it was taken back');
      return true;
    }
    return false;
  }

  /** A connection stands: what is not complete is offered anew. Never rejects. */
  async online(): Promise<void> {
    for (const offered of this.#offered.values()) {
      const unfinished =
        offered.streams.size === 0 || [...offered.streams.values()].some((one) => !one.running);
      if (unfinished)
        await this.#offer(offered).catch((error: unknown) => this.#list.tell(sentenceOf(error)));
    }
  }

  offline(): void {
    for (const { streams } of this.#offered.values())
      for (const stream of streams.values()) this.#broke(stream, 'the connection was lost');
  }

  taken({ file, by, name, key, offset }: Params<'file.taken'>): void {
    const offered = this.#offered.get(file);
    if (!offered) return void this.#refuseUnknown(file);
    const { size } = offered.file;
    const number = this.#numberFor(offered, key);
    const stream: Stream = {
      number,
      key,
      name,
      to: by,
      sent: offset,
      acked: offset,
      pumping: false,
      running: true,
    };
    offered.streams.set(key, stream);
    const what = { direction: 'out', name: offered.file.name, who: name, size } as const;
    this.#list.began({ ...what, number, done: offset, state: 'running', note: '' });
    void this.#pump(offered, stream);
  }

  acknowledged({ file, by, received }: Params<'file.ack'>): void {
    const found = this.#streamTo(file, by);
    if (!found) return;
    const { offered, stream } = found;
    stream.acked = Math.max(stream.acked, received);
    if (received < offered.file.size) {
      this.#list.change(stream.number, { done: received });
      void this.#pump(offered, stream);
      return;
    }
    this.#list.change(stream.number, { done: received, state: 'done' });
    this.#list.tell(`@${stream.name} has ${offered.file.name}`, offered.place);
    this.#over(offered, stream);
  }

  refused({ file, by, name, reason, lost }: Params<'file.refused'>): void {
    const offered = this.#offered.get(file);
    if (!offered) return;
    const stream = [...offered.streams.values()].find(({ to }) => to === by);
    if (stream && lost) return this.#broke(stream, reason);
    this.#list.tell(
      `@${name} does not take ${offered.file.name}${reason === '' ? '' : `: ${reason}`}`,
      offered.place,
    );
    if (stream) {
      this.#list.change(stream.number, { state: 'refused', note: reason });
      this.#over(offered, stream);
    } else if (offered.place.startsWith('@')) {
      this.#list.change(offered.number, { state: 'refused', note: reason });
      void this.#end(offered, '');
    }
  }

  async close(): Promise<void> {
    for (const { file } of this.#offered.values()) await file.close();
    this.#offered.clear();
  }

  async #offer({ id, file: { name, size, sha256 }, place }: Offered): Promise<number> {
    const { members } = await this.#call('file.offer', {
      file: id,
      to: place,
      name: name.slice(0, 255),
      size,
      sha256,
    });
    return members;
  }

  /** The first who takes an offer takes its number over. */
  #numberFor(offered: Offered, key: string): number {
    const known = offered.streams.get(key);
    if (known) return known.number;
    return offered.streams.size === 0 ? offered.number : this.#list.nextNumber();
  }

  /** Sends what the window has room for. */
  async #pump(offered: Offered, stream: Stream): Promise<void> {
    if (stream.pumping) return;
    stream.pumping = true;
    const { chunkBytes, windowBytes } = this.#carrier;
    const { file, id } = offered;
    try {
      while (
        stream.running &&
        stream.sent < file.size &&
        stream.sent - stream.acked + chunkBytes <= windowBytes
      ) {
        const at = stream.sent;
        const bytes = await file.read(at, chunkBytes);
        if (bytes.length === 0)
          throw new VoiptermError('file.unusable', `${file.path} is shorter than it was`);
        if (!stream.running || stream.sent !== at) break;
        stream.sent += bytes.length;
        this.#carrier
          .send(id, stream.to, at, bytes)
          // The other end, or the connection, takes no more; what is kept goes on later.
          .catch((error: unknown) => this.#broke(stream, sentenceOf(error)));
      }
    } catch (error) {
      // It was ended, and the file closed, while it was read.
      if (!stream.running) return;
      this.#list.change(stream.number, { state: 'failed', note: sentenceOf(error) });
      this.#list.tell(sentenceOf(error), offered.place);
      await this.#end(offered, 'the file cannot be read any more');
    } finally {
      stream.pumping = false;
    }
  }

  #broke(stream: Stream, note: string): void {
    if (!stream.running) return;
    stream.running = false;
    this.#list.change(stream.number, { state: 'broken', note });
  }

  /** A conversation has one at its other end; in a room others may still take it. */
  #over(offered: Offered, stream: Stream): void {
    stream.running = false;
    if (offered.place.startsWith('@')) void this.#end(offered, '');
    else offered.streams.delete(stream.key);
  }

  async #end(offered: Offered, reason: string): Promise<void> {
    this.#offered.delete(offered.id);
    for (const { number } of [offered, ...offered.streams.values()]) {
      const transfer = this.#list.now.transfers.find((one) => one.number === number);
      if (transfer && !isOver(transfer)) this.#list.change(number, { state: 'refused', note: reason });
    }
    await offered.file.close();
    await this.#call('file.withdraw', { file: offered.id, reason }).catch(() => undefined);
  }

  async #refuseUnknown(file: string): Promise<void> {
    await this.#call('file.withdraw', { file, reason: 'it was taken back' }).catch(() => undefined);
  }

  #streamTo(file: string, to: number): { offered: Offered; stream: Stream } | undefined {
    const offered = this.#offered.get(file);
    const stream = offered && [...offered.streams.values()].find((one) => one.to === to);
    return offered && stream && { offered, stream };
  }
}
