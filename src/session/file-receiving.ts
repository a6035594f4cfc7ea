/**
 * The files that others offer us. Nothing is taken before the user says so; what broke off goes on by itself when the one
 * who sends it, by its key, offers the same file again.
 */
import { sentenceOf, VoiptermError } from '../errors.ts';
import type { StationNotification } from '../net/control/schema.ts';
import { type FileList, isOver } from './file-list.ts';
import { safeFileName, sizeWords } from './file-names.ts';
import type { FileOffer, FileTransfer } from './file-state.ts';
import { IncomingFile } from './file-writing.ts';
import type { Caller } from './history.ts';

type Params<M extends StationNotification['method']> = Extract<StationNotification, { method: M }>['params'];
type Offered = Params<'file.offered'>;

export interface ReceivingSettings {
  /** Where files go that are accepted without naming a directory. */
  readonly directory: string;
  /** Largest file that is asked about, bytes; 0 for none at all. */
  readonly maxBytes: number;
}

interface Incoming {
  readonly number: number;
  readonly directory: string;
  /** As it was offered last: the sender's member id changes with its connection. */
  offered: Offered;
  file: IncomingFile | undefined;
  /** What came is written one after another. */
  writing: Promise<void>;
}

/** Offers that wait for the user; then the oldest is declined. */
const MAX_OFFERS = 32;

export class FileReceiving {
  readonly #call: Caller;
  readonly #list: FileList;
  readonly #settings: () => ReceivingSettings;
  /** Whose offers are not wanted. */
  readonly #isUnwanted: (key: string) => boolean;
  readonly #onOffer: (offer: FileOffer) => void;
  readonly #undecided = new Map<number, Offered>();
  /** By file and the sender's key; what is complete stays known for as long as we run. */
  readonly #incoming = new Map<string, Incoming>();

  constructor(parts: {
    readonly call: Caller;
    readonly list: FileList;
    readonly settings: () => ReceivingSettings;
    readonly isUnwanted: (key: string) => boolean;
    readonly onOffer: (offer: FileOffer) => void;
  }) {
    this.#call = parts.call;
    this.#list = parts.list;
    this.#settings = parts.settings;
    this.#isUnwanted = parts.isUnwanted;
    this.#onOffer = parts.onOffer;
  }

  offered(offered: Offered): void {
    const known = this.#incoming.get(idOf(offered));
    if (known) return void this.#again(known, offered);
    if (this.#isUnwanted(offered.key)) return;
    const { maxBytes, directory } = this.#settings();
    if (offered.size > maxBytes) {
      const limit = maxBytes === 0 ? 'no files are wanted here' : `it is larger than ${sizeWords(maxBytes)}`;
      return void this.#refuse(offered, limit);
    }
    const name = safeFileName(offered.fileName);
    const number = this.#list.nextNumber();
    this.#forget(offered);
    this.#undecided.set(number, offered);
    const { place, name: from, key, size } = offered;
    const offer = { number, place, from, key, name, size };
    this.#list.offered(offer);
    this.#onOffer(offer);
    this.#list.tell(
      `@${from} offers ${name} (${sizeWords(size)}): /accept ${number} saves it in ${directory}, /decline ${number} does not`,
      place,
    );
    const [oldest] = this.#undecided.keys();
    if (this.#undecided.size > MAX_OFFERS && oldest !== undefined)
      void this.decline(oldest, 'too many files are offered').catch(() => undefined);
  }

  /** Rejects with 'usage.invalid' if nothing with that number is offered, with 'file.unusable', or with what the station says. */
  async accept(number: number | null, directory: string | null): Promise<void> {
    const { at, offered } = this.#find(number);
    const into = directory ?? this.#settings().directory;
    const incoming: Incoming = {
      number: at,
      directory: into,
      offered,
      file: undefined,
      writing: Promise.resolve(),
    };
    this.#undecided.delete(at);
    this.#list.decided(at);
    this.#incoming.set(idOf(offered), incoming);
    const { name: who, size } = offered;
    const name = safeFileName(offered.fileName);
    this.#list.began({ number: at, direction: 'in', name, who, size, done: 0, state: 'running', note: '' });
    try {
      await this.#take(incoming);
    } catch (error) {
      this.#end(incoming, 'failed', sentenceOf(error));
      await this.#refuse(offered, 'it cannot be kept');
      throw error;
    }
  }

  async decline(number: number | null, reason = ''): Promise<void> {
    const { at, offered } = this.#find(number);
    this.#undecided.delete(at);
    this.#list.decided(at);
    await this.#refuse(offered, reason);
  }

  /** Takes no more of it; false if the number is none of ours. */
  async cancel(number: number): Promise<boolean> {
    const incoming = [...this.#incoming.values()].find((one) => one.number === number);
    const transfer = this.#list.now.transfers.find((one) => one.number === number);
    if (!incoming || !transfer || isOver(transfer)) return false;
    // What comes from now on is not written.
    this.#end(incoming, 'refused', 'you ended it');
    await incoming.writing;
    await incoming.file?.discard();
    await this.#refuse(incoming.offered, 'it was not wanted any more');
    return true;
  }

  withdrawn({ file, from, reason, lost }: Params<'file.withdrawn'>): void {
    for (const [number, offered] of this.#undecided) {
      if (offered.file !== file || offered.from !== from) continue;
      this.#undecided.delete(number);
      this.#list.decided(number);
    }
    const incoming = this.#running(file, from);
    if (incoming) void this.#stop(incoming, lost ? 'broken' : 'failed', reason);
  }

  data({ file, from, offset, data }: Params<'file.data'>): void {
    const incoming = this.#running(file, from);
    if (!incoming?.file) return;
    const into = incoming.file;
    incoming.writing = incoming.writing.then(() => this.#write(incoming, into, offset, data));
  }

  /** A connection stands: asks for what broke off, in case its sender is still there. Never rejects. */
  async online(): Promise<void> {
    for (const incoming of this.#incoming.values())
      if (this.#transferOf(incoming)?.state === 'broken') await this.#take(incoming).catch(() => undefined);
  }

  offline(): void {
    for (const number of this.#undecided.keys()) this.#list.decided(number);
    this.#undecided.clear();
    for (const incoming of this.#incoming.values())
      if (this.#transferOf(incoming)?.state === 'running')
        void this.#stop(incoming, 'broken', 'the connection was lost');
  }

  async close(): Promise<void> {
    for (const { writing, file } of this.#incoming.values()) {
      await writing;
      await file?.close();
    }
  }

  /** The same file of the same key: goes on if it broke off; what is complete is not taken twice. */
  async #again(incoming: Incoming, offered: Offered): Promise<void> {
    incoming.offered = offered;
    if (this.#transferOf(incoming)?.state !== 'broken') return;
    await this.#take(incoming).catch((error: unknown) => this.#list.tell(sentenceOf(error), offered.place));
  }

  async #take(incoming: Incoming): Promise<void> {
    const { offered, directory } = incoming;
    const { file: id, from, fileName: name, size, sha256 } = offered;
    await incoming.writing;
    await incoming.file?.close();
    const file = await IncomingFile.open(directory, { name, size, sha256 });
    incoming.file = file;
    this.#list.change(incoming.number, { state: 'running', done: file.received, note: '' });
    try {
      await this.#call('file.take', { file: id, from, offset: file.received });
    } catch (error) {
      await this.#stop(incoming, 'broken', sentenceOf(error));
      throw error;
    }
    if (file.received === size) await this.#complete(incoming, file);
  }

  async #write(incoming: Incoming, into: IncomingFile, offset: number, data: string): Promise<void> {
    if (incoming.file !== into || this.#transferOf(incoming)?.state !== 'running') return;
    const { file, from, size } = incoming.offered;
    try {
      await into.write(offset, Buffer.from(data, 'base64'));
      this.#list.change(incoming.number, { done: into.received });
      if (into.received === size) await this.#complete(incoming, into);
      // Not waited for: the next part is on its way already.
      else this.#call('file.ack', { file, from, received: into.received }).catch(() => undefined);
    } catch (error) {
      await this.#stop(incoming, 'failed', sentenceOf(error));
      this.#list.tell(
        `${safeFileName(incoming.offered.fileName)}: ${sentenceOf(error)}`,
        incoming.offered.place,
      );
      await this.#refuse(incoming.offered, 'it cannot be kept');
    }
  }

  async #complete(incoming: Incoming, into: IncomingFile): Promise<void> {
    const { offered, number } = incoming;
    const { file, from, size, place } = offered;
    const path = await into.finish();
    incoming.file = undefined;
    this.#list.change(number, { done: size, state: 'done', note: path });
    this.#list.tell(`@${offered.name}'s file is in ${path} (${sizeWords(size)}, checksum right)`, place);
    await this.#call('file.ack', { file, from, received: size }).catch(() => undefined);
  }

  async #stop(incoming: Incoming, state: 'broken' | 'failed', note: string): Promise<void> {
    this.#list.change(incoming.number, { state, note });
    await incoming.file?.close();
    incoming.file = undefined;
    if (state === 'failed') this.#incoming.delete(idOf(incoming.offered));
  }

  #end(incoming: Incoming, state: 'failed' | 'refused', note: string): void {
    this.#incoming.delete(idOf(incoming.offered));
    this.#list.change(incoming.number, { state, note });
  }

  /** A file that is offered once more before anything was decided stands in the list once. */
  #forget({ file, key }: Offered): void {
    for (const [number, other] of this.#undecided) {
      if (other.file !== file || other.key !== key) continue;
      this.#undecided.delete(number);
      this.#list.decided(number);
    }
  }

  async #refuse({ file, from }: Offered, reason: string): Promise<void> {
    await this.#call('file.refuse', { file, from, reason }).catch(() => undefined);
  }

  #find(number: number | null): { at: number; offered: Offered } {
    const at = number ?? [...this.#undecided.keys()].at(-1);
    const offered = at === undefined ? undefined : this.#undecided.get(at);
    if (at !== undefined && offered) return { at, offered };
    const what =
      number === null ? 'no file is offered to you' : `no file with the number ${number} is offered to you`;
    throw new VoiptermError('usage.invalid', `${what}: /files lists them`);
  }

  #running(file: string, from: number): Incoming | undefined {
    return [...this.#incoming.values()].find(
      (one) =>
        one.offered.file === file && one.offered.from === from && this.#transferOf(one)?.state === 'running',
    );
  }

  #transferOf({ number }: Incoming): FileTransfer | undefined {
    return this.#list.now.transfers.find((one) => one.number === number);
  }
}

function idOf({ file, key }: Offered): string {
  return `${key} ${file}`;
}
