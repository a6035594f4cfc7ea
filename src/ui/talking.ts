/** The talk keys at work: they open and close the microphone; where that is open by itself, they mute. */
import type { SessionHandle } from '../session/handle.ts';
import type { KeyPress } from './key-event.ts';
import { TalkKey, type TalkKeyStyle, type TalkWish } from './talk-key.ts';

export class Talking {
  #session: SessionHandle;
  #talk: TalkKey;
  #mute = new TalkKey('toggle');

  constructor(session: SessionHandle, style: TalkKeyStyle) {
    this.#session = session;
    this.#talk = new TalkKey(style);
  }

  /** Another style, from the next press on. */
  setStyle(style: TalkKeyStyle): void {
    this.#setTalking(this.#talk.focusLost());
    this.#talk = new TalkKey(style);
  }

  /** True for the repeats and the release of a press that began as a talk key: they are not input. */
  owns(key: KeyPress): boolean {
    return this.#talk.owns(key) || this.#mute.owns(key);
  }

  /** A talk key went down, or what it owns; `now` in ms. */
  key(key: KeyPress, now: number): void {
    const { mode, talking, muted } = this.#session.state.voice;
    if (this.#talk.owns(key) || (mode === 'push' && !this.#mute.owns(key)))
      this.#setTalking(this.#talk.key(key, talking, now));
    else this.#setMuted(this.#mute.key(key, !muted, now));
  }

  /** Another key was pressed. */
  otherKey(): void {
    this.#talk.otherKey();
  }

  focusLost(): void {
    this.#setTalking(this.#talk.focusLost());
  }

  /** When `tick` is due, ms; Infinity for never. */
  nextDeadline(): number {
    return Math.min(this.#talk.nextDeadline(), this.#mute.nextDeadline());
  }

  tick(now: number): void {
    this.#setTalking(this.#talk.tick(now));
    this.#setMuted(this.#mute.tick(now));
  }

  #setTalking(wish: TalkWish | undefined): void {
    if (wish === undefined) return;
    this.#session.do({ do: 'talk', on: wish !== 'silence', latched: wish === 'latch' });
  }

  #setMuted(wish: TalkWish | undefined): void {
    if (wish !== undefined) this.#session.do({ do: 'mute', on: wish === 'silence' });
  }
}
