/** Exit statuses. That every code has one is proved by the compiler. */
import { expect, test } from 'vitest';
import { exitStatus } from '../../src/cli/exit.ts';
import { type ErrorCode, VoiptermError } from '../../src/errors.ts';

test.each<[ErrorCode, number]>([
  ['messages.unacknowledged', 1],
  ['demo.lost', 1],
  ['usage.invalid', 2],
  ['config.invalid', 2],
  ['control.unreachable', 3],
  ['control.host-key-changed', 4],
  ['store.unwritable', 5],
  ['audio.file', 6],
  ['station.port-in-use', 7],
])('%s ends with %i', (code, status) => {
  expect(exitStatus(new VoiptermError(code, 'a sentence'))).toBe(status);
});

test('anything else that was thrown is a failure', () => {
  expect([new Error('x'), 'x', undefined].map(exitStatus)).toEqual([1, 1, 1]);
});
