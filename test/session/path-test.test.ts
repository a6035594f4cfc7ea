/** The test of the path: what is measured, and how it is told. */
import { beforeEach, describe, expect, test } from 'vitest';
import { VoiptermError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import type { Caller } from '../../src/session/history.ts';
import { LiveState } from '../../src/session/live-state.ts';
import { PathTester } from '../../src/session/path-test.ts';
import { pathWords } from '../../src/session/path-words.ts';
import { initialState } from '../../src/session/reduce.ts';
import { emptyState } from '../fakes/fake-session.ts';

const stats = emptyState().stats!;
let live: LiveState;
beforeEach(() => {
  live = new LiveState(initialState('ann', 'ann@host'), silentLog);
});

function tester(answer: (round: number) => Promise<unknown>): { tester: PathTester; asked: () => number } {
  let rounds = 0;
  const call = (async () => answer(++rounds)) as unknown as Caller;
  return { tester: new PathTester({ live, call, pauseMs: 0 }), asked: () => rounds };
}

test('five round trips and the tunnel’s figures are told, and a second test meanwhile is the same one', async () => {
  live.apply({ kind: 'stats', stats });
  const { tester: one, asked } = tester(async () => ({ rooms: [] }));
  const running = one.run();
  expect(live.now.settings.pathTest.running).toBe(true);
  await one.run();
  await running;
  expect(asked()).toBe(5);
  const { running: still, lines } = live.now.settings.pathTest;
  expect(still).toBe(false);
  expect(lines[0]).toMatchObject({ tone: 'good' });
  expect(lines[0]?.text).toMatch(
    /^Control \(SSH\): [\d.]+ ms there and back, [\d.]+ ms at most, 5 of 5 answered$/,
  );
  expect(lines[1]?.text).toBe('Voice (udp): 23 ms there and back, lost 0 % up and 1.2 % down');
});

test('a link that is down is found, and the next test measures again', async () => {
  const gone = new VoiptermError('control.unreachable', 'not connected to the station');
  const { tester: one } = tester(async (round) => {
    if (round === 3) throw gone;
  });
  await one.run();
  expect(live.now.settings.pathTest.lines).toEqual([
    { text: 'Control (SSH): 2 of 5 answered, then: not connected to the station', tone: 'bad' },
  ]);
  await one.run();
  expect(live.now.settings.pathTest.lines[0]?.tone).toBe('good');
});

describe('figures', () => {
  const words = (change: Partial<typeof stats>) =>
    pathWords({ roundTrips: [10], asked: 1, failure: null, stats: { ...stats, ...change } });

  test('of a lossy or slow path are warned of', () => {
    expect(words({ lossUp: 0.08 })[1]).toMatchObject({ tone: 'warning' });
    expect(words({ rttMs: 400 })[1]).toMatchObject({ tone: 'warning' });
    expect(words({ silent: true })[1]).toMatchObject({ tone: 'bad' });
    expect(words({})[1]).toMatchObject({ tone: 'good' });
    expect(words({ rttMs: null, lossUp: null })[1]?.text).toContain('no answer yet, lost ? % up');
  });

  test('name each direction and what is in reserve', () => {
    const carriers = [
      ...stats.carriers,
      { carrier: 'stream', up: true, down: true, rttMs: 31, mtu: 1200 } as const,
    ];
    const lines = words({ carrierDown: 'stream', carriers });
    expect(lines[1]?.text).toContain('Voice (udp up, stream down)');
    expect(lines.at(-1)?.text).toBe('In reserve, stream: answers, 31 ms');
  });
});
