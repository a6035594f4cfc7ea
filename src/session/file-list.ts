/** The files of the state: numbers that are given out once, and a list that does not grow. */
import type { FileOffer, FilesState, FileTransfer } from './file-state.ts';
import type { LiveState } from './live-state.ts';

/** Transfers that are over and still shown. */
const MAX_OVER = 32;

export class FileList {
  readonly #live: LiveState;
  #last = 0;

  constructor(live: LiveState) {
    this.#live = live;
  }

  get now(): FilesState {
    return this.#live.now.files;
  }

  nextNumber(): number {
    return ++this.#last;
  }

  offered(offer: FileOffer): void {
    this.#set({ offers: [...this.now.offers, offer] });
  }

  decided(number: number): void {
    this.#set({ offers: this.now.offers.filter((offer) => offer.number !== number) });
  }

  began(transfer: FileTransfer): void {
    const others = this.now.transfers.filter(({ number }) => number !== transfer.number);
    const over = others.filter(isOver);
    const tooMany = new Set(over.slice(0, Math.max(0, over.length - MAX_OVER)));
    this.#set({ transfers: [...others.filter((one) => !tooMany.has(one)), transfer] });
  }

  change(number: number, change: Partial<FileTransfer>): void {
    const transfers = this.now.transfers.map((one) => (one.number === number ? { ...one, ...change } : one));
    this.#set({ transfers });
  }

  ended(number: number): void {
    this.#set({ transfers: this.now.transfers.filter((one) => one.number !== number) });
  }

  /** A line for the user, in the place that it is about if that is open, else where they look. */
  tell(text: string, place?: string): void {
    const isOpen = this.#live.now.rooms.some(({ name }) => name === place);
    this.#live.notice(text, place !== undefined && isOpen ? { room: place } : {});
  }

  #set(change: Partial<FilesState>): void {
    this.#live.apply({ kind: 'files', change });
  }
}

export function isOver({ state }: FileTransfer): boolean {
  return state === 'done' || state === 'failed' || state === 'refused';
}
