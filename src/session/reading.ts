/**
 * How far the user has read each place: kept in the store, told to the station so that the user's other clients know, and
 * heard from them. A marker only ever goes forward, so it does not matter in which order these meet.
 */
import type { Archive } from './archive.ts';
import type { Progress } from './chat.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';
import { type Counts, countUnread } from './reduce-text.ts';
import { coversUnread } from './room-window.ts';
import type { RoomState } from './state.ts';

/** A marker moves with each message of a room that is shown; it is written and told once in this time, ms. */
const SETTLE_MS = 500;
/** Messages after the marker that are looked at to count them: nobody reads a higher number. */
const MAX_COUNTED = 1000;

export interface ReadingOptions {
  readonly live: LiveState;
  readonly archive: Archive;
  readonly call: Caller;
  /** Nobody reads: the station is told nothing. */
  readonly silent: boolean;
}

export class Reading {
  readonly #options: ReadingOptions;
  /** Markers as the store has them. */
  readonly #kept = new Map<string, number>();
  /** Markers as the station has them; only of places that it was asked about on this connection. */
  readonly #told = new Map<string, number>();
  #rooms: readonly RoomState[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #unsubscribe: () => void;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#unsubscribe = options.live.subscribe(() => this.#look());
  }

  /** What is kept of a place, before its messages are shown. */
  stored(room: string): void {
    const { live, archive } = this.#options;
    const kept = archive.place(room);
    if (!kept) return;
    const peer = kept.peer ? { peer: { ...kept.peer, online: false } } : {};
    live.apply({ kind: 'place', room, change: { topic: kept.topic, ...peer } });
    this.#kept.set(room, kept.readTo);
    live.apply({ kind: 'read', room, seq: kept.readTo, anew: true });
  }

  /**
   * The station says how far the place is, and how far we have read it on another client. What was said in a room before we
   * first came is not unread; in a conversation it is. `held` is the last message that is kept.
   */
  entered(room: string, { lastSeq, readUpTo = 0 }: Progress, held: number): void {
    const { live } = this.#options;
    const place = this.#place(room);
    const first = place?.kind === 'room' && held === 0 && place.marker === 0 && readUpTo === 0;
    this.#told.set(room, readUpTo);
    const seq = Math.min(lastSeq, first ? lastSeq : readUpTo);
    if (seq > 0) live.apply({ kind: 'read', room, seq, anew: true });
    this.#look();
  }

  /** Counts what is unread where the lines held do not reach back to the marker. */
  count(room: string): void {
    const place = this.#place(room);
    if (!place || place.marker >= place.lastSeq || coversUnread(place)) return;
    const counts = this.#counted(place, place.marker);
    this.#options.live.apply({ kind: 'read', room, seq: place.marker, counts });
  }

  /** Another client of ours has read up to there. */
  elsewhere(room: string, seq: number): void {
    const { live } = this.#options;
    const place = this.#place(room);
    if (!place) return;
    this.#told.set(room, Math.max(seq, this.#told.get(room) ?? 0));
    const counts = seq <= place.marker || coversUnread(place) ? {} : { counts: this.#counted(place, seq) };
    live.apply({ kind: 'read', room, seq, ...counts });
  }

  /** The station of the last connection need not be told any more. */
  down(): void {
    this.#told.clear();
  }

  /** Writes what has not been written yet. */
  close(): void {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    this.#keep();
  }

  #look(): void {
    const { rooms } = this.#options.live.now;
    if (rooms === this.#rooms && this.#timer) return;
    this.#rooms = rooms;
    if (this.#timer || !rooms.some((room) => this.#isBehind(room))) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#keep();
      this.#tell();
    }, SETTLE_MS);
  }

  #isBehind({ name, marker }: RoomState): boolean {
    return marker > (this.#kept.get(name) ?? 0) || marker > (this.#told.get(name) ?? marker);
  }

  #keep(): void {
    const { live, archive } = this.#options;
    if (archive.station === undefined) return;
    for (const { name, marker } of live.now.rooms) {
      if (marker <= (this.#kept.get(name) ?? 0)) continue;
      this.#kept.set(name, marker);
      archive.markRead(name, marker);
    }
  }

  #tell(): void {
    const { live, call, silent } = this.#options;
    if (silent || live.now.link.at !== 'online') return;
    for (const { name, marker } of live.now.rooms) {
      if (marker <= (this.#told.get(name) ?? marker)) continue;
      this.#told.set(name, marker);
      // Told again when the place is entered again.
      call('room.read', { room: name, seq: marker }).catch(() => undefined);
    }
  }

  #counted(place: RoomState, after: number): Counts {
    const { archive, live } = this.#options;
    const lines = archive.following(place.name, after, MAX_COUNTED);
    return countUnread({ ...place, lines }, after, live.now);
  }

  #place(room: string): RoomState | undefined {
    return this.#options.live.now.rooms.find(({ name }) => name === room);
  }
}
