/** Who we and others are in text: away, names, who comes and goes, topics, and whom we want to read. */
import { VoiptermError } from '../errors.ts';
import { type Answer, MAX_AWAY_CHARS, MAX_TOPIC_CHARS, memberName } from '../net/control/schema.ts';
import type { StationNotification } from '../net/control/schema.ts';
import type { Archive } from './archive.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';
import { findPerson } from './people.ts';
import { isDirect, placeWords } from './places.ts';

/** What others read where no reason is given. */
const AWAY = 'away';
/** So many who come and go are told in one period; a crowd that comes at once would push away what was said. */
const MAX_TOLD = 20;
const PERIOD_MS = 10_000;
/** After a station restarted all come back; nobody needs to read that. */
const COMING_BACK_MS = 5000;
/** Names that /focus takes. */
const MAX_FOCUS = 32;

export interface PresenceOptions {
  readonly live: LiveState;
  readonly archive: Archive;
  readonly call: Caller;
}

type Notified<M extends StationNotification['method']> = Extract<
  StationNotification,
  { method: M }
>['params'];

export class Presence {
  readonly #options: PresenceOptions;
  /** The name that we took while connected: a new connection begins with the one of before. */
  #nick: string | undefined;
  /** Who comes and goes is told from then on, our clock, ms. */
  #tellsFrom = 0;
  #connected = false;
  #period = { from: 0, told: 0 };

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** A link is up: others learn what they knew before. */
  async online(): Promise<void> {
    const { live, call } = this.#options;
    if (this.#connected) this.#tellsFrom = Date.now() + COMING_BACK_MS;
    this.#connected = true;
    const { away } = live.now.text;
    if (away !== null) await call('member.away', { text: away || AWAY });
    if (this.#nick !== undefined && this.#nick !== live.now.self.name) await this.nick(this.#nick);
  }

  /** Others read that we are away, and why; null: we are back. */
  async away(text: string | null): Promise<void> {
    const { live, call } = this.#options;
    const why = text?.trim().slice(0, MAX_AWAY_CHARS) ?? null;
    await call('member.away', { text: why === '' ? AWAY : why });
    live.apply({ kind: 'text', change: { away: why } });
    live.notice(why === null ? 'you are back' : `you are away${why && `: ${why}`}; /back ends it`);
  }

  async nick(typed: string): Promise<void> {
    const { live, call } = this.#options;
    const wanted = memberName.safeParse(typed.replace(/^@/, ''));
    if (!wanted.success)
      throw new VoiptermError('usage.invalid', wanted.error.issues[0]?.message ?? 'not a name');
    const { name } = await call('member.nick', { name: wanted.data });
    this.#nick = name;
    const { member } = live.now.self;
    if (member !== null) live.apply({ kind: 'members-changed', who: { id: member }, change: { name } });
    live.notice(`you are called ${name} until you leave; client.name in the settings keeps it`);
  }

  /** Changes a room's topic, or tells it (null). */
  async topic(room: string, text: string | null): Promise<void> {
    const { live, call } = this.#options;
    if (isDirect(room)) throw new VoiptermError('usage.invalid', 'a conversation has no topic');
    if (text === null) {
      const topic = live.now.rooms.find(({ name }) => name === room)?.topic ?? '';
      return live.notice(
        topic === '' ? `#${room} has no topic; /topic TEXT gives it one` : `#${room}: ${topic}`,
      );
    }
    if (text.length > MAX_TOPIC_CHARS)
      throw new VoiptermError('usage.invalid', `a topic has at most ${MAX_TOPIC_CHARS} characters`);
    await call('room.topic', { room, topic: text });
    this.#setTopic(room, text);
  }

  /** Writes who somebody is. */
  async whois(typed: string): Promise<void> {
    const { live, call } = this.#options;
    const name = typed.replace(/^@/, '');
    if (live.now.link.at === 'online') return live.notice(whoisWords(await call('member.whois', { name })));
    const found = findPerson(live.now, name);
    live.notice(
      found
        ? `@${found.name} is ${found.key}; you are not connected, so that is all that is known`
        : `nobody called ${name} is known here, and you are not connected`,
    );
  }

  /** Shows only what these say. */
  focus(names: readonly string[] | null): void {
    const { live } = this.#options;
    const focus = names && [...new Set(names.map((name) => name.replace(/^@/, '').toLowerCase()))];
    if (focus && focus.length > MAX_FOCUS)
      throw new VoiptermError('usage.invalid', `/focus takes at most ${MAX_FOCUS} names`);
    live.apply({ kind: 'text', change: { focus } });
    live.notice(
      focus
        ? `only what ${focus.map((name) => `@${name}`).join(', ')} and you write is shown; /focus off ends it`
        : 'everybody is shown',
    );
  }

  quiet(on: boolean): void {
    const { live } = this.#options;
    live.apply({ kind: 'text', change: { quiet: on } });
    live.notice(on ? 'who comes and goes is not told' : 'who comes and goes is told');
  }

  joined({ room, member }: Notified<'room.joined'>): void {
    const { self, rooms } = this.#options.live.now;
    const others = rooms.find(({ name }) => name === room)?.members ?? [];
    // Another terminal of somebody who is here already is not worth a line.
    const again = others.some(({ id, key }) => id !== member.id && key !== undefined && key === member.key);
    if (member.id !== self.member && !again) this.#tell(room, `@${member.name} is here`);
    if (member.key !== undefined) this.#seen(member.key, true);
  }

  /** Told before the member is taken from the room. */
  left({ room, id, name }: Notified<'room.left'>): void {
    const { self, rooms } = this.#options.live.now;
    const members = rooms.find((one) => one.name === room)?.members ?? [];
    const key = members.find((member) => member.id === id)?.key;
    const stays = members.some((member) => member.id !== id && key !== undefined && member.key === key);
    if (id !== self.member && !stays) this.#tell(room, `@${name} has left`);
    const elsewhere = rooms.some((one) =>
      one.members.some((member) => member.id !== id && member.key === key),
    );
    if (key !== undefined && !elsewhere) this.#seen(key, false);
  }

  wentAway({ key, text }: Notified<'member.away'>): void {
    const { live } = this.#options;
    live.apply({ kind: 'members-changed', who: { key }, change: { away: text } });
    // On another client of ours.
    if (key === live.now.self.key && (live.now.text.away === null) !== (text === null))
      live.apply({ kind: 'text', change: { away: text } });
  }

  renamed({ id, key, from, to }: Notified<'member.renamed'>): void {
    const { live } = this.#options;
    live.apply({ kind: 'members-changed', who: { id }, change: { name: to } });
    live.apply({ kind: 'peer', key, change: { name: to } });
    for (const room of live.now.rooms)
      if (room.members.some((member) => member.id === id) && id !== live.now.self.member)
        this.#tell(room.name, `@${from} is called @${to} now`);
  }

  /** A room is entered, with its topic. */
  topicOf(room: string, topic: string): void {
    const place = this.#options.live.now.rooms.find(({ name }) => name === room);
    if (place && place.topic !== topic) this.#setTopic(room, topic);
  }

  topicChanged({ room, topic, by }: Notified<'room.topic'>): void {
    if (!this.#options.live.now.rooms.some(({ name }) => name === room)) return;
    this.#setTopic(room, topic);
    const what = topic === '' ? 'took the topic away' : `set the topic: ${topic}`;
    this.#options.live.notice(`@${by} ${what}`, { room });
  }

  /** In a conversation it is told whether the other is there, as far as that can be seen from our rooms. */
  #seen(key: string, online: boolean): void {
    const { live } = this.#options;
    if (live.now.rooms.some(({ peer }) => peer?.key === key && peer.online !== online))
      live.apply({ kind: 'peer', key, change: { online } });
  }

  #setTopic(room: string, topic: string): void {
    const { live, archive } = this.#options;
    live.apply({ kind: 'place', room, change: { topic } });
    archive.update(room, { topic });
  }

  #tell(room: string, text: string): void {
    const { live } = this.#options;
    if (!live.now.text.quiet && this.#mayTell(Date.now())) live.notice(text, { room, about: 'presence' });
  }

  #mayTell(now: number): boolean {
    if (now < this.#tellsFrom && now > this.#tellsFrom - COMING_BACK_MS) return false;
    if (Math.abs(now - this.#period.from) > PERIOD_MS) this.#period = { from: now, told: 0 };
    this.#period.told += 1;
    return this.#period.told <= MAX_TOLD;
  }
}

function whoisWords(who: Answer<'member.whois'>): string {
  const { name, names = [], key, since, online, away, role, rooms, rttMs } = who;
  const others = names.filter((other) => other !== name);
  const ping = rttMs === null ? '' : `, ping ${Math.round(rttMs)} ms`;
  return [
    `@${name}: ${role}, key ${key}`,
    ...(others.length > 0 ? [`also called ${others.map((other) => `@${other}`).join(', ')}`] : []),
    `known here since ${dayOf(since)}; ${online ? `here now${ping}` : 'not here'}${away === null ? '' : `; away: ${away}`}`,
    ...(rooms.length > 0 ? [`with you in ${rooms.map(placeWords).join(', ')}`] : []),
  ].join('\n');
}

/** "2026-11-21", in local time. */
function dayOf(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
