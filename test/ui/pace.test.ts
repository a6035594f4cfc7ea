/** Bursts become one update, and the last change is always told. */
import { expect, test, vi } from 'vitest';
import { pacedSubscribe } from '../../src/ui/pace.ts';

test('the first change at once, a burst once more, the rest never lost', () => {
  vi.useFakeTimers();
  const listeners = new Set<() => void>();
  const change = (): void => {
    for (const listener of listeners) listener();
  };
  let told = 0;
  const stop = pacedSubscribe((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, 33)(() => told++);
  change();
  expect(told).toBe(1);
  for (let index = 0; index < 100; index++) change();
  expect(told).toBe(1);
  vi.advanceTimersByTime(33);
  expect(told).toBe(2);
  vi.advanceTimersByTime(1000);
  expect(told).toBe(2);
  change();
  change();
  expect(told).toBe(3);
  stop();
  vi.advanceTimersByTime(1000);
  expect(told).toBe(3);
  expect(listeners.size).toBe(0);
  vi.useRealTimers();
});
