import { describe, expect, it, vi } from 'vitest';
import { PostBatch } from '../../src/station/posts.ts';
import type { Post, Posted } from '../../src/store/station.ts';

const post = (id: string): Post => ({
  room: 'lobby',
  id,
  from: 'ann',
  fingerprint: 'SHA256:x',
  type: 'text/plain',
  body: new Uint8Array(),
  at: 1,
});

describe('PostBatch', () => {
  it('commits what came in one turn at once, then answers, then tells', async () => {
    const order: string[] = [];
    const commit = vi.fn((posts: readonly Post[]): Posted[] => {
      order.push(`commit ${posts.length}`);
      return posts.map((_, index) => ({ seq: index + 1, at: 1, duplicate: index === 1 }));
    });
    let run = (): void => undefined;
    const batch = new PostBatch(
      commit,
      (committed) => order.push(`tell ${committed.map(({ id }) => id)}`),
      (flush) => {
        run = flush;
      },
    );
    const answers = Promise.all(['a', 'b', 'c'].map((id) => batch.add(post(id))));
    expect(order).toEqual([]);
    run();
    expect(order).toEqual(['commit 3', 'tell a,c']);
    expect((await answers).map(({ seq, duplicate }) => [seq, duplicate])).toEqual([
      [1, false],
      [2, true],
      [3, false],
    ]);
    run();
    expect(commit).toHaveBeenCalledOnce();
  });

  it('refuses a batch that the disk refused, tells nobody, and goes on', async () => {
    let full = true;
    const told = vi.fn();
    const batch = new PostBatch((posts) => {
      if (full) throw new Error('disk full');
      return posts.map(() => ({ seq: 1, at: 1, duplicate: false }));
    }, told);
    const refused = await Promise.allSettled([batch.add(post('a')), batch.add(post('b'))]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(told).not.toHaveBeenCalled();
    full = false;
    await expect(batch.add(post('a'))).resolves.toMatchObject({ seq: 1 });
    expect(told).toHaveBeenCalledOnce();
  });
});
