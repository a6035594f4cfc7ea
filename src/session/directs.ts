/**
 * Conversations with one person: opened by us, or by whoever writes to us. They need not be joined, and are named by the
 * station from our side.
 */
import { VoiptermError } from '../errors.ts';
import { type Conversation, MAX_LIST_PAGE, type Message, memberName } from '../net/control/schema.ts';
import type { Archive } from './archive.ts';
import type { Chat } from './chat.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';
import type { Membership } from './membership.ts';
import { isDirect } from './places.ts';

/** Conversations that are open at a time. Others are at the station, and /msg opens them. */
const MAX_OPEN = 64;
/** Pages of conversations that are looked through for unread ones after connecting. */
const MAX_PAGES = 4;

export interface DirectsOptions {
  readonly live: LiveState;
  readonly archive: Archive;
  readonly call: Caller;
  readonly chat: Chat;
  readonly membership: () => Membership;
}

export class Directs {
  readonly #options: DirectsOptions;
  /** Conversations whose other end is being asked for. */
  readonly #asked = new Set<string>();
  /** That no more can be opened was said. */
  #saidFull = false;

  constructor(options: DirectsOptions) {
    this.#options = options;
  }

  /** Opens the conversation with somebody, and says something there unless that is "". */
  async msg(typed: string, text: string): Promise<void> {
    const { chat, membership, live } = this.#options;
    const name = validName(typed);
    const place = live.now.link.at === 'online' ? await this.#opened(name) : this.#known(name);
    await membership().show(place);
    chat.post(place, text);
  }

  /** The link is up: opens what was written to us meanwhile, and goes on with what is open. */
  async online(): Promise<void> {
    const { membership } = this.#options;
    const open = new Set(membership().rooms.filter(isDirect));
    let before: { readonly at: number; readonly room: string } | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const { conversations, more } = await this.#list(before);
      for (const one of conversations) {
        const wanted = open.delete(one.room) || this.#isUnread(one);
        if (wanted && this.#add(one.room)) await this.#enter(one);
      }
      const last = conversations.at(-1);
      if (!more || !last || (page > 0 && open.size === 0)) break;
      before = { at: last.at, room: last.room };
    }
    // Begun by us without a word, or long ago.
    for (const place of open) await this.#opened(place.slice(1)).catch(() => undefined);
  }

  /** A message of a conversation: opens it if it is not. */
  heard(message: Message): void {
    const { chat, live } = this.#options;
    const { room, seq } = message;
    const known = live.now.rooms.find(({ name }) => name === room);
    if (known?.peer) return chat.heard(message);
    if (!known && !this.#add(room)) return;
    chat.heard(message);
    if (!this.#asked.has(room)) void this.#meet(room, seq);
  }

  /** Learns with whom a conversation is that somebody else began. */
  async #meet(room: string, lastSeq: number): Promise<void> {
    this.#asked.add(room);
    try {
      await this.#enter(await this.#options.call('direct.open', { name: room.slice(1) }));
    } catch {
      await this.#options.chat.joined(room, { lastSeq });
    } finally {
      this.#asked.delete(room);
    }
  }

  /** Opens by name: the place has the name that the conversation began with. */
  async #opened(name: string): Promise<string> {
    const conversation = await this.#options.call('direct.open', { name });
    if (!this.#add(conversation.room)) throw tooMany();
    await this.#enter(conversation);
    return conversation.room;
  }

  /** Without a link only conversations that were there before are known for whom they are with. */
  #known(name: string): string {
    const { live, membership, archive } = this.#options;
    const wanted = name.toLowerCase();
    const place =
      live.now.rooms.find(({ peer }) => peer?.name.toLowerCase() === wanted)?.name ??
      membership().rooms.find((one) => one.toLowerCase() === `@${wanted}`) ??
      (archive.place(`@${name}`)?.peer ? `@${name}` : undefined);
    if (place === undefined) {
      throw new VoiptermError(
        'control.unreachable',
        `you are not connected, and who ${name} is only the station knows: try again when the link is back`,
      );
    }
    if (!this.#add(place)) throw tooMany();
    return place;
  }

  async #enter(conversation: Conversation): Promise<void> {
    const { live, archive, chat } = this.#options;
    const { room, name, key, online } = conversation;
    archive.update(room, { peer: { name, key } });
    live.apply({ kind: 'place', room, change: { peer: { name, key, online }, joined: true } });
    await chat.joined(room, conversation);
  }

  /** False if too many are open already. */
  #add(room: string): boolean {
    const { live, membership, chat } = this.#options;
    if (live.now.rooms.some(({ name }) => name === room)) return true;
    if (membership().rooms.filter(isDirect).length >= MAX_OPEN) {
      const full = `${room} writes to you, and ${MAX_OPEN} conversations are open already: /leave some of them`;
      if (!this.#saidFull) live.notice(full);
      this.#saidFull = true;
      return false;
    }
    this.#saidFull = false;
    live.apply({ kind: 'place', room, change: { joined: live.now.link.at === 'online' } });
    membership().adopt(room);
    chat.showStored([room]);
    return true;
  }

  #isUnread({ room, lastSeq, readUpTo = 0 }: Conversation): boolean {
    return lastSeq > Math.max(readUpTo, this.#options.archive.place(room)?.readTo ?? 0);
  }

  /** A station that knows no conversations has none. */
  async #list(before: { readonly at: number; readonly room: string } | undefined) {
    try {
      const ask = { limit: MAX_LIST_PAGE };
      return await this.#options.call('direct.list', before ? { ...ask, before } : ask);
    } catch (error) {
      if (!(error instanceof VoiptermError) || error.code !== 'control.protocol') throw error;
      return { conversations: [], more: false };
    }
  }
}

function validName(typed: string): string {
  const parsed = memberName.safeParse(typed.replace(/^@/, ''));
  if (parsed.success) return parsed.data;
  throw new VoiptermError('usage.invalid', parsed.error.issues[0]?.message ?? 'not a name');
}

function tooMany(): VoiptermError {
  return new VoiptermError(
    'usage.invalid',
    `${MAX_OPEN} conversations are open already: /leave some of them`,
  );
}
