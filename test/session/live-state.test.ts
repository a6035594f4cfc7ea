import { describe, expect, test, vi } from 'vitest';
import type { Logger } from '../../src/log.ts';
import { LiveState } from '../../src/session/live-state.ts';
import { initialState } from '../../src/session/reduce.ts';

const log = { info: () => undefined } as unknown as Logger;
const fresh = (): LiveState => new LiveState(initialState('ann', 'ann@host'), log);
const offline = {
  kind: 'phase',
  phase: {
    at: 'offline',
    code: 'control.unreachable',
    reason: 'nobody answers',
    retryInMs: 100,
    voice: false,
  },
} as const;

describe('waiting for a state', () => {
  test('ends at once where it fits already, else with the event that makes it fit', async () => {
    const live = fresh();
    await live.until(({ current }) => current === null, 1000);
    const inRoom = live.until(({ current }) => current === 'lobby', 1000);
    live.apply({ kind: 'joined', room: 'lobby', members: [] });
    await expect(inRoom).resolves.toBeUndefined();
  });

  test('goes on over a broken link unless it is impatient', async () => {
    const live = fresh();
    const impatient = live.until(() => false, 1000, true);
    const patient = live.until(({ current }) => current === 'lobby', 1000);
    live.apply(offline);
    await expect(impatient).rejects.toMatchObject({ code: 'control.unreachable', message: 'nobody answers' });
    live.apply({ kind: 'joined', room: 'lobby', members: [] });
    await expect(patient).resolves.toBeUndefined();
  });

  test('ends where the link failed for good', async () => {
    const live = fresh();
    const waiting = live.until(() => false, 1000);
    live.apply({ kind: 'phase', phase: { at: 'failed', code: 'control.auth-refused', reason: 'not you' } });
    await expect(waiting).rejects.toMatchObject({ code: 'control.auth-refused', message: 'not you' });
  });

  test('says after its time what it waited for in vain', async () => {
    const live = fresh();
    await expect(live.until(() => false, 1)).rejects.toMatchObject({
      code: 'control.timeout',
      message: 'the station did not answer (waited 0.001 s)',
    });
    live.apply(offline);
    await expect(live.until(() => false, 1)).rejects.toMatchObject({
      code: 'control.unreachable',
      message: 'nobody answers (waited 0.001 s)',
    });
  });
});

test('who unsubscribed hears nothing more', () => {
  const live = fresh();
  const listener = vi.fn();
  const stop = live.subscribe(listener);
  live.apply({ kind: 'joined', room: 'lobby', members: [] });
  stop();
  live.notice('hello');
  expect(listener).toHaveBeenCalledTimes(1);
  expect(live.now.rooms[0]?.lines).toMatchObject([{ kind: 'notice', text: 'hello' }]);
});
