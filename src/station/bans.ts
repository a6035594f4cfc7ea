/**
 * Bans and silences that are in force: kept in memory, written through to the store. Told the time in ms since 1970, as
 * they are said in days and must outlive a restart.
 */
import { VoiptermError } from '../errors.ts';
import { formatIp, inPrefix, parseIp, parsePrefix, unwrapped } from '../net/forward/ip-address.ts';
import { MAX_MEASURES, type MeasureRow, type StationPeople } from '../store/station-people.ts';

export type Subject =
  | { readonly key: string; readonly address: null }
  | { readonly key: null; readonly address: string };

export class Bans {
  readonly #store: StationPeople;
  /** By place, as each post and each room of a list is asked for. */
  readonly #places = new Map<string | null, MeasureRow[]>();
  #count = 0;

  constructor(store: StationPeople) {
    this.#store = store;
    for (const row of store.measures()) this.#keep(row);
  }

  /** The ban that keeps somebody out of a room, or of the station (null). */
  banOf(
    who: { key: string; address?: string | undefined },
    room: string | null,
    now: number,
  ): MeasureRow | undefined {
    return this.#places
      .get(room)
      ?.find((row) => row.kind === 'ban' && isInForce(row, now) && concerns(row, who));
  }

  silenceOf(key: string, room: string, now: number): MeasureRow | undefined {
    return this.#places
      .get(room)
      ?.find((row) => row.kind === 'silence' && row.key === key && isInForce(row, now));
  }

  /** Those in force, of a room or of the station (null), or all of them. */
  list(kind: MeasureRow['kind'], room: string | null | 'all', now: number): MeasureRow[] {
    const rows = room === 'all' ? [...this.#places.values()].flat() : (this.#places.get(room) ?? []);
    return rows.filter((row) => row.kind === kind && isInForce(row, now)).sort((a, b) => a.id - b.id);
  }

  /** Keeps one; it replaces one that says the same of the same. Throws 'control.limit'. */
  add(row: Omit<MeasureRow, 'id'>, now: number): void {
    this.#drop((this.#places.get(row.room) ?? []).filter((old) => !isInForce(old, now) || isSame(old, row)));
    if (this.#count >= MAX_MEASURES) this.#drop(this.#ended(now));
    if (this.#count >= MAX_MEASURES) {
      throw new VoiptermError(
        'control.limit',
        `There are ${MAX_MEASURES} bans and silences, the most: lift some.`,
      );
    }
    this.#keep({ ...row, id: this.#store.addMeasure(row) });
  }

  /** Lifts what there is of that kind against somebody; answers how many. */
  lift(kind: MeasureRow['kind'], room: string | null, subject: Subject): number {
    const lifted = (this.#places.get(room) ?? []).filter((row) => isSame(row, { kind, room, ...subject }));
    this.#drop(lifted);
    return lifted.length;
  }

  #ended(now: number): MeasureRow[] {
    return [...this.#places.values()].flat().filter((row) => !isInForce(row, now));
  }

  #keep(row: MeasureRow): void {
    const rows = this.#places.get(row.room) ?? [];
    rows.push(row);
    this.#places.set(row.room, rows);
    this.#count += 1;
  }

  #drop(rows: readonly MeasureRow[]): void {
    if (rows.length === 0) return;
    this.#store.removeMeasures(rows.map(({ id }) => id));
    for (const { room, id } of rows) {
      const left = (this.#places.get(room) ?? []).filter((row) => row.id !== id);
      if (left.length > 0) this.#places.set(room, left);
      else this.#places.delete(room);
    }
    this.#count -= rows.length;
  }
}

/** An address or prefix as it is kept and compared; undefined for what is none. */
export function asAddress(text: string): string | undefined {
  const ip = parseIp(text);
  if (ip) return formatIp(unwrapped(ip));
  const range = parsePrefix(text);
  return range && `${formatIp(range.prefix)}/${range.bits}`;
}

function isInForce(row: MeasureRow, now: number): boolean {
  return row.until === null || row.until > now;
}

function isSame(row: MeasureRow, other: Pick<MeasureRow, 'kind' | 'room' | 'key' | 'address'>): boolean {
  return (
    row.kind === other.kind &&
    row.room === other.room &&
    row.key === other.key &&
    row.address === other.address
  );
}

function concerns(row: MeasureRow, who: { key: string; address?: string | undefined }): boolean {
  if (row.key !== null) return row.key === who.key;
  return row.address !== null && who.address !== undefined && covers(row.address, who.address);
}

/** Whether an address or prefix covers an address. */
export function covers(banned: string, address: string): boolean {
  const ip = parseIp(address);
  if (!ip) return false;
  const range = parsePrefix(banned.includes('/') ? banned : `${banned}/${banned.includes(':') ? 128 : 32}`);
  return range !== undefined && inPrefix(unwrapped(ip), range.prefix, range.bits);
}
