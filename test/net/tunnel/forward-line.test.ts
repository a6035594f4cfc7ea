import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ForwardLine } from '../../../src/net/tunnel/forward-line.ts';

const byte = (n: number): Uint8Array => Uint8Array.of(n >>> 8, n);

test('hands a few on at once, the others in their order, each once', async () => {
  const got: number[] = [];
  const line = new ForwardLine<string>((to, [high, low]) => {
    expect(to).toBe('ann');
    got.push(high! * 256 + low!);
  });
  for (let n = 0; n < 300; n++) line.take('ann', byte(n), performance.now());
  expect(got.length).toBeGreaterThan(0);
  expect(got.length).toBeLessThan(32);
  for (let n = 0; n < 100 && got.length < 300; n++) await turn();
  expect(got).toEqual(Array.from({ length: 300 }, (_, n) => n));
  expect(line.shed).toBe(0);
});

test('hands on nothing more once closed', async () => {
  let got = 0;
  const line = new ForwardLine<undefined>(() => {
    got += 1;
  });
  for (let n = 0; n < 100; n++) line.take(undefined, byte(n), performance.now());
  const before = got;
  line.close();
  await turn();
  await turn();
  expect(got).toBe(before);
});
