import { describe, expect, it, vi } from 'vitest';
import { VoiptermError } from '../../src/errors.ts';
import { WriteBatch } from '../../src/station/writes.ts';
import { type Outcome, StationStore, type Write } from '../../src/store/station.ts';

function batch(commit: (writes: readonly Write[]) => Outcome[]) {
  let run = (): void => undefined;
  const schedule = vi.fn((flush: () => void) => {
    run = flush;
  });
  return { writes: new WriteBatch(commit, schedule), run: () => run(), schedule };
}

describe('WriteBatch', () => {
  it('commits what came in one turn at once, and answers nothing before', async () => {
    const store = new StationStore(':memory:');
    const commit = vi.fn((writes: readonly Write[]) => store.together(writes));
    const { writes, run, schedule } = batch(commit);
    const settled = vi.fn();
    const answers = [
      writes.add((store) => store.setTopic('lobby', 'a')),
      writes.add(() => {
        throw new VoiptermError('control.forbidden', 'No.');
      }),
      writes.add((store) => store.markRead('k', 'lobby', 5, 1)),
    ].map((answer) => answer.finally(settled));
    const outcomes = Promise.allSettled(answers);
    await Promise.resolve();
    expect([commit.mock.calls.length, settled.mock.calls.length, schedule.mock.calls.length]).toEqual([
      0, 0, 1,
    ]);
    run();
    expect(await outcomes).toMatchObject([
      { status: 'fulfilled', value: undefined },
      { status: 'rejected', reason: { code: 'control.forbidden' } },
      { status: 'fulfilled', value: { readUpTo: 0, moved: false } },
    ]);
    expect(commit).toHaveBeenCalledOnce();
    run();
    expect(commit).toHaveBeenCalledOnce();
    store.close();
  });

  it('refuses all when the disk does, and goes on', async () => {
    let full = true;
    const { writes, run } = batch((all) => {
      if (full) throw new Error('disk full');
      return all.map(() => ({ value: 'kept' }));
    });
    const refused = Promise.allSettled([writes.add(() => 1), writes.add(() => 2)]);
    run();
    expect((await refused).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    full = false;
    const kept = writes.add(() => 3);
    run();
    await expect(kept).resolves.toBe('kept');
  });
});
