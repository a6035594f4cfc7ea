/** Keeps the time of an open microphone: the watchdog of talk-watch.ts with a clock and a timer. */
import { type TalkLimits, type TalkOpener, TalkWatch } from './talk-watch.ts';

export class OpenMicrophone {
  readonly #watch: TalkWatch;
  readonly #onLeftOpen: (why: string) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param onLeftOpen told why it is to be closed, as a sentence. */
  constructor(limits: TalkLimits, onLeftOpen: (why: string) => void) {
    this.#watch = new TalkWatch(limits);
    this.#onLeftOpen = onLeftOpen;
  }

  opened(by: TalkOpener): void {
    this.#watch.opened(by, performance.now());
    this.#arm();
  }

  setLimits(limits: TalkLimits): void {
    this.#watch.setLimits(limits);
    this.#arm();
  }

  closed(): void {
    this.#watch.closed();
    this.#arm();
  }

  focus(gained: boolean): void {
    this.#watch.focus(gained, performance.now());
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const due = this.#watch.nextDeadline();
    if (due === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, due - performance.now()));
    // A microphone that nobody closes must not keep a process that is done.
    this.#timer.unref();
  }

  #tick(): void {
    const why = this.#watch.tick(performance.now());
    if (why !== undefined) this.#onLeftOpen(why);
    this.#arm();
  }
}
