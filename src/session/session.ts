/**
 * What a client does: the glue between link, audio, store and whoever shows it.
 *
 * The tunnel knows no rooms and the audio no members; the store knows neither. The UI knows no socket, no SQL and
 * no sample: it reads `state`, subscribes, and says do(command). The headless commands are the same session
 * without a UI. Voice never passes here, only its switches and levels do.
 */
import { assertNever, sentenceOf, type VoiptermError } from '../errors.ts';
import type { Phase, TunnelEvent, TunnelStats } from '../net/tunnel/messages.ts';
import { type CommandedParts, carryOut } from './carry-out.ts';
import type { Command } from './commands.ts';
import { Files } from './files.ts';
import { Forwarding } from './forwarding.ts';
import type { SessionHandle } from './handle.ts';
import { Health } from './health.ts';
import type { Caller } from './history.ts';
import { Keeping } from './keeping.ts';
import type { SessionLink } from './link.ts';
import { Listening } from './listening.ts';
import { LiveState } from './live-state.ts';
import { takeNotification } from './notified.ts';
import { type Moderating, makeModerating } from './moderation.ts';
import type { Post } from './outbox.ts';
import { type Event, initialState } from './reduce.ts';
import { PathTester } from './path-test.ts';
import { KEEP_NOTHING, NO_FILES_WANTED, type SessionOptions } from './session-options.ts';
import { Settings } from './settings.ts';
import { makeShells } from './shell-tools.ts';
import type { Shells } from './shells.ts';
import { Sound } from './sound.ts';
import { StatsPace } from './stats-pace.ts';
import type { State } from './state.ts';
import { Text } from './text.ts';
import { VoiceLink } from './voice.ts';
export type { SessionOptions } from './session-options.ts';

export class Session implements SessionHandle {
  readonly voice: VoiceLink;
  readonly #options: SessionOptions;
  readonly #live: LiveState;
  readonly #text: Text;
  readonly #forwarding: Forwarding;
  readonly #listening: Listening;
  readonly #keeping: Keeping;
  /** The user's terminals, for the pane that draws them. */
  readonly shells: Shells;
  readonly #files: Files;
  readonly #sound: Sound;
  readonly #settings: Settings;
  readonly #health: Health;
  readonly #moderating: Moderating;
  #link!: SessionLink;
  /** Grows with each phase: work for an older one is dropped. */
  #phases = 0;
  readonly #statsPace = new StatsPace();
  #closed = false;

  private constructor(options: SessionOptions) {
    const { store, target, log } = options;
    this.#options = options;
    const live = new LiveState(initialState(options.user, target), log);
    const call: Caller = (method, ask) => this.#link.call(method, ask);
    this.#live = live;
    const tellUi = {
      apply: (event: Event): void => live.apply(event),
      notice: (text: string): void => live.notice(text),
    };
    this.voice = new VoiceLink({
      ...tellUi,
      onTalking: (talking) => this.#tell(talking),
      onStarted: () => this.#sound.devicesChanged(),
      onDevicesChanged: () => this.#sound.devicesChanged(),
      onLoopback: (latencyMs) => this.#sound.heard(latencyMs),
      talkLimits: options.talkLimits,
      onRecordingEnded: (end) => this.#keeping.recordingEnded(end),
      onHealth: (event) => this.#health.take(event),
      noSound: options.noSound,
      log,
    });
    const audio = () => this.voice.audio;
    this.#listening = new Listening({ live, store, audio });
    this.#health = new Health(live);
    this.#sound = new Sound({ live, call, voice: () => this.voice });
    this.#keeping = new Keeping({ ...(options.keeping ?? KEEP_NOTHING), live, call, audio });
    const path = new PathTester({ live, call });
    this.#settings = new Settings({
      live,
      home: options.settings,
      voice: this.voice,
      keeping: () => this.#keeping,
      text: () => this.#text,
      reconnect: () => this.#link.renew?.(),
      testPath: () => path.run(),
    });
    this.#text = new Text(
      {
        store,
        live,
        call,
        log,
        onUnsent: options.onUnsent,
        settings: options.text,
        rooms: options.rooms,
        reads: options.reads,
      },
      store.stationFor(target),
    );
    this.#moderating = makeModerating({ live, call, store, target, text: this.#text });
    this.#forwarding = new Forwarding({ link: () => this.#link, notice: tellUi.notice });
    const shellParts = { live, call, log, link: () => this.#link, forwarding: this.#forwarding };
    this.#files = new Files(live, call, options.files ?? NO_FILES_WANTED, (offer) =>
      this.#text.offered(offer),
    );
    this.shells = makeShells(shellParts, options.shells);
  }

  /** Starts the link and begins to connect. Rejects if the link does not come up ('tunnel.died'). */
  static async start(options: SessionOptions): Promise<Session> {
    const session = new Session(options);
    session.#link = await options.link({
      onEvent: (event) => session.#onLink(event),
      onDied: (error) => session.#linkDied(error),
      onNotice: (text) => session.#live.notice(text),
    });
    session.#text.begin();
    await session.#link.connect();
    await session.#forwarding.begin(options.forwards ?? []);
    return session;
  }

  get state(): State {
    return this.#live.now;
  }

  get levels(): SessionHandle['levels'] {
    return this.voice.levels;
  }

  /** For what is not a session's business (where its voice comes from and goes to). */
  get link(): SessionLink {
    return this.#link;
  }

  /** Posts that no station has acknowledged, oldest first. */
  get unacknowledged(): readonly Post[] {
    return this.#text.chat.unacknowledged;
  }

  subscribe(listener: () => void): () => void {
    return this.#live.subscribe(listener);
  }

  /** Calls the observer with each event; returns the function that stops it. */
  observe(observer: (event: Event) => void): () => void {
    return this.#live.observe(observer);
  }

  /** Waits for a state; see LiveState.until. */
  until(fits: (state: State) => boolean, timeoutMs: number, impatient = false): Promise<void> {
    return this.#live.until(fits, timeoutMs, impatient);
  }

  do(command: Command): void {
    this.act(command).catch((error: unknown) => this.#live.notice(sentenceOf(error)));
  }

  /** Ends the audio, the connection and the threads. The store is the caller's to close. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#settings.close();
    this.#text.close();
    await this.shells.close();
    await this.#files.close();
    await this.voice.close();
    await this.#link.close();
  }

  /** Carries a command out; rejects with what went wrong. */
  act(command: Command): Promise<void> {
    return carryOut(command, this.#parts);
  }

  get #parts(): CommandedParts {
    return {
      live: this.#live,
      chat: this.#text.chat,
      membership: this.#text.membership,
      text: this.#text,
      forwarding: this.#forwarding,
      voice: this.voice,
      sound: this.#sound,
      settings: this.#settings,
      listening: this.#listening,
      keeping: this.#keeping,
      shells: this.shells,
      files: this.#files,
      moderating: this.#moderating,
    };
  }

  // Link ----------------------------------------------------------------------------------------------

  #onLink(event: TunnelEvent): void {
    switch (event.event) {
      case 'phase':
        return this.#onPhase(event.phase);
      case 'voice':
        return this.#live.apply({ kind: 'link-voice', goesOn: event.goesOn });
      case 'notification':
        return takeNotification(event.notification, this.#parts);
      case 'host-key':
        return this.#live.notice(
          `new station ${event.host} with host key ${event.fingerprint}: remembered from now on`,
        );
      case 'forward':
        return this.#forwarding.changed(event.forward);
      case 'forward-notice':
        return this.#live.notice(`forward ${event.id}: ${event.text}`);
      case 'stats':
        return this.#tellStats(event.stats);
      case 'log':
        return this.#options.log[event.level](event.text, event.fields);
      case 'ready':
        return;
      default:
        return assertNever(event);
    }
  }

  #tellStats(stats: TunnelStats): void {
    this.#live.apply({ kind: 'stats', stats }, !this.#statsPace.isDue(stats, performance.now()));
  }

  #onPhase(phase: Phase): void {
    this.#phases += 1;
    const serial = this.#phases;
    this.#live.apply({ kind: 'phase', phase });
    this.#text.down();
    if (phase.at !== 'online') {
      this.shells.offline();
      this.#files.offline();
    }
    if (phase.at === 'online') {
      this.#enterAll(phase, serial).catch((error: unknown) => {
        if (serial === this.#phases) this.#live.notice(sentenceOf(error));
      });
    }
  }

  async #enterAll(phase: Extract<Phase, { at: 'online' }>, serial: number): Promise<void> {
    const { fingerprint, station: name } = phase;
    this.#options.store.rememberStation({ fingerprint, target: this.#options.target, name, at: Date.now() });
    await this.#keeping.online();
    await this.#text.online(fingerprint, phase.rooms ?? [], () => serial === this.#phases);
    if (serial !== this.#phases) return;
    await this.#sound.online();
    await this.#files.online();
    // A key pressed or released, or a file being spoken, while the link broke: the station learns it anew.
    const { talks } = this.voice;
    if (talks || phase.resumed) this.#tell(talks);
  }

  /** Talk state for ourselves and the others. */
  #tell(talking: boolean): void {
    if (this.#closed || (talking && this.#sound.loops)) return;
    const { self, voiceRoom, link } = this.#live.now;
    if (self.member === null || link.at !== 'online') return;
    if (voiceRoom !== null)
      this.#live.apply({ kind: 'member-talking', room: voiceRoom, id: self.member, talking });
    this.#link.notify({ method: 'talk', params: { talking } }).catch(() => undefined);
  }

  #linkDied(error: VoiptermError): void {
    this.#onPhase({ at: 'failed', code: error.code, reason: `${error.message}: leave and start again` });
  }
}
