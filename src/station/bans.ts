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
  #all: MeasureRow[];

  constructor(store: StationPeople) {
    this.#store = store;
    this.#all = store.measures();
  }

  /** The ban that keeps somebody out of a room, or of the station (null). */
  banOf(
    who: { key: string; address?: string | undefined },
    room: string | null,
    now: number,
  ): MeasureRow | undefined {
    return this.#all.find(
      (row) => row.kind === 'ban' && row.room === room && isInForce(row, now) && concerns(row, who),
    );
  }

  silenceOf(key: string, room: string, now: number): MeasureRow | undefined {
    return this.#all.find(
      (row) => row.kind === 'silence' && row.room === room && row.key === key && isInForce(row, now),
    );
  }

  /** Those in force, of a room or of the station (null); a moderator of the station sees all with 'all'. */
  list(kind: MeasureRow['kind'], room: string | null | 'all', now: number): MeasureRow[] {
    return this.#all.filter(
      (row) => row.kind === kind && (room === 'all' || row.room === room) && isInForce(row, now),
    );
  }

  /** Keeps one; it replaces one that says the same of the same. Throws 'control.limit'. */
  add(row: Omit<MeasureRow, 'id'>, now: number): void {
    const over = this.#all.filter((old) => !isInForce(old, now) || isSame(old, row));
    if (this.#all.length - over.length >= MAX_MEASURES) {
      throw new VoiptermError(
        'control.limit',
        `There are ${MAX_MEASURES} bans and silences, the most: lift some.`,
      );
    }
    const id = this.#store.addMeasure(row);
    this.#drop(over);
    this.#all.push({ ...row, id });
  }

  /** Lifts what there is of that kind against somebody; answers how many. */
  lift(kind: MeasureRow['kind'], room: string | null, subject: Subject): number {
    const lifted = this.#all.filter((row) => isSame(row, { kind, room, ...subject }));
    this.#drop(lifted);
    return lifted.length;
  }

  #drop(rows: readonly MeasureRow[]): void {
    if (rows.length === 0) return;
    this.#store.removeMeasures(rows.map(({ id }) => id));
    this.#all = this.#all.filter((row) => !rows.includes(row));
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
