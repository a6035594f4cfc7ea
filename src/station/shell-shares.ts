/**
 * Terminals that members show to others: who may look on, and their frames passed on as they come.
 *
 * The station looks into no frame and keeps none. Whoever reads slowly misses frames instead of holding up the others, and
 * asks the owner for a whole screen. A share ends with its owner's connection.
 */
import { randomInt } from 'node:crypto';
import { VoiptermError } from '../errors.ts';
import type { Answer, Ask, StationNotification } from '../net/control/schema.ts';
import type { Lobby } from './lobby.ts';
import { type Place, requireMay } from './places.ts';
import type { Author } from './posting.ts';

/** Bytes that wait for a watcher at which frames are left out for it: some whole screens, a second on a slow link. */
export const MAX_WAITING_BYTES = 256 * 1024;
const MAX_SHARES_OF_MEMBER = 8;
const MAX_SHARES = 1000;
/** Each frame is sealed for each of them. */
const MAX_WATCHERS = 64;

interface Share {
  readonly id: number;
  readonly owner: Author;
  readonly place: Place;
  readonly title: string;
  readonly watchers: Map<number, Author>;
  writers: ReadonlySet<string>;
}

export class ShellShares {
  readonly #lobby: Lobby;
  readonly #shares = new Map<number, Share>();

  constructor(lobby: Lobby) {
    this.#lobby = lobby;
  }

  /** Offers a terminal. Throws 'control.forbidden' where the asker may not post, 'control.limit'. */
  share(owner: Author, { to, title, writers }: Ask<'shell.share'>): Answer<'shell.share'> {
    const own = [...this.#shares.values()].filter((share) => share.owner.id === owner.id).length;
    if (own >= MAX_SHARES_OF_MEMBER || this.#shares.size >= MAX_SHARES)
      throw new VoiptermError('control.limit', 'Too many shells are shared here: end one first.');
    const place = this.#lobby.places.resolve(owner, to);
    requireMay(this.#lobby.textRules, owner, place, 'post');
    if (!place.to && !this.#isAt(owner, place))
      throw new VoiptermError('control.forbidden', `Enter #${place.row} before you share something there.`);
    let id = randomInt(1, 2 ** 32);
    while (this.#shares.has(id)) id = randomInt(1, 2 ** 32);
    const share: Share = { id, owner, place, title, watchers: new Map(), writers: new Set(writers) };
    this.#shares.set(id, share);
    this.#offer(share);
    return { share: id };
  }

  grant(owner: Author, { share: id, writers }: Ask<'shell.grant'>): void {
    const share = this.#ownedBy(owner, id);
    share.writers = new Set(writers);
    this.#offer(share);
  }

  /** Ends a share; one that is over already is no fault. */
  unshare(owner: Author, id: number): void {
    const share = this.#shares.get(id);
    if (share?.owner.id === owner.id) this.#end(share, `${owner.name} ended it`);
  }

  /** Passes a frame on to those who keep up. */
  frame(owner: Author, frame: Ask<'shell.frame'>): void {
    const share = this.#ownedBy(owner, frame.share);
    if (!share.place.to && !this.#isAt(owner, share.place)) return this.#end(share, `${owner.name} left`);
    for (const watcher of share.watchers.values())
      if (!this.#mayWatch(watcher, share)) this.#dismiss(share, watcher);
    const quick = [...share.watchers.keys()].filter((id) => this.#lobby.unsent(id) <= MAX_WAITING_BYTES);
    this.#lobby.options.counters.framesSkipped += share.watchers.size - quick.length;
    if (quick.length > 0) this.#tell(quick, { method: 'shell.frame', params: frame });
  }

  watch(asker: Author, id: number): Answer<'shell.watch'> {
    const share = this.#shares.get(id);
    // Whether there is one at all is nobody's business but of those whom it was offered to.
    if (!share || !this.#mayWatch(asker, share)) throw over();
    if (share.watchers.size >= MAX_WATCHERS)
      throw new VoiptermError('control.limit', `${MAX_WATCHERS} people look at this shell already.`);
    share.watchers.set(asker.id, asker);
    this.#watching(share, asker, true);
    const { owner, title, writers } = share;
    return { from: owner.name, key: owner.fingerprint, title, write: writers.has(asker.fingerprint) };
  }

  unwatch(asker: Author, id: number): void {
    const share = this.#shares.get(id);
    if (share?.watchers.delete(asker.id)) this.#watching(share, asker, false);
  }

  refresh(asker: Author, id: number): void {
    const share = this.#watchedBy(asker, id);
    this.#tell([share.owner.id], { method: 'shell.refresh', params: { share: id } });
  }

  input(asker: Author, { share: id, data }: Ask<'shell.input'>): void {
    const share = this.#watchedBy(asker, id);
    if (!this.#mayWatch(asker, share)) return this.#dismiss(share, asker);
    if (!share.writers.has(asker.fingerprint))
      throw new VoiptermError(
        'control.forbidden',
        `You may look at the shell of ${share.owner.name}, not type in it.`,
      );
    const { name, fingerprint: key } = asker;
    this.#tell([share.owner.id], { method: 'shell.input', params: { share: id, name, key, data } });
  }

  /** A member's connection ended, whether it comes back or not. */
  left(member: number): void {
    for (const share of [...this.#shares.values()]) {
      if (share.owner.id === member) this.#end(share, `${share.owner.name} lost the connection`);
      const watcher = share.watchers.get(member);
      if (watcher) this.unwatch(watcher, share.id);
    }
  }

  /** Tells everybody whom it concerns, but for the terminal it comes from. */
  #offer(share: Share): void {
    const { id, owner, title, writers } = share;
    const offered = { share: id, from: owner.name, key: owner.fingerprint, title };
    for (const { member, place } of this.#audience(share)) {
      const write = writers.has(this.#lobby.keyOf(member));
      if (member !== owner.id)
        this.#tell([member], { method: 'shell.offered', params: { ...offered, place, write } });
    }
  }

  /** Members whom a share concerns, its owner too, and what each calls the place. */
  #audience({ owner, place }: Share): { readonly member: number; readonly place: string }[] {
    const { row, to, shown } = place;
    if (!to) return this.#lobby.rooms.idsIn(row).map((member) => ({ member, place: row }));
    const { presence } = this.#lobby.rooms;
    return [
      ...presence.idsOf(to.key).map((member) => ({ member, place: `@${owner.name}` })),
      ...presence.idsOf(owner.fingerprint).map((member) => ({ member, place: shown })),
    ];
  }

  #mayWatch({ id, fingerprint }: Author, { owner, place }: Share): boolean {
    if (id === owner.id || this.#lobby.textRules.isBanned(fingerprint)) return false;
    return fingerprint === owner.fingerprint || this.#isAt({ id, fingerprint }, place);
  }

  #isAt({ id, fingerprint }: Pick<Author, 'id' | 'fingerprint'>, { row, to }: Place): boolean {
    if (!to)
      return this.#lobby.rooms.idsIn(row).includes(id) && this.#lobby.textRules.mayRead(fingerprint, row);
    return fingerprint === to.key;
  }

  #dismiss(share: Share, watcher: Author): void {
    this.unwatch(watcher, share.id);
    const params = { share: share.id, reason: 'you are not where it is shared any more' };
    this.#tell([watcher.id], { method: 'shell.ended', params });
  }

  #end(share: Share, reason: string): void {
    this.#shares.delete(share.id);
    const to = this.#audience(share).map(({ member }) => member);
    const everybody = [...new Set([...to, ...share.watchers.keys()])];
    this.#tell(everybody, { method: 'shell.ended', params: { share: share.id, reason } });
  }

  #watching(share: Share, { id, name, fingerprint: key }: Author, watching: boolean): void {
    const params = { share: share.id, id, name, key, watching };
    this.#tell([share.owner.id], { method: 'shell.watching', params });
  }

  #ownedBy(owner: Author, id: number): Share {
    const share = this.#shares.get(id);
    if (share?.owner.id === owner.id) return share;
    throw over();
  }

  #watchedBy(asker: Author, id: number): Share {
    const share = this.#shares.get(id);
    if (share?.watchers.has(asker.id)) return share;
    throw over();
  }

  #tell(to: readonly number[], notification: StationNotification): void {
    this.#lobby.deliver([{ to, notification }]);
  }
}

function over(): VoiptermError {
  return new VoiptermError('control.not-found', 'That shell is not shared, or not with you.');
}
