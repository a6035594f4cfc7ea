/** A session's voice: the audio worker's switches, its devices' state and levels, and its line to the tunnel. */
import { MessageChannel } from 'node:worker_threads';
import { type AudioClient, startAudio } from '../audio/client.ts';
import type { AudioEvent, AudioOptions, VoiceReport } from '../audio/messages.ts';
import { assertNever, VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { TunnelClient } from '../net/tunnel/client.ts';
import type { Event } from './reduce.ts';
import type { Levels } from './state.ts';

const SILENCE: Levels = { mic: 127, speaker: 127 };

export interface VoiceLinkOptions {
  readonly apply: (event: Event) => void;
  readonly notice: (text: string) => void;
  /** Frames began or stopped to be sent. */
  readonly onTalking: (talking: boolean) => void;
  readonly log: Logger;
}

export class VoiceLink {
  readonly #options: VoiceLinkOptions;
  #audio: AudioClient | undefined;
  #talking = false;
  #muted = false;
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
  }

  /** The user wants to talk. */
  get talking(): boolean {
    return this.#talking;
  }

  /**
   * Starts the audio thread and joins it to the tunnel's, without the main thread between them. A missing device is
   * no error: the state says so. Rejects for a file that cannot be opened, or if the thread does not come up.
   */
  async start(tunnel: TunnelClient, options: AudioOptions): Promise<{ startedAtNs: bigint }> {
    const audio = await startAudio({
      onEvent: (event) => this.#onAudio(event),
      onDied: (error) => this.#died(error),
    });
    this.#audio = audio;
    const { port1, port2 } = new MessageChannel();
    await tunnel.attachVoice(port2);
    return audio.start(options, port1);
  }

  async talk(on: boolean): Promise<void> {
    const audio = this.#running();
    if (on && this.#muted) throw new VoiptermError('usage.invalid', 'you are muted: /unmute first');
    this.#talking = on;
    this.#options.apply({ kind: 'voice', talking: on });
    await audio.talk(on);
  }

  /** Muted, the talk key does nothing. */
  async mute(on: boolean): Promise<void> {
    if (on && this.#talking) await this.talk(false);
    this.#muted = on;
    this.#options.apply({ kind: 'voice', muted: on });
  }

  async deafen(on: boolean): Promise<void> {
    await this.#running().deafen(on);
    this.#options.apply({ kind: 'voice', deafened: on });
  }

  /** Plays out, closes devices and files, and reports. */
  finish(): Promise<VoiceReport> {
    return this.#running().finish();
  }

  async close(): Promise<void> {
    await this.#audio?.close();
    this.#audio = undefined;
  }

  #running(): AudioClient {
    if (this.#audio) return this.#audio;
    throw new VoiptermError('audio.unavailable', 'there is no sound in this session');
  }

  #onAudio(event: AudioEvent): void {
    switch (event.event) {
      case 'levels':
        this.#levels = { mic: event.mic, speaker: event.speaker };
        for (const listener of this.#levelListeners) listener();
        return;
      case 'talking':
        return this.#options.onTalking(event.on);
      case 'device':
        return this.#options.apply({ kind: 'device', which: event.which, device: event.device });
      case 'input-ended':
        return this.#inputEnded();
      case 'log':
        return this.#options.log[event.level](event.text, event.fields);
      case 'muted-speech':
      case 'speaking': // the station's talking state is what members see
      case 'ready':
        return;
      default:
        return assertNever(event);
    }
  }

  #died(error: VoiptermError): void {
    this.#audio = undefined;
    this.#talking = false;
    this.#options.apply({ kind: 'voice', talking: false });
    this.#options.notice(`${error.message}: sound is off until you start voipterm again; text goes on`);
    this.#options.onTalking(false);
  }
}
