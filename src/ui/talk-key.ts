/**
 * The talk key: from its presses, repeats and releases to when the microphone is open. Pure: time comes in.
 *
 * Where the terminal reports releases (kitty keyboard protocol):
 *
 *   idle --press--> down (talks) --release--> idle          a second press within DOUBLE_MS latches: talking goes on
 *    ^                                                       when the key is let go, until it is pressed again
 *    +--press while talking: silence
 *
 * Elsewhere a held key is a series of presses: the second one after the keyboard's delay, the others close together.
 * The second press alone does not tell whether it is a repeat or a finger, so it waits for a third:
 *
 *   idle --press--> tapped --press soon--> unsure --press at once--> repeating --none for REPEATS_LOST_MS--> idle
 *                                            +--none for REPEAT_MS--> it was a press of its own
 *
 * Styles: 'toggle' switches with each press. 'hold' talks while the key is down, as far as that can be known. 'auto'
 * holds where releases are reported; elsewhere a press switches, and a key that turns out to be held talks until it
 * is let go.
 */
import type { KeyPress } from './key-event.ts';

export const TALK_KEY_STYLES = ['auto', 'hold', 'toggle'] as const;
export type TalkKeyStyle = (typeof TALK_KEY_STYLES)[number];

/** What the talk key is and does here, for whoever tells of it. */
export interface TalkKeyWords {
  /** As a person reads it: "F8". */
  readonly key: string;
  /** Holding it talks; else it switches. */
  readonly holds: boolean;
}

/** What talking becomes: 'latch' goes on without a finger on the key. */
export type TalkWish = 'talk' | 'latch' | 'silence';

/** Two presses within this time latch: the double click of desktops, ms. */
export const DOUBLE_MS = 400;
/** With release reports: a key that has repeated and then is silent for so long was let go unseen, ms. */
export const RELEASE_LOST_MS = 3000;
/** Without release reports: presses closer together are a keyboard's repeats (it repeats each 25 to 90 ms), ms. */
export const REPEAT_MS = 120;
/** Without release reports: repeats that stop for so long have ended, jitter of a remote session included, ms. */
export const REPEATS_LOST_MS = 300;
/** The first repeat comes within this time: keyboards are set to 200 to 660 ms, ms. */
export const FIRST_REPEAT_MS = 800;

type Phase =
  | { readonly at: 'idle' }
  /** Releases are reported. `ends`: the release ends talking. `heardAt`: of the last repeat. */
  | { readonly at: 'down'; readonly ends: boolean; readonly heardAt: number | undefined }
  /** The rest have no releases. `opened`: the press switched talking on. `latched`: it goes on without repeats. */
  | { readonly at: 'tapped'; readonly opened: boolean; readonly latched: boolean; readonly pressedAt: number }
  | { readonly at: 'unsure'; readonly opened: boolean; readonly firstAt: number; readonly pressedAt: number }
  /** `talks`: the end of the repeats ends talking. */
  | { readonly at: 'repeating'; readonly talks: boolean; readonly pressedAt: number };

const IDLE: Phase = { at: 'idle' };

export class TalkKey {
  readonly #style: TalkKeyStyle;
  #phase: Phase = IDLE;
  /** The key that the phase is about: Space and the configured one are both talk keys. */
  #name = '';
  /** When the last press with release reports that opened the microphone came. */
  #openedAt = Number.NEGATIVE_INFINITY;

  constructor(style: TalkKeyStyle) {
    this.#style = style;
  }

  /** True for the repeats and the release of a press that began as the talk key: they are not input. */
  owns(key: KeyPress): boolean {
    return this.#phase.at === 'down' && this.#name === key.name && key.event !== 'press';
  }

  /** The key went down, repeats or went up. `talking` is what is so now. Undefined for no change. */
  key(key: KeyPress, talking: boolean, now: number): TalkWish | undefined {
    const due = this.tick(now);
    const changed = due === undefined ? talking : due !== 'silence';
    const wish = key.event === 'press' ? this.#press(key, changed, now) : this.#whileDown(key, now);
    return wish ?? due;
  }

  /** Another key was pressed: keyboards repeat the last key only, so silence of this one no longer tells anything. */
  otherKey(): void {
    if (this.#phase.at === 'down') this.#phase = { ...this.#phase, heardAt: undefined };
  }

  /** The window lost the focus: a release will not come, nor repeats. What is latched stays. */
  focusLost(): TalkWish | undefined {
    const held = this.#held();
    this.#phase = IDLE;
    return held ? 'silence' : undefined;
  }

  /** When `tick` is due, ms; Infinity for never. */
  nextDeadline(): number {
    const phase = this.#phase;
    switch (phase.at) {
      case 'idle':
        return Number.POSITIVE_INFINITY;
      case 'down':
        return phase.heardAt === undefined ? Number.POSITIVE_INFINITY : phase.heardAt + RELEASE_LOST_MS;
      case 'tapped':
        return this.#held() ? phase.pressedAt + FIRST_REPEAT_MS : Number.POSITIVE_INFINITY;
      case 'unsure':
        return phase.pressedAt + REPEAT_MS;
      case 'repeating':
        return phase.pressedAt + REPEATS_LOST_MS;
    }
  }

  /** What time alone brings about. */
  tick(now: number): TalkWish | undefined {
    if (now < this.nextDeadline()) return undefined;
    if (this.#phase.at === 'unsure') return this.#second(this.#phase);
    const held = this.#held();
    this.#phase = IDLE;
    return held ? 'silence' : undefined;
  }

  /** Talking goes on only because the key is down. */
  #held(): boolean {
    const phase = this.#phase;
    switch (phase.at) {
      case 'down':
        return phase.ends;
      case 'repeating':
        return phase.talks;
      case 'tapped':
        return this.#style === 'hold' && phase.opened && !phase.latched;
      case 'unsure':
        return this.#style === 'hold' && phase.opened;
      case 'idle':
        return false;
    }
  }

  #press(key: KeyPress, talking: boolean, now: number): TalkWish | undefined {
    const same = key.name === this.#name;
    this.#name = key.name;
    if (key.releases) return this.#pressWithRelease(same, talking, now);
    const again = same ? this.#pressAgain(now) : undefined;
    return again ? again.wish : this.#firstPress(talking, now);
  }

  // Releases are reported ---------------------------------------------------------------------------------

  #pressWithRelease(same: boolean, talking: boolean, now: number): TalkWish {
    const double = same && now - this.#openedAt <= DOUBLE_MS;
    this.#openedAt = talking ? Number.NEGATIVE_INFINITY : now;
    const latches = double || this.#style === 'toggle';
    this.#phase = { at: 'down', ends: !talking && !latches, heardAt: undefined };
    if (talking) return 'silence';
    return latches ? 'latch' : 'talk';
  }

  #whileDown(key: KeyPress, now: number): TalkWish | undefined {
    if (this.#phase.at !== 'down' || this.#name !== key.name) return undefined;
    if (key.event === 'repeat') {
      this.#phase = { ...this.#phase, heardAt: now };
      return undefined;
    }
    const { ends } = this.#phase;
    this.#phase = IDLE;
    return ends ? 'silence' : undefined;
  }

  // They are not ------------------------------------------------------------------------------------------

  #firstPress(talking: boolean, now: number): TalkWish {
    this.#phase = { at: 'tapped', opened: !talking, latched: false, pressedAt: now };
    if (talking) return 'silence';
    return this.#style === 'hold' ? 'talk' : 'latch';
  }

  /** A press that is, or may be, the repeat of the one before; undefined if it is one of its own. */
  #pressAgain(now: number): { readonly wish: TalkWish | undefined } | undefined {
    const phase = this.#phase;
    if (phase.at === 'repeating') {
      this.#phase = { ...phase, pressedAt: now };
      return { wish: undefined };
    }
    if (phase.at === 'unsure') return { wish: this.#repeats(phase.opened, now) };
    if (phase.at !== 'tapped') return undefined;
    const gap = now - phase.pressedAt;
    if (gap < REPEAT_MS) return { wish: this.#repeats(phase.opened && !phase.latched, now) };
    if (gap > FIRST_REPEAT_MS || phase.latched) return undefined;
    this.#phase = { at: 'unsure', opened: phase.opened, firstAt: phase.pressedAt, pressedAt: now };
    return { wish: undefined };
  }

  /** It is held: all its presses are one. */
  #repeats(opened: boolean, now: number): TalkWish | undefined {
    const talks = opened && this.#style !== 'toggle';
    this.#phase = { at: 'repeating', talks, pressedAt: now };
    return talks && this.#style === 'auto' ? 'talk' : undefined;
  }

  /** The second press was no repeat: a finger pressed twice. */
  #second({ opened, firstAt, pressedAt }: Extract<Phase, { at: 'unsure' }>): TalkWish | undefined {
    const holds = this.#style === 'hold';
    if (opened && holds) {
      const latched = pressedAt - firstAt <= DOUBLE_MS;
      this.#phase = { at: 'tapped', opened, latched, pressedAt };
      return latched ? 'latch' : undefined;
    }
    this.#phase = { at: 'tapped', opened: !opened, latched: false, pressedAt };
    if (opened) return 'silence';
    return holds ? 'talk' : 'latch';
  }
}
