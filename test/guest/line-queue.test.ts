/** Lines on their way to the guests' thread: once for many, bounded for each. */
import { expect, test } from 'vitest';
import { BEHIND_CHARS, LineQueue, MAX_CHARS } from '../../src/guest/line-queue.ts';
import { notificationLine } from '../../src/net/control/rpc.ts';

function message(room: string, seq: number, chars = 0): string {
  const body = Buffer.from('x'.repeat(chars)).toString('base64');
  const params = { room, seq, id: `id-${seq}`, from: 'ann', at: 1, type: 'text/plain', body };
  return notificationLine({ method: 'room.message', params });
}

test('a line for many is one entry, and each guest gets its lines in order', () => {
  const queue = new LineQueue();
  for (const line of ['one', 'two']) for (const id of [1, 2, 3]) queue.push(id, line);
  queue.push(2, 'for two');
  expect(queue.take()).toEqual([
    { line: 'one', to: [1, 2, 3] },
    { line: 'two', to: [1, 2, 3] },
    { line: 'for two', to: [2] },
  ]);
  expect(queue.isEmpty).toBe(true);
});

test('who is behind loses messages, but not the newest of each place, nor anything else', () => {
  const queue = new LineQueue();
  let seq = 0;
  for (let chars = 0; chars <= BEHIND_CHARS; chars += message('lobby', 1, 1000).length)
    expect(queue.push(1, message('lobby', ++seq, 1000))).toBe(true);
  for (let more = 0; more < 5000; more++) expect(queue.push(1, message('lobby', ++seq, 1000))).toBe(true);
  expect(queue.push(1, message('dev', 7))).toBe(true);
  expect(queue.push(1, '{"jsonrpc":"2.0","id":3,"result":{}}')).toBe(true);
  expect(queue.push(2, message('lobby', seq, 1000))).toBe(true);
  const mine = queue.take().filter(({ to }) => to.includes(1));
  expect(mine.reduce((sum, { line }) => sum + line.length, 0)).toBeLessThan(BEHIND_CHARS * 1.1);
  const lines = mine.map(({ line }) => line);
  expect(lines).toContain(message('lobby', seq, 1000));
  expect(lines).toContain(message('dev', 7));
  expect(lines).toContain('{"jsonrpc":"2.0","id":3,"result":{}}');
});

test('another guest is not behind because of one who is', () => {
  const queue = new LineQueue();
  for (let seq = 1; seq <= 1000; seq++) queue.push(1, message('lobby', seq, 1000));
  for (let seq = 1; seq <= 20; seq++) queue.push(2, message('dev', seq));
  expect(queue.take().filter(({ to }) => to.includes(2))).toHaveLength(20);
});

test('answers that pile up without end are hopeless, and that is said', () => {
  const queue = new LineQueue();
  const answer = 'x'.repeat(64 * 1024);
  let held = 0;
  while (queue.push(1, answer)) held += answer.length;
  expect(held).toBeLessThanOrEqual(MAX_CHARS);
  expect(held).toBeGreaterThan(MAX_CHARS / 2);
});
