/**
 * Files on their way between members: offers, and what goes to whoever takes one. Nothing is kept, and nothing is passed on
 * that the other end has no room for.
 */
import { VoiptermError } from '../errors.ts';
import type { Answer, Ask, StationNotification } from '../net/control/schema.ts';
import { FILE_WINDOW_BYTES, MAX_CHUNK_BYTES } from '../net/control/schema-files.ts';
import type { Lobby } from './lobby.ts';
import { type Place, requireMay } from './places.ts';
import type { Author } from './posting.ts';

const MAX_FILES_OF_MEMBER = 16;
const MAX_FILES = 1000;
/** Each chunk is sealed for each of them. */
const MAX_TAKERS = 64;

interface Taker {
  readonly who: Author;
  /** What was passed on and what was acknowledged, bytes from the file's first. */
  sent: number;
  acked: number;
}

interface Offered {
  readonly file: string;
  readonly owner: Author;
  readonly place: Place;
  readonly size: number;
  readonly takers: Map<number, Taker>;
}

export class Files {
  readonly #lobby: Lobby;
  /** By owner and file. */
  readonly #offered = new Map<string, Offered>();

  constructor(lobby: Lobby) {
    this.#lobby = lobby;
  }

  /** Throws 'control.forbidden' where the asker may not post or files are not wanted, 'control.limit'. */
  offer(owner: Author, { file, to, name, size, sha256 }: Ask<'file.offer'>): Answer<'file.offer'> {
    this.#checkSize(size);
    const own = [...this.#offered.values()].filter((one) => one.owner.id === owner.id);
    const known = own.some((one) => one.file === file);
    if (!known && (own.length >= MAX_FILES_OF_MEMBER || this.#offered.size >= MAX_FILES))
      throw new VoiptermError('control.limit', 'Too many files are offered here: take one back first.');
    const place = this.#lobby.places.resolve(owner, to);
    requireMay(this.#lobby.textRules, owner, place, 'post');
    if (!place.to) this.#lobby.rooms.requireIn(owner.id, place.row);
    this.#offered.set(keyOf(owner.id, file), { file, owner, place, size, takers: new Map() });
    const audience = this.#audience(owner, place);
    for (const member of audience) {
      const shown = place.to ? `@${owner.name}` : place.row;
      const offered = { file, from: owner.id, name: owner.name, key: owner.fingerprint };
      const params = { ...offered, place: shown, fileName: name, size, sha256 };
      this.#tell(member, { method: 'file.offered', params });
    }
    return { members: audience.length };
  }

  /** One that is gone already is no fault. */
  withdraw(owner: Author, { file, reason }: Ask<'file.withdraw'>): void {
    const offered = this.#offered.get(keyOf(owner.id, file));
    if (offered) this.#end(offered, reason, false);
  }

  take(taker: Author, { file, from, offset }: Ask<'file.take'>): void {
    const offered = this.#offered.get(keyOf(from, file));
    if (!offered || !this.#audience(offered.owner, offered.place).includes(taker.id)) throw gone();
    if (offset > offered.size)
      throw new VoiptermError('control.invalid-params', 'The file is not that long.');
    if (offered.takers.size >= MAX_TAKERS && !offered.takers.has(taker.id))
      throw new VoiptermError('control.limit', `${MAX_TAKERS} people take this file already: try it later.`);
    offered.takers.set(taker.id, { who: taker, sent: offset, acked: offset });
    const params = { file, by: taker.id, name: taker.name, key: taker.fingerprint, offset };
    this.#tell(from, { method: 'file.taken', params });
  }

  refuse(asker: Author, { file, from, reason }: Ask<'file.refuse'>): void {
    const offered = this.#offered.get(keyOf(from, file));
    if (!offered) return;
    const taking = offered.takers.delete(asker.id);
    if (!taking && !this.#audience(offered.owner, offered.place).includes(asker.id)) throw gone();
    this.#tell(from, {
      method: 'file.refused',
      params: { file, by: asker.id, name: asker.name, reason, lost: false },
    });
  }

  /** Throws 'control.limit' for what goes beyond the window, 'control.not-found' for who takes it no more. */
  data(owner: Author, { file, to, offset, data }: Ask<'file.data'>): void {
    const offered = this.#offered.get(keyOf(owner.id, file));
    const taker = offered?.takers.get(to);
    if (!offered || !taker) throw gone();
    const length = Buffer.byteLength(data, 'base64');
    if (length === 0 || length > MAX_CHUNK_BYTES || offset !== taker.sent || offset + length > offered.size)
      throw new VoiptermError('control.invalid-params', 'That is not the next part of the file.');
    if (offset + length > taker.acked + FILE_WINDOW_BYTES)
      throw new VoiptermError(
        'control.limit',
        'More of the file is on its way than fits: wait for what arrives.',
      );
    taker.sent += length;
    this.#tell(to, { method: 'file.data', params: { file, from: owner.id, offset, data } });
  }

  ack(taker: Author, { file, from, received }: Ask<'file.ack'>): void {
    const offered = this.#offered.get(keyOf(from, file));
    const taking = offered?.takers.get(taker.id);
    if (!offered || !taking) return;
    if (received < taking.acked || received > taking.sent)
      throw new VoiptermError('control.invalid-params', 'So much of the file was not sent.');
    taking.acked = received;
    if (received === offered.size) offered.takers.delete(taker.id);
    this.#tell(from, { method: 'file.ack', params: { file, by: taker.id, received } });
  }

  /** A member's connection ended, whether it comes back or not. */
  left(member: number): void {
    for (const offered of [...this.#offered.values()]) {
      const { owner, file, takers } = offered;
      if (owner.id === member) this.#end(offered, BROKEN, true);
      const taker = takers.get(member);
      if (!taker || !takers.delete(member)) continue;
      const params = { file, by: member, name: taker.who.name, reason: BROKEN, lost: true };
      this.#tell(owner.id, { method: 'file.refused', params });
    }
  }

  #checkSize(size: number): void {
    const { maxFileBytes } = this.#lobby.options;
    if (maxFileBytes === 0)
      throw new VoiptermError(
        'control.forbidden',
        'This station passes no files on (station.max_file_mb of its operator).',
      );
    if (size > maxFileBytes)
      throw new VoiptermError(
        'control.limit',
        `A file may have at most ${Math.floor(maxFileBytes / 1024 / 1024)} MB here.`,
      );
  }

  /** Connections that an offer is for. */
  #audience(owner: Author, { row, to }: Place): number[] {
    const { rooms, textRules } = this.#lobby;
    const ids = to ? rooms.presence.idsOf(to.key) : rooms.idsIn(row);
    return ids.filter(
      (id) => id !== owner.id && (to !== undefined || textRules.mayRead(this.#lobby.keyOf(id), row)),
    );
  }

  #end(offered: Offered, reason: string, lost: boolean): void {
    const { owner, place, file, takers } = offered;
    this.#offered.delete(keyOf(owner.id, file));
    const everybody = new Set([...this.#audience(owner, place), ...takers.keys()]);
    for (const member of everybody)
      this.#tell(member, { method: 'file.withdrawn', params: { file, from: owner.id, reason, lost } });
  }

  #tell(to: number, notification: StationNotification): void {
    this.#lobby.deliver([{ to: [to], notification }]);
  }
}

/** Why a transfer ends that may go on later. */
const BROKEN = 'the connection was lost';

function keyOf(owner: number, file: string): string {
  return `${owner} ${file}`;
}

function gone(): VoiptermError {
  return new VoiptermError('control.not-found', 'That file is not offered any more, or not to you.');
}
