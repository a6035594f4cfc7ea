/** Edits and deletions of messages: who may, what is told, and how somebody who was away catches up. */
import { VoiptermError } from '../errors.ts';
import type { Answer, Ask } from '../net/control/schema.ts';
import type { StoredMessage } from '../store/station.ts';
import { isDirect } from '../store/direct-name.ts';
import type { Lobby } from './lobby.ts';
import { type Place, requireMay, toMessage } from './places.ts';
import { type Author, bodyBytes } from './posting.ts';

/** Resolves after the commit. Throws 'control.not-found', 'control.forbidden', 'control.limit' and the like. */
export async function edit(
  lobby: Lobby,
  author: Author,
  ask: Ask<'room.edit'>,
): Promise<Answer<'room.edit'>> {
  lobby.requireOpen();
  const place = lobby.places.resolve(author, ask.room);
  requireMay(lobby.textRules, author, place, 'edit');
  const { type } = ask;
  const body = bodyBytes(ask.body);
  const at = Date.now();
  const changed = await lobby.writes.add((store) => {
    const before = found(store.message(place.row, ask.seq), place, ask.seq);
    if (before.fingerprint !== author.fingerprint) {
      throw new VoiptermError('control.forbidden', `Only ${before.from} may edit what ${before.from} wrote.`);
    }
    if (before.deleted) throw new VoiptermError('control.not-found', 'That message was deleted.');
    return store.edit(place.row, ask.seq, { type, body, at });
  });
  return told(lobby, place, changed, at);
}

/** Deletes one's own message, or that of another where the role allows it; a second time is harmless. */
export async function remove(
  lobby: Lobby,
  author: Author,
  { room, seq }: Ask<'room.delete'>,
): Promise<Answer<'room.delete'>> {
  lobby.requireOpen();
  const place = lobby.places.resolve(author, room);
  requireMay(lobby.textRules, author, place, 'read');
  const at = Date.now();
  const changed = await lobby.writes.add((store) => {
    const before = found(store.message(place.row, seq), place, seq);
    requireOwn(lobby, author, before);
    return before.deleted ? undefined : store.delete(place.row, seq);
  });
  return told(lobby, place, changed, at);
}

/** What was edited or deleted in a place since a revision. */
export function changes(
  lobby: Lobby,
  author: Author,
  { room, after, limit }: Ask<'room.changes'>,
): Answer<'room.changes'> {
  return lobby.storage(() => {
    const place = lobby.places.resolve(author, room);
    requireMay(lobby.textRules, author, place, 'read');
    const { messages, ...page } = lobby.options.store.changes(place.row, after, limit);
    return { ...page, messages: messages.map((message) => toMessage(message, place.shown)) };
  });
}

function requireOwn(lobby: Lobby, { fingerprint }: Author, message: StoredMessage): void {
  if (message.fingerprint === fingerprint) return;
  if (isDirect(message.room)) {
    throw new VoiptermError(
      'control.forbidden',
      `Only ${message.from} may delete what ${message.from} wrote.`,
    );
  }
  lobby.textRules.require(fingerprint, message.room, 'delete');
}

function told(
  lobby: Lobby,
  place: Place,
  changed: StoredMessage | undefined,
  at: number,
): Answer<'room.edit'> {
  if (changed === undefined) return { at };
  lobby.deliver(
    lobby.places.tell(place.row, (shown) => ({ method: 'room.changed', params: toMessage(changed, shown) })),
  );
  return { at, ...(changed.revision === undefined ? {} : { revision: changed.revision }) };
}

function found(message: StoredMessage | undefined, { shown }: Place, seq: number): StoredMessage {
  if (message) return message;
  throw new VoiptermError('control.not-found', `There is no message ${seq} in ${shown}.`);
}
