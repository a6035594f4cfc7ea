/**
 * A station's text in memory, and clients of it that are sessions without sound and socket. What goes between them waits
 * in queues, one for each direction, so that a test decides how far it gets and when a link breaks.
 */
import { VoiptermError } from '../../src/errors.ts';
import type { Logger } from '../../src/log.ts';
import type { Message, StationNotification } from '../../src/net/control/schema.ts';
import type { CommandedParts } from '../../src/session/carry-out.ts';
import { carryOutText } from '../../src/session/carry-out-text.ts';
import type { Caller } from '../../src/session/history.ts';
import { LiveState } from '../../src/session/live-state.ts';
import { takeNotification } from '../../src/session/notified.ts';
import { initialState } from '../../src/session/reduce.ts';
import type { Line, RoomState } from '../../src/session/state.ts';
import { Text, type TextSettings } from '../../src/session/text.ts';
import type { TextCommand } from '../../src/session/text-commands.ts';
import { ClientStore } from '../../src/store/client.ts';

const STATION = 'SHA256:station';
const quiet = (): void => undefined;
const log: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

type Ask = Record<string, unknown> & { room?: string; seq?: number; limit?: number };

interface Place {
  readonly messages: Message[];
  revision: number;
  topic: string;
  /** By name. */
  readonly read: Map<string, number>;
}

/** Two names make one conversation, whoever asks. */
function filedUnder(place: string, asker: string): string {
  return place.startsWith('@') ? `@${[place.slice(1), asker].sort().join('@')}` : place;
}

function seenBy(filed: string, reader: string): string {
  if (!filed.startsWith('@')) return filed;
  return `@${
    filed
      .slice(1)
      .split('@')
      .find((name) => name !== reader) ?? reader
  }`;
}

export class FakeStation {
  readonly clients: FakeClient[] = [];
  readonly topics: string[] = [];
  /** Grows with each message and edit: the station's clock, which orders. */
  now = 1_000_000;
  /** Methods that are refused, and with what. */
  readonly refuse = new Map<string, VoiptermError>();
  /** Methods that were asked for. */
  readonly asked: string[] = [];
  readonly #places = new Map<string, Place>();

  /** A client of this name; of one name there may be several. */
  client(name: string, options: Partial<ClientOptions> = {}): FakeClient {
    const client = new FakeClient(this, name, options);
    this.clients.push(client);
    return client;
  }

  place(filed: string): Place {
    let place = this.#places.get(filed);
    if (!place) {
      place = { messages: [], revision: 0, topic: '', read: new Map() };
      this.#places.set(filed, place);
    }
    return place;
  }

  /** Somebody who is not connected said this. */
  said(room: string, from: string, ...texts: string[]): void {
    for (const text of texts) this.#post(room, from, { id: `${room}-${this.now}`, text });
  }

  answer(client: FakeClient, method: string, ask: Ask): unknown {
    this.asked.push(method);
    const refused = this.refuse.get(method);
    if (refused) throw refused;
    const filed = filedUnder(String(ask.room ?? ''), client.name);
    const place = this.place(filed);
    const progress = {
      lastSeq: place.messages.length,
      revision: place.revision,
      readUpTo: place.read.get(client.name) ?? 0,
    };
    switch (method) {
      case 'room.join':
        client.rooms.add(filed);
        return { room: ask.room, members: this.#members(filed), topic: place.topic, ...progress };
      case 'room.post':
        return this.#post(filed, client.name, {
          id: String(ask.id),
          text: Buffer.from(String(ask.body), 'base64').toString(),
          type: String(ask.type),
          ...(ask.replyTo === undefined ? {} : { replyTo: Number(ask.replyTo) }),
        });
      case 'room.edit':
        return this.#change(filed, client, Number(ask.seq), { body: String(ask.body), edited: this.now });
      case 'room.delete':
        return this.#change(filed, client, Number(ask.seq), { body: '', deleted: true });
      case 'room.history':
        return this.#history(place, client, ask);
      case 'room.changes':
        return this.#changes(place, client, ask);
      case 'room.read':
        return this.#read(filed, client, Number(ask.seq));
      case 'room.search':
        return this.#search(client, String(ask.query));
      case 'direct.open':
        return this.#conversation(filedUnder(`@${String(ask.name)}`, client.name), client);
      case 'direct.list':
        return { conversations: this.#conversations(client), more: false };
      case 'room.topic':
        place.topic = String(ask.topic);
        this.#tell(filed, () => ({
          method: 'room.topic',
          params: { room: filed, topic: place.topic, by: client.name, at: this.now },
        }));
        return {};
      case 'voice.room':
      case 'room.leave':
      case 'member.away':
        return {};
      default:
        throw new VoiptermError('control.protocol', `no ${method}`);
    }
  }

  #post(
    filed: string,
    from: string,
    post: { id: string; text: string; type?: string; replyTo?: number },
  ): unknown {
    const place = this.place(filed);
    const known = place.messages.find(({ id }) => id === post.id);
    if (known) return { seq: known.seq, at: known.at, duplicate: true };
    this.now += 10;
    const message: Message = {
      room: filed,
      seq: place.messages.length + 1,
      id: post.id,
      from,
      at: this.now,
      type: post.type ?? 'text/plain',
      body: Buffer.from(post.text).toString('base64'),
      key: `K${from}`,
      ...(post.replyTo === undefined ? {} : { replyTo: post.replyTo }),
    };
    place.messages.push(message);
    this.#tell(filed, (client) => ({
      method: 'room.message',
      params: { ...message, room: seenBy(filed, client.name) },
    }));
    return { seq: message.seq, at: message.at, duplicate: false };
  }

  #change(filed: string, client: FakeClient, seq: number, change: Partial<Message>): unknown {
    const place = this.place(filed);
    const before = place.messages[seq - 1];
    if (!before || before.from !== client.name) throw new VoiptermError('control.forbidden', 'not yours');
    this.now += 10;
    place.revision += 1;
    const message = { ...before, ...change, revision: place.revision };
    place.messages[seq - 1] = message;
    this.#tell(filed, (to) => ({
      method: 'room.changed',
      params: { ...message, room: seenBy(filed, to.name) },
    }));
    return { at: this.now, revision: place.revision };
  }

  #history(place: Place, client: FakeClient, ask: Ask): unknown {
    const limit = Number(ask.limit);
    const all = place.messages.map((one) => ({ ...one, room: seenBy(one.room, client.name) }));
    if (ask.after !== undefined) {
      const fitting = all.filter(({ seq }) => seq > Number(ask.after));
      return { messages: fitting.slice(0, limit), more: fitting.length > limit };
    }
    const fitting = all.filter(({ seq }) => seq < Number(ask.before ?? Number.MAX_SAFE_INTEGER));
    return { messages: fitting.slice(-limit), more: fitting.length > limit };
  }

  #changes(place: Place, client: FakeClient, ask: Ask): unknown {
    const limit = Number(ask.limit);
    const fitting = place.messages
      .filter(({ revision = 0 }) => revision > Number(ask.after))
      .sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0))
      .map((one) => ({ ...one, room: seenBy(one.room, client.name) }));
    return { messages: fitting.slice(0, limit), more: fitting.length > limit, revision: place.revision };
  }

  #read(filed: string, client: FakeClient, seq: number): unknown {
    const { read } = this.place(filed);
    const readUpTo = Math.max(seq, read.get(client.name) ?? 0);
    read.set(client.name, readUpTo);
    for (const other of this.clients)
      if (other !== client && other.name === client.name)
        other.send({ method: 'room.read', params: { room: seenBy(filed, other.name), seq: readUpTo } });
    return { readUpTo };
  }

  #search(client: FakeClient, query: string): unknown {
    const messages = [...this.#places]
      .filter(([filed]) => !filed.startsWith('@') || filed.slice(1).split('@').includes(client.name))
      .flatMap(([, { messages: all }]) => all)
      .filter(({ body }) => Buffer.from(body, 'base64').toString().includes(query))
      .map((one) => ({ ...one, room: seenBy(one.room, client.name) }));
    return { messages: messages.sort((a, b) => b.at - a.at), more: false };
  }

  #conversation(filed: string, { name }: FakeClient) {
    const { messages, revision, read } = this.place(filed);
    const room = seenBy(filed, name);
    const other = room.slice(1);
    const progress = { lastSeq: messages.length, revision, readUpTo: read.get(name) ?? 0 };
    return { room, name: other, key: `K${other}`, at: messages.at(-1)?.at ?? 0, online: true, ...progress };
  }

  #conversations(client: FakeClient) {
    return [...this.#places.keys()]
      .filter((filed) => filed.startsWith('@') && filed.slice(1).split('@').includes(client.name))
      .filter((filed) => this.place(filed).messages.length > 0)
      .map((filed) => this.#conversation(filed, client));
  }

  #members(filed: string) {
    return this.clients
      .filter((client) => client.linked && client.rooms.has(filed))
      .map((client) => ({ id: client.id, name: client.name, talking: false, key: `K${client.name}` }));
  }

  #tell(filed: string, make: (client: FakeClient) => StationNotification): void {
    for (const client of this.clients) {
      const hears = filed.startsWith('@')
        ? filed.slice(1).split('@').includes(client.name)
        : client.rooms.has(filed);
      if (client.linked && hears) client.send(make(client));
    }
  }
}

interface ClientOptions {
  readonly store: ClientStore;
  readonly rooms: readonly string[];
  readonly settings: TextSettings;
  /** Nothing goes anywhere by itself: the test calls `carry`. */
  readonly slow: boolean;
}

export class FakeClient {
  readonly name: string;
  readonly id: number;
  readonly live: LiveState;
  readonly store: ClientStore;
  readonly text: Text;
  readonly rooms = new Set<string>();
  /** Refused posts. */
  readonly unsent: string[] = [];
  linked = false;
  /** Grows with each link: what belongs to an older one is lost. */
  #link = 0;
  readonly #slow: boolean;
  #up: (() => void)[] = [];
  #down: (() => void)[] = [];
  readonly #station: FakeStation;

  constructor(station: FakeStation, name: string, options: Partial<ClientOptions>) {
    this.#station = station;
    this.name = name;
    this.id = station.clients.length + 1;
    this.#slow = options.slow ?? false;
    this.store = options.store ?? new ClientStore(':memory:');
    this.live = new LiveState(initialState(name, `${name}@host`), log);
    const call: Caller = (method, ask) => this.#call(method, ask as Ask) as never;
    this.text = new Text(
      {
        ...{ store: this.store, live: this.live, call, log },
        rooms: options.rooms ?? ['lobby'],
        settings: options.settings,
        onUnsent: (error, post) => this.unsent.push(post?.text ?? error.code),
      },
      this.store.stationFor(`${name}@host`),
    );
    this.text.begin();
  }

  /** Connects and enters all; resolves when that is done, which on a slow link takes somebody who carries. */
  online(): Promise<void> {
    this.#link += 1;
    const link = this.#link;
    this.linked = true;
    this.rooms.clear();
    this.store.rememberStation({ fingerprint: STATION, target: `${this.name}@host`, name: 's', at: 1 });
    const phase = {
      at: 'online',
      member: this.id,
      name: this.name,
      station: 's',
      fingerprint: STATION,
      resumed: false,
    };
    this.live.apply({ kind: 'phase', phase: phase as never });
    return this.text.online(STATION, [], () => link === this.#link).catch(() => undefined);
  }

  /** What is on its way is lost, in both directions. */
  offline(): void {
    this.#link += 1;
    this.linked = false;
    this.#up = [];
    const lost = this.#down;
    this.#down = [];
    this.#fail.splice(0).forEach((fail) => {
      fail(new VoiptermError('control.unreachable', 'the link broke'));
    });
    lost.length = 0;
    const phase = { at: 'offline', code: 'control.unreachable', reason: 'gone', retryInMs: 1, voice: false };
    this.live.apply({ kind: 'phase', phase: phase as never });
    this.text.down();
  }

  do(command: TextCommand): Promise<void> {
    return carryOutText(command, { text: this.text, live: this.live });
  }

  post(text: string, room = 'lobby'): void {
    this.text.chat.post(room, text);
  }

  /** One thing gets to the other end; false if nothing is on its way in that direction. */
  carry(way: 'up' | 'down'): boolean {
    const next = way === 'up' ? this.#up.shift() : this.#down.shift();
    next?.();
    return next !== undefined;
  }

  send(notification: StationNotification): void {
    this.#queue('down', () => takeNotification(notification, this.#parts));
  }

  room(name = 'lobby'): RoomState {
    const found = this.live.now.rooms.find((room) => room.name === name);
    if (!found) throw new Error(`${this.name} has no ${name}`);
    return found;
  }

  /** The texts of a place's messages as they are shown; what was deleted is "-". */
  texts(name = 'lobby'): string[] {
    return this.room(name)
      .lines.filter((line) => line.kind === 'message')
      .map((line) => (line.deleted ? '-' : line.text));
  }

  notices(): string[] {
    return this.live.now.rooms
      .flatMap(({ lines }) => lines as Line[])
      .filter((line) => line.kind === 'notice')
      .map(({ text }) => text);
  }

  close(): void {
    this.text.close();
    this.store.close();
  }

  readonly #fail: ((error: VoiptermError) => void)[] = [];

  #call(method: string, ask: Ask): Promise<unknown> {
    if (!this.linked)
      return Promise.reject(new VoiptermError('control.unreachable', 'not connected to the station'));
    return new Promise((resolve, reject) => {
      this.#fail.push(reject);
      this.#queue('up', () => {
        const settle = this.#answered(method, ask, resolve, reject);
        this.#queue('down', settle);
      });
    });
  }

  #answered(method: string, ask: Ask, resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    try {
      const answer = this.#station.answer(this, method, ask);
      return () => resolve(answer);
    } catch (error) {
      return () => reject(error);
    }
  }

  #queue(way: 'up' | 'down', work: () => void): void {
    (way === 'up' ? this.#up : this.#down).push(work);
    if (!this.#slow) queueMicrotask(() => this.carry(way));
  }

  get #parts(): CommandedParts {
    const deaf = { notified: quiet };
    return { live: this.live, text: this.text, listening: deaf, keeping: deaf, shells: deaf } as never;
  }
}

/** Lets everything that is on its way arrive. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve));
}
