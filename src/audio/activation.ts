/**
 * Decides tick by tick whether what the microphone hears is sent: the talk key, speech, or always. Pure.
 *
 * Speech is told by its level and, with noise suppression, by the probability that it is speech. It begins when both are
 * high, goes on while one of them is not low, and is over when both were low for the hold time.
 */
import type { TalkMode } from './options.ts';

export interface ActivationOptions {
  readonly mode: TalkMode;
  /** Level from which sound counts as speech, dB below full scale as a negative number: -45. */
  readonly thresholdDb: number;
  /** How long it stays open after the last speech, ms. */
  readonly holdMs: number;
}

/** Probability of speech to begin with, and below which it may be over. */
const SPEECH_BEGINS = 0.7;
const SPEECH_ENDS = 0.3;
/** Speech goes on at this much below the threshold, dB: the ends of words are quieter than their beginnings. */
const HYSTERESIS_DB = 6;
/** A click is shorter than this, speech is not, ms. */
const MIN_SPEECH_MS = 20;
/** Speech of this length into a muted microphone is worth telling about, ms. */
const MUTED_SPEECH_MS = 300;
/** It is over after this much without speech, ms. */
const MUTED_OVER_MS = 2000;

export interface Heard {
  /** Level, -dBov: 0 is the loudest, 127 silence (RFC 6464). */
  readonly level: number;
  /** Probability of speech, 0..1; null if unknown. */
  readonly speech: number | null;
  /** Length of the tick, ms. */
  readonly ms: number;
}

export class Activation {
  #options: ActivationOptions;
  #pushed = false;
  #muted = false;
  #detector = new SpeechDetector();
  #open = false;
  /** Speech so far while muted, and the quiet since, ms. */
  #mutedSpeechMs = 0;
  #mutedQuietMs = 0;
  #mutedSpeech = false;

  constructor(options: ActivationOptions) {
    this.#options = options;
  }

  /** Whether what is heard may have to be sent: the input is needed. */
  get armed(): boolean {
    return !this.#muted && (this.#pushed || this.#options.mode !== 'push');
  }

  /** Somebody speaks while muted. */
  get mutedSpeech(): boolean {
    return this.#mutedSpeech;
  }

  /** What is heard before speech is known to be speech is worth sending. */
  get startsBySpeech(): boolean {
    return this.#options.mode === 'voice' && !this.#pushed;
  }

  configure(change: Partial<ActivationOptions>): void {
    this.#options = { ...this.#options, ...change };
  }

  push(on: boolean): void {
    this.#pushed = on;
  }

  mute(on: boolean): void {
    this.#muted = on;
    this.#mutedSpeech = false;
    this.#mutedSpeechMs = 0;
    this.#mutedQuietMs = 0;
  }

  /** Takes in a tick; returns whether it is to be sent. */
  tick(heard: Heard): boolean {
    const speaking = this.#detector.tick(heard, this.#options);
    if (this.#muted) this.#listenMuted(speaking, heard.ms);
    const bySpeech = this.#options.mode === 'voice' ? speaking : this.#options.mode === 'continuous';
    this.#open = !this.#muted && (this.#pushed || bySpeech);
    return this.#open;
  }

  #listenMuted(speaking: boolean, ms: number): void {
    this.#mutedQuietMs = speaking ? 0 : this.#mutedQuietMs + ms;
    this.#mutedSpeechMs = speaking ? this.#mutedSpeechMs + ms : 0;
    if (this.#mutedSpeechMs >= MUTED_SPEECH_MS + this.#options.holdMs) this.#mutedSpeech = true;
    if (this.#mutedQuietMs >= MUTED_OVER_MS) this.#mutedSpeech = false;
  }
}

/** Whether somebody speaks, with hysteresis and hold time. */
class SpeechDetector {
  #speaking = false;
  #loudMs = 0;
  #quietMs = 0;

  tick({ level, speech, ms }: Heard, { thresholdDb, holdMs }: ActivationOptions): boolean {
    const db = -level;
    const begins = db >= thresholdDb && (speech === null || speech >= SPEECH_BEGINS);
    const goesOn = db >= thresholdDb - HYSTERESIS_DB && (speech === null || speech >= SPEECH_ENDS);
    this.#loudMs = begins ? this.#loudMs + ms : 0;
    this.#quietMs = goesOn ? 0 : this.#quietMs + ms;
    if (this.#loudMs >= MIN_SPEECH_MS) this.#speaking = true;
    if (this.#quietMs > holdMs) this.#speaking = false;
    return this.#speaking;
  }
}
