/** Files of a session: what is sent, what is offered to us, and which part of it does what. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { VoiptermError } from '../errors.ts';
import type { StationNotification } from '../net/control/schema.ts';
import { FILE_WINDOW_BYTES, MAX_CHUNK_BYTES } from '../net/control/schema-files.ts';
import { controlCarrier } from './file-carrier.ts';
import { FileList, isOver } from './file-list.ts';
import { FileReceiving, type ReceivingSettings } from './file-receiving.ts';
import { FileSending } from './file-sending.ts';
import type { FileCommand, FileOffer } from './file-state.ts';
import { fileLines } from './file-words.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';
import { wantedOf } from './people.ts';

export interface FileSettings extends ReceivingSettings {
  /** What "~" is, and where relative paths begin. */
  readonly home?: string;
}

type FileNotification = Extract<StationNotification, { method: `file.${string}` }>;

export class Files {
  readonly #live: LiveState;
  readonly #list: FileList;
  readonly #sending: FileSending;
  readonly #receiving: FileReceiving;
  readonly #settings: () => FileSettings;

  /**
   * @param settings asked whenever they count.
   * @param onOffer hears of what is offered, and not what was declined at once.
   */
  constructor(
    live: LiveState,
    call: Caller,
    settings: () => FileSettings,
    onOffer: (offer: FileOffer) => void = () => undefined,
  ) {
    this.#live = live;
    this.#settings = settings;
    this.#list = new FileList(live);
    const limits = { chunkBytes: MAX_CHUNK_BYTES, windowBytes: FILE_WINDOW_BYTES };
    this.#sending = new FileSending(call, this.#list, controlCarrier(call, limits));
    this.#receiving = new FileReceiving({
      call,
      list: this.#list,
      settings,
      onOffer,
      isUnwanted: (key) => {
        const wanted = wantedOf(live.now.listening.people, key);
        return wanted !== undefined && (wanted.blocked || wanted.ignored);
      },
    });
  }

  async do(command: FileCommand): Promise<void> {
    switch (command.do) {
      case 'file-send':
        return this.#sending.offer(this.#path(command.path), command.to);
      case 'file-accept':
        return this.#receiving.accept(
          command.number,
          command.directory === null ? null : this.#path(command.directory),
        );
      case 'file-decline':
        return this.#receiving.decline(command.number);
      case 'file-cancel':
        return this.#cancel(command.number);
      case 'files':
        return this.#live.notice(fileLines(this.#list.now));
    }
  }

  notified({ method, params }: FileNotification): void {
    switch (method) {
      case 'file.offered':
        return this.#receiving.offered(params);
      case 'file.withdrawn':
        return this.#receiving.withdrawn(params);
      case 'file.data':
        return this.#receiving.data(params);
      case 'file.taken':
        return this.#sending.taken(params);
      case 'file.refused':
        return this.#sending.refused(params);
      case 'file.ack':
        return this.#sending.acknowledged(params);
    }
  }

  /** A connection stands. Never rejects. */
  async online(): Promise<void> {
    await this.#sending.online();
    await this.#receiving.online();
  }

  offline(): void {
    this.#sending.offline();
    this.#receiving.offline();
  }

  async close(): Promise<void> {
    await this.#sending.close();
    await this.#receiving.close();
  }

  async #cancel(number: number | null): Promise<void> {
    const which = number ?? this.#list.now.transfers.findLast((one) => !isOver(one))?.number;
    if (which !== undefined && ((await this.#receiving.cancel(which)) || (await this.#sending.cancel(which))))
      return;
    throw new VoiptermError('usage.invalid', 'nothing like that is on its way: /files lists what is');
  }

  #path(written: string): string {
    const { home = homedir() } = this.#settings();
    return resolve(
      written === '~' ? home : written.startsWith('~/') ? join(home, written.slice(2)) : written,
    );
  }
}
