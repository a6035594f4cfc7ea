/**
 * The gate between the microphone and the talker: opens as activation.ts decides, and keeps the last ticks, so that a word
 * that opened it is sent from its beginning. Pure.
 */
import { Activation, type ActivationOptions } from './activation.ts';
import { TICK_MS } from './frame.ts';
import { audioLevel } from './level.ts';

/**
 * Sound from before the gate opened that is sent with it, ms: what speech needs to be recognised, and a little of the
 * breath before it. Listeners get it in one go and catch up.
 */
export const PRE_ROLL_MS = 40;
const PRE_ROLL_TICKS = PRE_ROLL_MS / TICK_MS;

/** A captured tick and what is known of it. */
export interface GateTick {
  readonly samples: Int16Array;
  readonly captureNs: bigint;
  readonly final: boolean;
}

export class Gate {
  readonly activation: Activation;
  #before: GateTick[] = [];
  #open = false;
  /** Level of the last tick, -dBov. */
  #level = 127;

  constructor(options: ActivationOptions) {
    this.activation = new Activation(options);
  }

  /** Level of the last tick, sent or not, -dBov. */
  get level(): number {
    return this.#level;
  }

  /**
   * Takes in a tick; returns whether the gate is open, and the ticks that the talker is to take now: this one, and those
   * before it if it has just been opened by speech.
   */
  tick(tick: GateTick, speech: number | null): { open: boolean; ticks: readonly GateTick[] } {
    this.#level = audioLevel(tick.samples);
    const open = this.activation.tick({ level: this.#level, speech, ms: TICK_MS });
    const opens = open && !this.#open;
    this.#open = open;
    const ticks = opens && this.activation.startsBySpeech ? [...this.#before, tick] : [tick];
    this.#keep(tick, open);
    return { open, ticks };
  }

  /** The input is gone: what it heard is not to be sent later. */
  reset(): void {
    this.#before = [];
    this.#open = false;
    this.#level = 127;
  }

  #keep(tick: GateTick, open: boolean): void {
    // What was sent is not sent again.
    if (open) this.#before = [];
    else this.#before.push(tick);
    if (this.#before.length > PRE_ROLL_TICKS) this.#before.shift();
  }
}
