/** The watchdog of a microphone that was left open. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type TalkOpener, TalkWatch } from '../../src/session/talk-watch.ts';

const LIMITS = { unfocusedMs: 60_000, openMs: 1_800_000 };
const NEVER = Number.POSITIVE_INFINITY;

function opened(by: TalkOpener, limits = LIMITS): TalkWatch {
  const watch = new TalkWatch(limits);
  watch.opened(by, 0);
  return watch;
}

describe('a microphone that is left open', () => {
  test('is closed some time after the terminal lost the focus, and why is said', () => {
    const watch = opened('key');
    expect(watch.nextDeadline()).toBe(1_800_000);
    watch.focus(false, 5000);
    watch.focus(false, 9000);
    expect(watch.nextDeadline()).toBe(65_000);
    expect(watch.tick(64_999)).toBeUndefined();
    expect(watch.tick(65_000)).toMatch(/^microphone closed as .* focus for 1 min \(ui\.talk_unfocused_s\)$/);
    expect(watch.nextDeadline()).toBe(NEVER);
  });

  test('stays open when the focus comes back', () => {
    const watch = opened('command');
    watch.focus(false, 5000);
    watch.focus(true, 50_000);
    expect(watch.tick(66_000)).toBeUndefined();
  });

  test('belongs to whoever needs no focus when it was opened through the socket', () => {
    const watch = opened('socket');
    watch.focus(false, 5000);
    expect(watch.nextDeadline()).toBe(1_800_000);
  });

  test('is closed after so many minutes, whoever opened it', () => {
    for (const by of ['key', 'command', 'socket'] as const) {
      expect(opened(by).tick(1_800_000)).toBe('microphone closed after 30 min (ui.talk_limit_min)');
    }
  });

  test('counts anew from each opening, and not at all once closed', () => {
    const watch = opened('key');
    watch.opened('key', 1_000_000);
    expect(watch.tick(1_800_000)).toBeUndefined();
    watch.closed();
    expect(watch.tick(9_000_000)).toBeUndefined();
  });

  test('0 is never', () => {
    const watch = opened('key', { unfocusedMs: 0, openMs: 0 });
    watch.focus(false, 1);
    expect(watch.nextDeadline()).toBe(NEVER);
  });
});

/** What happens to a watch, and when its microphone was opened, if it is open. */
class Life {
  readonly watch = new TalkWatch(LIMITS);
  since: number | undefined;
  now = 0;

  /** Time goes by, and every deadline is kept. */
  pass(ms: number): void {
    this.now += ms;
    for (let due = this.watch.nextDeadline(); due <= this.now; due = this.watch.nextDeadline()) {
      expect(due - (this.since ?? due)).toBeLessThanOrEqual(LIMITS.openMs);
      expect(this.since).toBeDefined();
      expect(this.watch.tick(due)).toContain('microphone closed');
      this.since = undefined;
    }
  }

  do(what: TalkOpener | 'closed' | 'lost' | 'back' | 'wait'): void {
    if (what === 'wait') return;
    if (what === 'lost' || what === 'back') return this.watch.focus(what === 'back', this.now);
    this.since = what === 'closed' ? undefined : this.now;
    if (what === 'closed') this.watch.closed();
    else this.watch.opened(what, this.now);
  }
}

test('it is never open for longer than its limit, whatever happens', () => {
  const act = fc.constantFrom('key', 'command', 'socket', 'closed', 'lost', 'back', 'wait');
  const acts = fc.array(fc.tuple(act, fc.integer({ min: 0, max: 400_000 })), { maxLength: 40 });
  fc.assert(
    fc.property(acts, (happened) => {
      const life = new Life();
      for (const [what, gap] of happened) {
        life.pass(gap);
        life.do(what);
        // Due exactly as long as there is something to close.
        expect(life.watch.nextDeadline() === NEVER).toBe(life.since === undefined);
      }
    }),
    { seed: 20251117, numRuns: 500 },
  );
});
