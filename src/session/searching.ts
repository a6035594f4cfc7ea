/** Searches what was said: the local store answers at once, the station's answer is merged in when it comes. */
import { sentenceOf, VoiptermError } from '../errors.ts';
import type { Message } from '../net/control/schema.ts';
import { MAX_HISTORY_PAGE } from '../net/control/schema.ts';
import type { FoundMessage } from '../store/client.ts';
import type { Archive } from './archive.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';
import { keptOf, storedLine } from './message-lines.ts';
import type { FoundLine, SearchState } from './text-state.ts';

/** Messages that one step finds. */
const PAGE = 50;
/** Messages that a search shows in all: whoever has so many adds a word. */
const MAX_RESULTS = 500;

export interface SearchingOptions {
  readonly live: LiveState;
  readonly archive: Archive;
  readonly call: Caller;
}

export class Searching {
  readonly #options: SearchingOptions;
  /** Grows with each search: an answer to an older one is dropped. */
  #serial = 0;
  /** How many the store has given. */
  #stored = 0;
  /** Where the station goes on; null when it has no more. */
  #next: number | undefined | null = null;

  constructor(options: SearchingOptions) {
    this.#options = options;
  }

  /** Shows what is found as SearchState. */
  async search(query: string, room: string | null): Promise<void> {
    if (query.trim() === '') throw new VoiptermError('usage.invalid', 'search for what? Write /search WORDS');
    this.#serial++;
    this.#stored = 0;
    this.#next = undefined;
    const first: SearchState = { query, room, results: [], more: false, busy: true, note: null };
    await this.#step(first);
  }

  /** Finds older ones. */
  async more(): Promise<void> {
    const { search } = this.#options.live.now.text;
    if (search?.more && !search.busy) await this.#step({ ...search, busy: true });
  }

  close(): void {
    this.#serial++;
    this.#show(null);
  }

  async #step(before: SearchState): Promise<void> {
    const serial = this.#serial;
    const { archive, live } = this.#options;
    const { query, room } = before;
    const stored = archive.search(query, PAGE, room, this.#stored);
    this.#stored += stored.length;
    const local = merged(before, stored.map(foundOf));
    const storeHasMore = stored.length === PAGE;
    if (live.now.link.at !== 'online' || this.#next === null) {
      const note = this.#next === null ? before.note : 'not connected: only what is kept here is searched';
      return this.#show(bounded({ ...local, busy: false, more: storeHasMore, note }));
    }
    this.#show(local);
    const answer = await this.#ask(query, room).catch(sentenceOf);
    if (serial !== this.#serial) return;
    const shown = live.now.text.search ?? local;
    if (typeof answer === 'string') {
      const note = `the station did not search: ${answer}`;
      return this.#show(bounded({ ...shown, busy: false, more: storeHasMore, note }));
    }
    this.#next = answer.more ? answer.next : null;
    const found = merged(
      shown,
      answer.messages.map((message) => foundOf(keptOf(message))),
    );
    this.#show(bounded({ ...found, busy: false, more: storeHasMore || answer.more, note: null }));
  }

  #ask(
    query: string,
    room: string | null,
  ): Promise<{ messages: Message[]; more: boolean; next?: number | undefined }> {
    return this.#options.call('room.search', {
      query: query.slice(0, 256),
      limit: Math.min(PAGE, MAX_HISTORY_PAGE),
      ...(room === null ? {} : { room }),
      ...(typeof this.#next === 'number' ? { before: this.#next } : {}),
    });
  }

  #show(search: SearchState | null): void {
    this.#options.live.apply({ kind: 'text', change: { search } });
  }
}

function foundOf(message: Omit<FoundMessage, 'station'>): FoundLine {
  const { id, from, at, text } = storedLine(message);
  return { room: message.room, seq: message.seq, id, from, at, text };
}

/** Each message once, newest first. */
function merged(search: SearchState, found: readonly FoundLine[]): SearchState {
  const all = new Map([...search.results, ...found].map((line) => [`${line.room} ${line.seq}`, line]));
  const results = [...all.values()].sort((a, b) => b.at - a.at || b.seq - a.seq);
  return { ...search, results };
}

function bounded(search: SearchState): SearchState {
  if (search.results.length < MAX_RESULTS) return search;
  const results = search.results.slice(0, MAX_RESULTS);
  return { ...search, results, more: false, note: `the newest ${MAX_RESULTS}: add a word to find others` };
}
