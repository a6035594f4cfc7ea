/** Tap, hold, double press, and what ends a hold that nobody ended: single cases, and any day at any keyboard. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyPress } from '../../src/ui/key-event.ts';
import {
  DOUBLE_MS,
  FIRST_REPEAT_MS,
  RELEASE_LOST_MS,
  REPEAT_MS,
  REPEATS_LOST_MS,
  TalkKey,
  type TalkKeyStyle,
  type TalkWish,
} from '../../src/ui/talk-key.ts';

const NEVER = Number.POSITIVE_INFINITY;
const SEED = 20251117;

/** A talk key at a keyboard: presses it, lets time pass, and keeps what came of it. */
class Keyboard {
  readonly key: TalkKey;
  /** Each change of the microphone, with its time. */
  readonly changes: { readonly at: number; readonly wish: TalkWish }[] = [];
  readonly #releases: boolean;
  #now = 0;

  constructor(style: TalkKeyStyle, releases: boolean) {
    this.key = new TalkKey(style);
    this.#releases = releases;
  }

  get wish(): TalkWish {
    return this.changes.at(-1)?.wish ?? 'silence';
  }

  get talks(): boolean {
    return this.wish !== 'silence';
  }

  /** The next thing happens at `now`; what is due until then comes first. */
  at(now: number): this {
    for (let due = this.key.nextDeadline(); due <= now; due = this.key.nextDeadline()) {
      this.#took(this.key.tick(due), due);
    }
    this.#now = now;
    return this;
  }

  send(event: 'press' | 'repeat' | 'release', name = 'f8'): this {
    const key = keyPress(name, { event, releases: this.#releases });
    this.#took(this.key.key(key, this.talks, this.#now), this.#now);
    return this;
  }

  /** Holds the key from now until `end` on a keyboard that repeats; returns when it did the last. */
  hold(end: number, delay = 500, every = 40): this {
    this.send('press');
    for (let next = this.#now + delay; next <= end; next += every) {
      this.at(next).send(this.#releases ? 'repeat' : 'press');
    }
    this.at(end);
    return this.#releases ? this.send('release') : this;
  }

  #took(wish: TalkWish | undefined, at: number): void {
    if (wish !== undefined && wish !== this.wish) this.changes.push({ at, wish });
  }
}

const wishes = ({ changes }: Keyboard): TalkWish[] => changes.map(({ wish }) => wish);

describe('where releases are reported', () => {
  test('talking lasts from press to release, however short', () => {
    const keyboard = new Keyboard('auto', true).at(0).hold(3000).at(9000).hold(9010, 500);
    expect(keyboard.changes).toEqual([
      { at: 0, wish: 'talk' },
      { at: 3000, wish: 'silence' },
      { at: 9000, wish: 'talk' },
      { at: 9010, wish: 'silence' },
    ]);
    expect(keyboard.key.nextDeadline()).toBe(NEVER);
  });

  test('a double press latches until the next press', () => {
    const keyboard = new Keyboard('hold', true)
      .at(0)
      .hold(80)
      .at(DOUBLE_MS)
      .hold(DOUBLE_MS + 80);
    expect(keyboard.at(60_000).wish).toBe('latch');
    keyboard.hold(61_000);
    expect(wishes(keyboard)).toEqual(['talk', 'silence', 'latch', 'silence']);
    // The press that ended it is not the first of another double press.
    keyboard.at(61_100).send('press');
    expect(keyboard.wish).toBe('talk');
  });

  test('presses further apart do not latch', () => {
    const keyboard = new Keyboard('hold', true).at(0).hold(80);
    expect(keyboard.at(DOUBLE_MS + 1).hold(DOUBLE_MS + 80).wish).toBe('silence');
  });

  test('two talk keys in a row are no double press', () => {
    const keyboard = new Keyboard('hold', true).at(0).hold(80);
    keyboard.at(200).send('press', 'space').at(300).send('release', 'space');
    expect(keyboard.wish).toBe('silence');
  });

  test('the modifier may be released first', () => {
    const talk = new TalkKey('auto');
    talk.key(keyPress('t', { ctrl: true, releases: true }), false, 0);
    const up = keyPress('t', { releases: true, event: 'release' });
    expect(talk.owns(up)).toBe(true);
    expect(talk.key(up, true, 5000)).toBe('silence');
    expect(talk.owns(up)).toBe(false);
  });

  test('repeats that stop are a release that was lost', () => {
    const keyboard = new Keyboard('auto', true).at(0).send('press').at(500).send('repeat');
    expect(keyboard.at(500 + RELEASE_LOST_MS - 1).wish).toBe('talk');
    expect(keyboard.at(500 + RELEASE_LOST_MS).wish).toBe('silence');
  });

  test('typing while the key is held stops its repeats, and nothing else', () => {
    const keyboard = new Keyboard('auto', true).at(0).send('press').at(500).send('repeat');
    keyboard.key.otherKey();
    expect(keyboard.at(60_000).wish).toBe('talk');
    expect(keyboard.send('release').wish).toBe('silence');
  });

  test('losing the focus ends a hold, not what is latched', () => {
    const keyboard = new Keyboard('auto', true).at(0).send('press');
    expect(keyboard.key.focusLost()).toBe('silence');
    expect(keyboard.key.focusLost()).toBeUndefined();
    const latched = new Keyboard('auto', true).at(0).hold(80).at(200).hold(280);
    expect(latched.key.focusLost()).toBeUndefined();
  });

  test('toggling heeds presses only', () => {
    const keyboard = new Keyboard('toggle', true).at(0).hold(2000).at(5000).hold(7000);
    expect(keyboard.changes).toEqual([
      { at: 0, wish: 'latch' },
      { at: 5000, wish: 'silence' },
    ]);
  });
});

describe('where they are not', () => {
  test('auto: a tap switches, a key that is held talks until its repeats end', () => {
    const keyboard = new Keyboard('auto', false).at(0).send('press').at(5000).send('press');
    expect(wishes(keyboard)).toEqual(['latch', 'silence']);
    keyboard.at(10_000).hold(12_020);
    expect(wishes(keyboard.at(20_000)).slice(2)).toEqual(['latch', 'talk', 'silence']);
    expect(keyboard.changes.at(-1)?.at).toBe(12_020 + REPEATS_LOST_MS);
  });

  test('auto: two quick taps switch on and off, the second one a moment late', () => {
    const keyboard = new Keyboard('auto', false).at(0).send('press').at(200).send('press').at(5000);
    expect(keyboard.changes).toEqual([
      { at: 0, wish: 'latch' },
      { at: 200 + REPEAT_MS, wish: 'silence' },
    ]);
  });

  test('hold: a tap talks no longer than a first repeat takes', () => {
    const keyboard = new Keyboard('hold', false).at(0).send('press').at(9000);
    expect(keyboard.changes).toEqual([
      { at: 0, wish: 'talk' },
      { at: FIRST_REPEAT_MS, wish: 'silence' },
    ]);
  });

  test('hold: a double press latches, and one press ends it', () => {
    const keyboard = new Keyboard('hold', false).at(0).send('press').at(250).send('press');
    expect(keyboard.at(60_000).wish).toBe('latch');
    expect(keyboard.send('press').at(90_000).wish).toBe('silence');
  });

  test('hold: repeats of a fast keyboard are no double press', () => {
    const keyboard = new Keyboard('hold', false).at(0).hold(3000, 200, 25).at(9000);
    expect(wishes(keyboard)).toEqual(['talk', 'silence']);
  });

  test('holding a key that ends talking does not begin anew', () => {
    for (const style of ['auto', 'hold', 'toggle'] as const) {
      const keyboard = new Keyboard(style, false).at(0).send('press').at(250).send('press').at(400);
      if (!keyboard.talks) keyboard.at(2000).send('press');
      keyboard.at(5000).hold(8000).at(20_000);
      expect([style, keyboard.wish]).toEqual([style, 'silence']);
    }
  });
});

describe('on any day at any keyboard', () => {
  /** What a person does: taps and holds with pauses between, on a keyboard with its own delay and rate. */
  const day = fc.record({
    delay: fc.integer({ min: 200, max: 660 }),
    every: fc.integer({ min: 25, max: 100 }),
    acts: fc.array(
      fc.record({ pause: fc.integer({ min: 1000, max: 9000 }), held: fc.integer({ min: 5, max: 9000 }) }),
      { maxLength: 12 },
    ),
  });
  const check = (property: fc.IProperty<[Day]>): void => fc.assert(property, { seed: SEED, numRuns: 300 });
  type Day = typeof day extends fc.Arbitrary<infer T> ? T : never;

  /** Plays the day, and calls `after` at the end of each act with when it was. */
  function play(keyboard: Keyboard, { acts, delay, every }: Day, after?: (from: number, to: number) => void) {
    let now = 0;
    for (const { pause, held } of acts) {
      now += pause;
      const from = now;
      keyboard.at(from).hold(from + held, delay, every);
      now += held;
      after?.(from, now);
    }
    keyboard.at(now + 60_000);
  }

  test('with releases, a hold is heard to the millisecond', () => {
    check(
      fc.property(day, (lived) => {
        const keyboard = new Keyboard('auto', true);
        const expected: { at: number; wish: TalkWish }[] = [];
        play(keyboard, lived, (from, to) =>
          expected.push({ at: from, wish: 'talk' }, { at: to, wish: 'silence' }),
        );
        expect(keyboard.changes).toEqual(expected);
      }),
    );
  });

  test('without, a hold opens at once and closes soon after the key is up', () => {
    check(
      fc.property(day, (lived) => {
        const keyboard = new Keyboard('hold', false);
        let acts = 0;
        // With one repeat only, a hold cannot be told from two presses.
        fc.pre(lived.acts.every(({ held }) => held < lived.delay || held >= lived.delay + lived.every));
        play(keyboard, lived, (from, to) => {
          acts++;
          expect(keyboard.changes.at(-1)).toEqual({ at: from, wish: 'talk' });
          keyboard.at(Math.max(from + FIRST_REPEAT_MS + REPEAT_MS, to + FIRST_REPEAT_MS));
          expect(keyboard.wish).toBe('silence');
        });
        // No flutter: one opening and one closing for each act.
        expect(keyboard.changes).toHaveLength(2 * acts);
      }),
    );
  });

  test('toggling changes once an act, however long the key is held', () => {
    for (const releases of [true, false]) {
      check(
        fc.property(day, (lived) => {
          const keyboard = new Keyboard('toggle', releases);
          play(keyboard, lived);
          const { delay, every } = lived;
          fc.pre(releases || lived.acts.every(({ held }) => held < delay || held >= delay + every));
          expect(keyboard.changes).toHaveLength(lived.acts.length);
        }),
      );
    }
  });

  test('after the focus is lost, nothing but a latch is open, and time changes nothing any more', () => {
    const anything = fc.array(
      fc.tuple(fc.constantFrom('press', 'repeat', 'release'), fc.integer({ min: 0, max: 1500 })),
      { maxLength: 30 },
    );
    const styles = fc.constantFrom<TalkKeyStyle>('auto', 'hold', 'toggle');
    fc.assert(
      fc.property(anything, styles, fc.boolean(), (events, style, releases) => {
        const keyboard = new Keyboard(style, releases);
        let now = 0;
        for (const [event, gap] of events) {
          now += gap;
          if (releases || event === 'press') keyboard.at(now).send(event as 'press');
        }
        const wish = keyboard.key.focusLost() ?? keyboard.wish;
        expect(wish).not.toBe('talk');
        expect(keyboard.key.nextDeadline()).toBe(NEVER);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
