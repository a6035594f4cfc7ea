/**
 * What a client does: the glue between tunnel, audio, store and whoever shows it.
 *
 * The tunnel knows no rooms and the audio no members; the store knows neither. The UI knows no socket, no SQL and
 * no sample: it reads `state`, subscribes, and says do(command). The headless commands are the same session
 * without a UI. Voice never passes here, only its switches and levels do.
 */
import { randomUUID } from 'node:crypto';
import { assertNever, type ErrorCode, VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { roomName, type StationNotification } from '../net/control/schema.ts';
import { TunnelClient } from '../net/tunnel/client.ts';
import type { ConnectOptions, Phase, TunnelEvent } from '../net/tunnel/messages.ts';
import type { ClientStore } from '../store/client.ts';
import { Chat } from './chat.ts';
import type { Command } from './commands.ts';
import type { SessionHandle } from './handle.ts';
import type { Post } from './outbox.ts';
import { type Event, initialState, reduce } from './reduce.ts';
import type { SettingRow, State } from './state.ts';
import { VoiceLink } from './voice.ts';

export interface SessionOptions {
  /** How the user names the station; what the store remembers. */
  readonly target: string;
  readonly connect: ConnectOptions;
  /** Asked for new options each time the link broke (an embedded station may come back on another port). */
  readonly reconnect?: () => Promise<ConnectOptions>;
  /** Rooms to be in besides those that the store remembers; the first is shown. */
  readonly rooms: readonly string[];
  readonly store: ClientStore;
  readonly settings: readonly SettingRow[];
  readonly log: Logger;
}

export class Session implements SessionHandle {
  readonly settings: readonly SettingRow[];
  readonly voice: VoiceLink;
  readonly #options: SessionOptions;
  readonly #chat: Chat;
  readonly #listeners = new Set<() => void>();
  #tunnel!: TunnelClient;
  #state: State;
  #station: string | undefined;
  #rooms: string[];
  /** Grows with each phase: work for an older one is dropped. */
  #phases = 0;
  #closed = false;

  private constructor(options: SessionOptions) {
    const { store, target, log } = options;
    this.#options = options;
    this.settings = options.settings;
    this.#state = initialState(options.connect.user, target);
    this.#station = store.stationFor(target);
    this.#rooms = unique([...options.rooms, ...(this.#station ? store.rooms(this.#station) : [])]);
    const apply = (event: Event): void => this.#apply(event);
    const notice = (text: string): void => this.#notice(text);
    this.voice = new VoiceLink({ apply, notice, onTalking: (talking) => this.#tell(talking), log });
    this.#chat = new Chat(
      {
        store,
        log,
        apply,
        notice,
        state: () => this.#state,
        call: (method, ask) => this.#tunnel.call(method, ask),
      },
      this.#station,
    );
  }

  /** Starts the tunnel's thread and begins to connect. Rejects with 'tunnel.died' if the thread does not come up. */
  static async start(options: SessionOptions): Promise<Session> {
    const session = new Session(options);
    session.#tunnel = await TunnelClient.start({
      onEvent: (event) => session.#onTunnel(event),
      onDied: (error) => session.#tunnelDied(error),
    });
    session.#chat.showStored(session.#rooms);
    const first = session.#rooms[0];
    if (first) session.#apply({ kind: 'shown', room: first });
    await session.#tunnel.connect(options.connect);
    return session;
  }

  get state(): State {
    return this.#state;
  }

  get levels(): SessionHandle['levels'] {
    return this.voice.levels;
  }

  /** The tunnel, for what is not a session's business (reading history page by page). */
  get tunnel(): TunnelClient {
    return this.#tunnel;
  }

  /** Posts that no station has acknowledged, oldest first. */
  get unacknowledged(): readonly Post[] {
    return this.#chat.unacknowledged;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Resolves once the state fits; rejects when the link failed for good, or with 'control.timeout' after `timeoutMs`.
   * With `impatient` one failure to connect is enough: a person who mistyped a host does not want to wait.
   */
  until(fits: (state: State) => boolean, timeoutMs: number, impatient = false): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        stop();
        finish();
      };
      const check = (): void => {
        const { link } = this.#state;
        const over = link.at === 'failed' || (impatient && link.at === 'offline');
        if (over) settle(() => reject(new VoiptermError(link.code, link.reason)));
        else if (fits(this.#state)) settle(resolve);
      };
      const stop = this.subscribe(check);
      const timer = setTimeout(() => settle(() => reject(this.#timeout(timeoutMs))), timeoutMs);
      check();
    });
  }

  do(command: Command): void {
    this.#do(command).catch((error: unknown) => this.#notice(sentenceOf(error)));
  }

  /** Ends the audio, the connection and the threads. The store is the caller's to close. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#chat.down();
    await this.voice.close();
    await this.#tunnel.close();
  }

  // Commands ------------------------------------------------------------------------------------------

  async #do(command: Command): Promise<void> {
    switch (command.do) {
      case 'post':
        return this.#chat.post(command.room, command.text);
      case 'join':
        return this.#join(command.room);
      case 'leave':
        return this.#leave(command.room);
      case 'show':
        return this.#show(command.room);
      case 'older':
        return this.#chat.older(command.room);
      case 'rooms':
        return this.#listRooms();
      case 'who':
        return this.#listMembers(command.room);
      case 'talk':
        return this.voice.talk(command.on);
      case 'mute':
        return this.voice.mute(command.on);
      case 'deafen':
        return this.voice.deafen(command.on);
      case 'notice':
        return this.#notice(command.text);
      default:
        return assertNever(command);
    }
  }

  async #join(name: string): Promise<void> {
    const room = validRoom(name);
    if (!this.#rooms.includes(room)) {
      await this.#enter(room);
      this.#rooms.push(room);
      this.#rememberRooms();
    }
    await this.#show(room);
  }

  async #leave(name: string): Promise<void> {
    const room = validRoom(name);
    if (!this.#rooms.includes(room)) throw new VoiptermError('usage.invalid', `you are not in #${room}`);
    if (this.#rooms.length === 1) {
      throw new VoiptermError('usage.invalid', 'this is your only room: /join another first, or /quit');
    }
    await this.#tunnel.call('room.leave', { room });
    this.#rooms = this.#rooms.filter((other) => other !== room);
    this.#rememberRooms();
    this.#chat.forget(room);
    this.#apply({ kind: 'left', room });
    if (this.#state.current) await this.#show(this.#state.current);
  }

  async #show(room: string): Promise<void> {
    this.#apply({ kind: 'shown', room });
    this.#chat.markRead(room);
    if (this.#state.link.at === 'online') await this.#tunnel.call('voice.room', { room });
  }

  async #listRooms(): Promise<void> {
    const { rooms } = await this.#tunnel.call('room.list', {});
    this.#notice(`rooms: ${rooms.map(({ room, members }) => `#${room} (${members})`).join('  ') || 'none'}`);
  }

  async #listMembers(name: string): Promise<void> {
    const room = validRoom(name);
    const { members } = await this.#tunnel.call('room.who', { room });
    this.#notice(`#${room}: ${unique(members.map((m) => m.name)).join(', ') || 'nobody'}`);
  }

  // Link ----------------------------------------------------------------------------------------------

  #onTunnel(event: TunnelEvent): void {
    switch (event.event) {
      case 'phase':
        return this.#onPhase(event.phase);
      case 'notification':
        return this.#onNotification(event.notification);
      case 'host-key':
        return this.#notice(
          `new station ${event.host} with host key ${event.fingerprint}: remembered from now on`,
        );
      case 'stats':
        return this.#apply({ kind: 'stats', stats: event.stats });
      case 'log':
        return this.#options.log[event.level](event.text, event.fields);
      case 'ready':
        return;
      default:
        return assertNever(event);
    }
  }

  #onPhase(phase: Phase): void {
    this.#phases += 1;
    const serial = this.#phases;
    this.#apply({ kind: 'phase', phase });
    this.#chat.down();
    if (phase.at === 'online') {
      this.#enterAll(phase, serial).catch((error: unknown) => {
        if (serial === this.#phases) this.#notice(sentenceOf(error));
      });
    }
    if (phase.at === 'offline' && this.#options.reconnect) void this.#renew(this.#options.reconnect, serial);
  }

  async #renew(reconnect: () => Promise<ConnectOptions>, serial: number): Promise<void> {
    try {
      const options = await reconnect();
      if (serial === this.#phases && !this.#closed) await this.#tunnel.connect(options);
    } catch (error) {
      this.#notice(sentenceOf(error));
    }
  }

  async #enterAll(phase: Extract<Phase, { at: 'online' }>, serial: number): Promise<void> {
    const { fingerprint, station: name } = phase;
    this.#station = fingerprint;
    this.#chat.adopt(fingerprint);
    this.#options.store.rememberStation({ fingerprint, target: this.#options.target, name, at: Date.now() });
    this.#rememberRooms();
    for (const room of this.#rooms) await this.#enter(room);
    if (serial !== this.#phases) return;
    this.#chat.up();
    const room = this.#state.current ?? this.#rooms[0];
    if (room) await this.#show(room);
    // A key held down, or a file being spoken, while the link broke: the station learns it anew.
    if (this.voice.talking) this.#tell(true);
  }

  async #enter(room: string): Promise<void> {
    const { members, lastSeq } = await this.#tunnel.call('room.join', { room });
    this.#apply({ kind: 'joined', room, members });
    await this.#chat.joined(room, lastSeq);
  }

  #onNotification({ method, params }: StationNotification): void {
    switch (method) {
      case 'room.message':
        return this.#chat.live(params);
      case 'room.joined':
        return this.#apply({ kind: 'member-joined', room: params.room, member: params.member });
      case 'room.left':
        return this.#apply({ kind: 'member-left', room: params.room, id: params.id });
      case 'member.talking': {
        const { room, id, talking } = params;
        return this.#apply({ kind: 'member-talking', room, id, talking });
      }
      case 'notice':
        return this.#notice(params.text);
      default:
        return assertNever(method);
    }
  }

  /** Talk state for ourselves and the others. */
  #tell(talking: boolean): void {
    if (this.#closed) return;
    const { self, current, link } = this.#state;
    if (self.member === null || link.at !== 'online') return;
    if (current !== null) this.#apply({ kind: 'member-talking', room: current, id: self.member, talking });
    this.#tunnel.notify({ method: 'talk', params: { talking } }).catch(() => undefined);
  }

  #tunnelDied(error: VoiptermError): void {
    this.#onPhase({ at: 'failed', code: error.code, reason: `${error.message}: leave and start again` });
  }

  // Small things --------------------------------------------------------------------------------------

  #rememberRooms(): void {
    if (this.#station) this.#options.store.setRooms(this.#station, this.#rooms);
  }

  #timeout(timeoutMs: number): VoiptermError {
    const { link } = this.#state;
    const code: ErrorCode = link.at === 'offline' ? 'control.unreachable' : 'control.timeout';
    const why = link.at === 'offline' ? link.reason : 'the station did not answer';
    return new VoiptermError(code, `${why} (waited ${timeoutMs / 1000} s)`);
  }

  #notice(text: string): void {
    this.#options.log.info(text);
    this.#apply({ kind: 'notice', id: randomUUID(), at: Date.now(), text });
  }

  #apply(event: Event): void {
    this.#state = reduce(this.#state, event);
    for (const listener of this.#listeners) listener();
  }
}

function validRoom(name: string): string {
  const parsed = roomName.safeParse(name.replace(/^#/, '').toLowerCase());
  if (parsed.success) return parsed.data;
  throw new VoiptermError('usage.invalid', parsed.error.issues[0]?.message ?? 'not a room name');
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
