/** A session's voice: the audio worker's switches, its devices' state and levels, and its line to the tunnel. */
import { MessageChannel } from 'node:worker_threads';
import { type AudioClient, startAudio } from '../audio/client.ts';
import type { AudioEvent, RecordingEnd, VoiceReport } from '../audio/messages.ts';
import type { AudioChange, AudioOptions, TalkMode } from '../audio/options.ts';
import { assertNever, VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { HealthEvent } from './health.ts';
import type { SessionLink } from './link.ts';
import { OpenMicrophone } from './open-microphone.ts';
import type { Event } from './reduce.ts';
import type { Levels, VoiceState } from './state.ts';
import type { TalkLimits, TalkOpener } from './talk-watch.ts';

const SILENCE: Levels = { mic: 127, speaker: 127 };

export interface VoiceLinkOptions {
  readonly apply: (event: Event) => void;
  readonly notice: (text: string) => void;
  /** Frames began or stopped to be sent. */
  readonly onTalking: (talking: boolean) => void;
  /** When a microphone that was left open is closed; never by default. */
  readonly talkLimits?: TalkLimits | undefined;
  readonly onStarted?: () => void;
  /** There is news of the devices that can be chosen. */
  readonly onDevicesChanged?: () => void;
  /** How long our own voice took to come back through the station, ms. */
  readonly onLoopback?: (latencyMs: number) => void;
  /** A recording had to end. */
  readonly onRecordingEnded?: (end: RecordingEnd) => void;
  /** How voices come through. */
  readonly onHealth?: (event: HealthEvent) => void;
  /** What is said to whoever asks for sound where there is none. */
  readonly noSound?: string | undefined;
  readonly log: Logger;
}

/** Where nobody says why there is no sound. */
const NO_SOUND = 'there is no sound in this session';

const NO_LIMITS: TalkLimits = { unfocusedMs: 0, openMs: 0 };

export class VoiceLink {
  readonly #options: VoiceLinkOptions;
  /** The audio thread, from when sound runs until it dies. */
  #audio: AudioClient | undefined;
  #thread: AudioClient | undefined;
  #starting: Promise<unknown> | undefined;
  #talking = false;
  /** Nobody is told that we talk. */
  #secret = false;
  #muted = false;
  #sending = false;
  #mode: TalkMode = 'push';
  readonly #microphone: OpenMicrophone;
  #levels = SILENCE;
  readonly #levelListeners = new Set<() => void>();
  #inputEnded!: () => void;
  /** Resolves when a file input was spoken to its end. */
  readonly inputEnded = new Promise<void>((resolve) => {
    this.#inputEnded = resolve;
  });

  readonly levels = {
    get: (): Levels => this.#levels,
    subscribe: (listener: () => void): (() => void) => {
      this.#levelListeners.add(listener);
      return () => this.#levelListeners.delete(listener);
    },
  };

  constructor(options: VoiceLinkOptions) {
    this.#options = options;
    if (options.noSound !== undefined) this.#set({ absent: true });
    this.#microphone = new OpenMicrophone(options.talkLimits ?? NO_LIMITS, (why) => this.#leftOpen(why));
  }

  /** The audio thread, for what is not a switch of our own voice; undefined while there is no sound. */
  get audio(): AudioClient | undefined {
    return this.#audio;
  }

  /** Our voice is being sent, as far as others are told: without a microphone nothing is, whatever the key says. */
  get talks(): boolean {
    return this.#sending && !this.#secret;
  }

  /**
   * Starts the audio thread and joins it to the tunnel's, without the main thread between them. A missing device is
   * no error: the state says so. Rejects for a file that cannot be opened, or if the thread does not come up.
   */
  start(link: Pick<SessionLink, 'attachVoice'>, options: AudioOptions): Promise<{ startedAtNs: bigint }> {
    const starting = this.#start(link, options);
    this.#starting = starting;
    starting.catch(() => this.#silence());
    return starting;
  }

  async #start(
    link: Pick<SessionLink, 'attachVoice'>,
    options: AudioOptions,
  ): Promise<{ startedAtNs: bigint }> {
    const audio = await startAudio({
      onEvent: (event) => this.#onAudio(event),
      onDied: (error) => this.#died(error),
    });
    this.#thread = audio;
    const { port1, port2 } = new MessageChannel();
    await link.attachVoice(port2);
    // What is sent all the time, so that nobody sees when we talk, is not told on the control channel either.
    this.#secret = options.sending?.privacy === 'constant';
    const started = await audio.start(options, port1);
    this.#audio = audio;
    this.#mode = options.talkMode ?? 'push';
    this.#set({ mode: this.#mode });
    this.#options.onStarted?.();
    return started;
  }

  /**
   * Opens or closes the microphone (mode 'push'). Muted, nothing is sent, and the screen says so.
   * @param latched it stays open without a key that is held.
   */
  async talk(on: boolean, latched = true, by: TalkOpener = 'command'): Promise<void> {
    if (!this.#starting) throw this.#noSound();
    this.#talking = on;
    if (on) this.#microphone.opened(by);
    else this.#microphone.closed();
    this.#set({ talking: on, latched: on && latched });
    await (await this.running()).talk(on);
  }

  /** What a talk key elsewhere does: a pedal, a shortcut of the desktop. It mutes where the microphone is open by itself. */
  async push(how: 'down' | 'up' | 'toggle'): Promise<void> {
    const open = this.#mode === 'push' ? this.#talking : !this.#muted;
    const on = how === 'toggle' ? !open : how === 'down';
    if (this.#mode === 'push') await this.talk(on, how === 'toggle', 'socket');
    else await this.mute(!on);
  }

  /** What opens the microphone from now on. */
  async setMode(mode: TalkMode): Promise<void> {
    if (this.#talking) await this.talk(false);
    await (await this.running()).configure({ talkMode: mode });
    this.#mode = mode;
    this.#set({ mode });
  }

  /** Changes what can be changed while sound runs. Rejects where there is none. */
  async configure({ talkMode, ...rest }: AudioChange): Promise<void> {
    if (talkMode !== undefined) await this.setMode(talkMode);
    if (Object.keys(rest).length > 0) await (await this.running()).configure(rest);
  }

  /** When a microphone that is left open is closed, from now on. */
  setTalkLimits(limits: TalkLimits): void {
    this.#microphone.setLimits(limits);
  }

  /** Muted, nothing is sent, whatever the mode. */
  async mute(on: boolean): Promise<void> {
    if (on && this.#talking) await this.talk(false);
    this.#muted = on;
    this.#set({ muted: on, mutedSpeech: false });
    if (this.#starting) await (await this.running()).mute(on);
  }

  async deafen(on: boolean): Promise<void> {
    await (await this.running()).deafen(on);
    this.#set({ deafened: on });
  }

  /** The terminal got or lost the focus. */
  focus(gained: boolean): void {
    this.#microphone.focus(gained);
  }

  /** Plays out, closes devices and files, and reports. */
  async finish(): Promise<VoiceReport> {
    return (await this.running()).finish();
  }

  async close(): Promise<void> {
    this.#microphone.closed();
    await this.#thread?.close();
    this.#audio = undefined;
    this.#thread = undefined;
  }

  /** The audio thread once it is up, for who may be quicker than it. Rejects where there is no sound. */
  async running(): Promise<AudioClient> {
    await this.#starting;
    if (this.#audio) return this.#audio;
    throw this.#noSound();
  }

  #onAudio(event: AudioEvent): void {
    switch (event.event) {
      case 'levels':
        this.#levels = { mic: event.mic, speaker: event.speaker };
        for (const listener of this.#levelListeners) listener();
        return;
      case 'talking':
        this.#sending = event.on;
        this.#set({ sending: event.on });
        return this.#secret ? undefined : this.#options.onTalking(event.on);
      case 'muted-speech':
        return this.#set({ mutedSpeech: event.on && this.#muted });
      case 'device':
        return this.#options.apply({ kind: 'device', which: event.which, device: event.device });
      case 'input-ended':
        return this.#inputEnded();
      case 'devices-changed':
        return this.#options.onDevicesChanged?.();
      case 'log':
        return this.#options.log[event.level](event.text, event.fields);
      case 'recording-ended':
        return this.#options.onRecordingEnded?.(event.end);
      case 'loopback':
        return this.#options.onLoopback?.(event.latencyMs);
      case 'redundancy':
      case 'heard-by':
      case 'speakers':
        return this.#options.onHealth?.(event);
      case 'echo':
        return event.on ? undefined : this.#options.notice(event.detail);
      case 'speaking': // the station's talking state is what members see
      case 'ready':
        return;
      default:
        return assertNever(event);
    }
  }

  #noSound(): VoiptermError {
    return new VoiptermError('audio.unavailable', this.#options.noSound ?? NO_SOUND);
  }

  #set(change: Partial<VoiceState>): void {
    this.#options.apply({ kind: 'voice', change });
  }

  #leftOpen(why: string): void {
    this.talk(false).catch(() => undefined); // the thread is gone, and the microphone with it
    this.#options.notice(why);
  }

  /** There is no sound any more, or never was. */
  #silence(): void {
    this.#audio = undefined;
    this.#starting = undefined;
    this.#talking = false;
    this.#sending = false;
    this.#microphone.closed();
    this.#set({ talking: false, latched: false, sending: false });
  }

  #died(error: VoiptermError): void {
    this.#silence();
    this.#options.notice(`${error.message}: sound is off until you start voipterm again; text goes on`);
    this.#options.onTalking(false);
  }
}
