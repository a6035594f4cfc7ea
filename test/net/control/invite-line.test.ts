/** Invitations as lines to paste, and what parseTarget makes of them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatInvite, takeInvite } from '../../../src/net/control/invite-line.ts';
import { formatTarget, parseTarget } from '../../../src/net/control/target.ts';

const fingerprint = 'SHA256:+nhZHyRWQYogQoOQ+qWSCDWuxcBwRA+iY4ek+1+4/lk';
const token = 'AbCdEfGhIjKlMnOpQrStUv-_';

test('a line is one word without anything that a shell or a mail program changes', () => {
  const line = formatInvite('chat.example.org:2300/lobby', { fingerprint, token });
  expect(line).toBe(
    `voipterm://chat.example.org:2300/lobby?key=-nhZHyRWQYogQoOQ-qWSCDWuxcBwRA-iY4ek-1-4_lk#${token}`,
  );
  expect(line).toMatch(/^[A-Za-z0-9:/.?=#_-]+$/);
});

describe('parseTarget()', () => {
  test('reads all of it, and a name before the host', () => {
    const line = formatInvite('gus@[::1]:2300/lobby', { fingerprint, token });
    expect(parseTarget(line)).toEqual({
      user: 'gus',
      host: '::1',
      port: 2300,
      room: 'lobby',
      invite: { fingerprint, token },
    });
  });

  test('formatTarget leaves the token out: what is remembered opens nothing', () => {
    expect(formatTarget(parseTarget(formatInvite('host:2222', { fingerprint, token })))).toBe('host:2222');
  });

  test('any fingerprint and token come back', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(32), bytes(18), (hash, secret) => {
        const parts = {
          fingerprint: `SHA256:${Buffer.from(hash).toString('base64').replace(/=+$/, '')}`,
          token: Buffer.from(secret).toString('base64url'),
        };
        expect(takeInvite(formatInvite('h:1/r', parts))).toEqual({
          target: 'voipterm://h:1/r',
          invite: parts,
        });
      }),
      { seed: 20_261_121 },
    );
  });

  test.each([
    `voipterm://host:2222/lobby?key=abc#${token}`,
    'voipterm://host:2222/lobby?key=-nhZHyRWQYogQoOQ-qWSCDWuxcBwRA-iY4ek-1-4_lk',
    `voipterm://host/lobby?key=-nhZHyRWQYogQoOQ-qWSCDWuxcBwRA-iY4ek-1-4_lk#${token}x`,
    'host?',
  ])('says that a part is missing: %s', (line) => {
    expect(() => parseTarget(line)).toThrow('the invitation is not whole');
  });

  test('a room with its # is no invitation', () => {
    expect(parseTarget('host/#lobby')).toEqual({
      user: null,
      host: 'host',
      port: 2222,
      room: 'lobby',
      portNamed: undefined,
    });
  });
});
