/** A guest's terminal as streams: bounded both ways. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { GuestInput, GuestOutput } from '../../src/guest/streams.ts';

const SIZE = { columns: 80, rows: 24 };

function output() {
  const sent: Uint8Array[] = [];
  const stream = new GuestOutput({
    size: SIZE,
    send: (bytes) => sent.push(bytes),
    translate: (text) => text,
  });
  return { stream, sent, bytes: () => sent.reduce((sum, { length }) => sum + length, 0) };
}

test('what is typed comes through whole and in order', async () => {
  const input = new GuestInput();
  const heard: Buffer[] = [];
  input.on('data', (chunk: Buffer) => heard.push(chunk));
  const typed = Buffer.from(Array.from({ length: 1500 }, (_, at) => at % 251));
  await Promise.all([input.typed(typed.subarray(0, 700)), input.typed(typed.subarray(700))]);
  await input.typedAll();
  expect(Buffer.concat(heard)).toEqual(typed);
});

test('a flood waits for the share of time that one guest has', async () => {
  const input = new GuestInput();
  let busy = 0;
  input.on('data', () => {
    const begun = performance.now();
    while (performance.now() - begun < 4);
    busy += 4;
  });
  const begun = performance.now();
  await input.typed(Buffer.alloc(256 * 8));
  expect(performance.now() - begun).toBeGreaterThan(busy * 4);
});

test('input that nobody reads any more does not hold its writer', async () => {
  const input = new GuestInput();
  const typed = input.typed(Buffer.alloc(64 * 1024));
  input.destroy();
  await typed;
});

test('a peer that takes what it gets is never behind', async () => {
  const { stream, sent } = output();
  for (let frame = 0; frame < 100; frame++) {
    stream.write('x'.repeat(4000));
    expect(stream.writableNeedDrain).toBe(false);
    for (const bytes of sent.splice(0)) stream.taken(bytes.length);
    await turn();
  }
});

test('of what a peer does not take, a bounded part is under way; then it is behind until it took enough', async () => {
  const { stream, bytes } = output();
  let frames = 0;
  while (!stream.writableNeedDrain) {
    stream.write('x'.repeat(1000));
    frames += 1;
  }
  expect(frames).toBeLessThan(64);
  expect(bytes()).toBeLessThan(48 * 1024);
  const drained = vi.fn();
  stream.once('drain', drained);
  const sentBefore = bytes();
  await turn();
  expect(bytes()).toBe(sentBefore);
  for (let left = bytes(); left > 0 && drained.mock.calls.length === 0; left -= 8192) {
    stream.taken(8192);
    await turn();
  }
  expect(drained).toHaveBeenCalledTimes(1);
});

test('of many sizes the last one is in force, and few are drawn', async () => {
  const { stream } = output();
  const drawn: number[] = [];
  stream.on('resize', () => drawn.push(stream.columns));
  const begun = performance.now();
  let last: Promise<void> = Promise.resolve();
  for (let columns = 40; columns < 90; columns++) {
    last = stream.resize({ columns, rows: 24 });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await last;
  await stream.resize({ columns: 90, rows: 24 });
  expect(stream.columns).toBe(90);
  expect(drawn.at(-1)).toBe(90);
  expect(drawn.length).toBeLessThanOrEqual(2 + (performance.now() - begun) / 200);
});
