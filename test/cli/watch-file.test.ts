/** A file that changes is noticed, from the very moment on that one begins to look. */
import { mkdtemp, rm } from 'node:fs/promises';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchForChanges } from '../../src/cli/watch-file.ts';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'voipterm-watch-'));
});
afterEach(() => rm(place, { recursive: true, force: true }));

const PATIENCE = { timeout: 20_000 };

test('what comes, changes and goes is told once each, also right after one began to look', async () => {
  const file = join(place, 'config.toml');
  let changes = 0;
  const stop = watchForChanges(file, () => changes++);
  try {
    writeFileSync(file, 'a = 1\n');
    await vi.waitFor(() => expect(changes).toBe(1), PATIENCE);
    writeFileSync(file, 'a = 12\n');
    await vi.waitFor(() => expect(changes).toBe(2), PATIENCE);
    rmSync(file);
    await vi.waitFor(() => expect(changes).toBe(3), PATIENCE);
  } finally {
    stop();
  }
});

test('two who look at the same file both hear of it, and one who stopped does not', async () => {
  const file = join(place, 'config.toml');
  writeFileSync(file, 'a = 1\n');
  const heard = [0, 0];
  const stops = heard.map((_, i) => watchForChanges(file, () => (heard[i] = (heard[i] ?? 0) + 1)));
  try {
    writeFileSync(file, 'a = 12\n');
    await vi.waitFor(() => expect(heard).toEqual([1, 1]), PATIENCE);
    stops[0]?.();
    writeFileSync(file, 'a = 123\n');
    await vi.waitFor(() => expect(heard).toEqual([1, 2]), PATIENCE);
  } finally {
    for (const stop of stops) stop();
  }
});
