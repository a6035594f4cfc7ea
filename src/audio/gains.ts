/**
 * How loud each voice is: what the user chose for it, and less while somebody before the others speaks. Pure: time comes
 * in as ticks.
 *
 * Voices without priority are attenuated while one with priority speaks, and, if that is wanted, while we talk. Going
 * down takes some 30 ms, so that the first word is clear; coming back waits for HOLD_TICKS, so that pauses between words
 * do not pump, and takes some 150 ms.
 */
import type { HeardVoice } from './messages.ts';
import type { ListeningOptions } from './options.ts';

/** Ticks after the last word until others come back: half a second, a pause for breath. */
export const HOLD_TICKS = 50;
/** Share of the way to the wanted attenuation that a tick goes, down and up. */
const ATTACK = 0.3;
const RELEASE = 0.07;
/** Nearer than this to where it goes it is there. */
const CLOSE = 0.002;

interface Wanted {
  readonly gain: number;
  readonly priority: boolean;
}

const AS_IT_COMES: Wanted = { gain: 1, priority: false };

/** A volume in dB as a factor of the amplitude. */
function gainOfDb(db: number): number {
  return 10 ** (db / 20);
}

export class Gains {
  #floor = 1;
  #whileTalking = false;
  #wanted = new Map<number, Wanted>();
  #speaking = new Set<number>();
  #talking = false;
  /** Ticks left until those without priority come back. */
  #hold = 0;
  /** What they are multiplied by now. */
  #attenuation = 1;

  constructor(attenuation: Omit<ListeningOptions, 'tones'>) {
    this.configure(attenuation);
  }

  /** Holds from the next tick on; what is not given stays. */
  configure({ attenuateDb, attenuateWhileTalking }: Partial<ListeningOptions>): void {
    if (attenuateDb !== undefined) this.#floor = gainOfDb(-attenuateDb);
    if (attenuateWhileTalking !== undefined) this.#whileTalking = attenuateWhileTalking;
  }

  /** Replaces what is wanted of each voice; one that is not named is heard as it comes. */
  setVoices(voices: readonly HeardVoice[]): void {
    this.#wanted = new Map(
      voices.map(({ ssrc, gainDb, priority }) => [
        ssrc,
        { gain: gainDb === null ? 0 : gainOfDb(gainDb), priority },
      ]),
    );
  }

  /** Our own voice is being sent, or no more. */
  setTalking(on: boolean): void {
    this.#talking = on;
  }

  /** A voice began or stopped to be heard. */
  setSpeaking(ssrc: number, on: boolean): void {
    if (on) this.#speaking.add(ssrc);
    else this.#speaking.delete(ssrc);
  }

  /** Call it once every 10 ms. */
  tick(): void {
    if (this.#someoneGoesBefore()) this.#hold = HOLD_TICKS;
    else if (this.#hold > 0) this.#hold--;
    const goal = this.#hold > 0 ? this.#floor : 1;
    const rest = goal - this.#attenuation;
    this.#attenuation =
      Math.abs(rest) < CLOSE ? goal : this.#attenuation + rest * (rest < 0 ? ATTACK : RELEASE);
  }

  /** What a voice's samples are multiplied by in this tick; 0 is muted. */
  gainOf(ssrc: number): number {
    const { gain, priority } = this.#wanted.get(ssrc) ?? AS_IT_COMES;
    return priority ? gain : gain * this.#attenuation;
  }

  /** Whether a voice is wanted at all. */
  isHeard(ssrc: number): boolean {
    return (this.#wanted.get(ssrc) ?? AS_IT_COMES).gain > 0;
  }

  #someoneGoesBefore(): boolean {
    if (this.#talking && this.#whileTalking) return true;
    for (const ssrc of this.#speaking) {
      const wanted = this.#wanted.get(ssrc);
      if (wanted?.priority && wanted.gain > 0) return true;
    }
    return false;
  }
}
