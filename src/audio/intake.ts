/**
 * From captured ticks to those that the talker sends: cleaning (of a microphone's sound only: a file is sent as it is),
 * then the gate of the talk key and of voice activation.
 */
import { Cleaner } from './cleaning/cleaner.ts';
import { TICK_NS } from './frame.ts';
import { Gate, type GateTick } from './gate.ts';
import type { AudioEvent } from './messages.ts';
import type { AudioChange, AudioOptions } from './options.ts';

/** What activation takes without a setting. */
const DEFAULT_THRESHOLD_DB = -45;
const DEFAULT_HOLD_MS = 300;
/** Without settings a microphone's sound stays as it is. */
const UNCHANGED = { noiseSuppression: false, autoGain: false, limiter: false } as const;

export class Intake {
  readonly #cleaner: Cleaner | undefined;
  readonly #gate: Gate;
  readonly #emit: (event: AudioEvent) => void;
  #mutedSpeech = false;

  private constructor(cleaner: Cleaner | undefined, gate: Gate, emit: (event: AudioEvent) => void) {
    this.#cleaner = cleaner;
    this.#gate = gate;
    this.#emit = emit;
  }

  /** @param channels Of the captured ticks, 1 or 2. */
  static async create(
    options: AudioOptions,
    channels: number,
    emit: (event: AudioEvent) => void,
  ): Promise<Intake> {
    const { input, cleaning, activation, talkMode } = options;
    const cleaner = input.kind === 'mic' ? await Cleaner.create(channels, cleaning ?? UNCHANGED) : undefined;
    const gate = new Gate({
      mode: talkMode ?? 'push',
      thresholdDb: activation?.thresholdDb ?? DEFAULT_THRESHOLD_DB,
      holdMs: activation?.holdMs ?? DEFAULT_HOLD_MS,
    });
    return new Intake(cleaner, gate, emit);
  }

  /** Whether ticks may have to be sent: the input is needed. */
  get armed(): boolean {
    return this.#gate.activation.armed;
  }

  /** It is known without a tick that the next one is to be sent. */
  get open(): boolean {
    return this.armed && !this.#gate.activation.startsBySpeech;
  }

  push(on: boolean): void {
    this.#gate.activation.push(on);
  }

  mute(on: boolean): void {
    this.#gate.activation.mute(on);
    this.#tellMutedSpeech();
  }

  configure({ talkMode, activation, cleaning }: AudioChange): void {
    if (talkMode !== undefined) this.#gate.activation.configure({ mode: talkMode });
    if (activation) this.#gate.activation.configure(activation);
    if (cleaning) this.#cleaner?.configure(cleaning);
  }

  /** Takes in a tick; returns whether to talk, and the ticks that the talker takes now. */
  tick(
    samples: Int16Array,
    captureNs: bigint,
    final: boolean,
  ): { open: boolean; ticks: readonly GateTick[] } {
    const cleaned = this.#cleaner?.process(samples) ?? { samples, speech: null };
    // Noise suppression gives what was said a tick ago.
    const spokenNs = cleaned.speech === null ? captureNs : captureNs - TICK_NS;
    const result = this.#gate.tick({ samples: cleaned.samples, captureNs: spokenNs, final }, cleaned.speech);
    this.#tellMutedSpeech();
    return result;
  }

  /** The input is gone. */
  reset(): void {
    this.#gate.reset();
  }

  close(): void {
    this.#cleaner?.close();
  }

  #tellMutedSpeech(): void {
    const { mutedSpeech } = this.#gate.activation;
    if (mutedSpeech === this.#mutedSpeech) return;
    this.#mutedSpeech = mutedSpeech;
    this.#emit({ event: 'muted-speech', on: mutedSpeech });
  }
}
