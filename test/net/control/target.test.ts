/** Targets and listen addresses, from and to text. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTarget, isTarget, parseListen, parseTarget } from '../../../src/net/control/target.ts';
import { VoiptermError } from '../../../src/errors.ts';

function complaint(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof VoiptermError && error.code === 'usage.invalid') return error.message;
    throw error;
  }
  return 'no error';
}

describe('parseTarget()', () => {
  test.each([
    ['host', null, 'host', 2222, null],
    ['ann@Voice.Example.ORG', 'ann', 'voice.example.org', 2222, null],
    ['ann@host:22/lobby', 'ann', 'host', 22, 'lobby'],
    ['host/#Lobby', null, 'host', 2222, 'lobby'],
    ['host/', null, 'host', 2222, null],
    ['127.0.0.1:1', null, '127.0.0.1', 1, null],
    ['[::1]', null, '::1', 2222, null],
    ['Ann@[FE80::1%eth0]:65535/a.b', 'Ann', 'fe80::1%eth0', 65535, 'a.b'],
    ['voipterm://ann@host:2300/lobby', 'ann', 'host', 2300, 'lobby'],
    ['VOIPTERM://[::1]/', null, '::1', 2222, null],
  ])('%s', (text, user, host, port, room) => {
    expect(parseTarget(text)).toEqual({ user, host, port, room });
  });

  test.each([
    ['', 'names no host'],
    ['ann@', 'names no host'],
    ['ann@/lobby', 'names no host'],
    ['::1', 'stands in brackets'],
    ['[::1', 'stands in brackets'],
    ['[host]:1', 'must be IPv6'],
    ['[::1]2222', 'stands in brackets'],
    ['host:', 'the port "" must be a number from 1 to 65535'],
    ['host:0', 'the port "0"'],
    ['host:65536', 'the port "65536"'],
    ['host:+22', 'the port "+22"'],
    ['2222', 'must be a host name or an IP address'],
    ['1.2.3', 'must be a host name or an IP address'],
    ['256.1.1.1', 'must be a host name or an IP address'],
    ['-oProxyCommand=x', 'must be a host name or an IP address'],
    ['ho st', 'must be a host name or an IP address'],
    ['h\u001b[2J', 'must be a host name or an IP address'],
    ['ann:secret@host', 'holds a password'],
    ['a b@host', 'the name "a b" must be'],
    ['host/two/rooms', 'the room "two/rooms" must be'],
    ['host/##a', 'the room "##a" must be'],
    ['ssh://host', 'no other scheme'],
    ['h'.repeat(401), 'has at most 400 characters'],
  ])('refuses %j', (text, reason) => {
    expect(complaint(() => parseTarget(text))).toContain(reason);
    expect(isTarget(text)).toBe(false);
  });

  test('a password is not repeated in the error', () => {
    expect(complaint(() => parseTarget('ann:secret@host'))).not.toContain('secret');
  });

  test('what is formatted is read back', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/);
    const target = fc.record({
      user: fc.option(name),
      host: fc.oneof(
        fc.stringMatching(/^([a-z0-9]{1,5}\.){0,3}[a-z][a-z0-9]{0,5}$/),
        fc.ipV4(),
        fc
          .ipV6()
          .map((address) => address.toLowerCase())
          .filter((address) => isTarget(`[${address}]`)),
      ),
      port: fc.integer({ min: 1, max: 65535 }),
      room: fc.option(name.map((room) => room.toLowerCase())),
    });
    fc.assert(
      fc.property(target, (value) => {
        expect(parseTarget(formatTarget(value))).toEqual(value);
        expect(parseTarget(`voipterm://${formatTarget(value)}`)).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test('any text is a target that formats to itself, or a usage error', () => {
    const piece = fc.constantFrom(
      'a',
      '1',
      ':',
      '@',
      '/',
      '[',
      ']',
      '#',
      '%',
      '.',
      '-',
      'voipterm://',
      ' ',
      '\u0000',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (input) => {
        if (complaint(() => parseTarget(input)) !== 'no error') return;
        const target = parseTarget(input);
        expect(parseTarget(formatTarget(target))).toEqual(target);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parseListen()', () => {
  test.each([
    [':0', '127.0.0.1', 0],
    ['2222', '127.0.0.1', 2222],
    ['0.0.0.0:0', '0.0.0.0', 0],
    ['[::]:2222', '::', 2222],
    ['[::1]', '::1', 2222],
    ['localhost', 'localhost', 2222],
  ])('%s', (text, host, port) => {
    expect(parseListen(text)).toEqual({ host, port });
  });

  test.each(['', ':', ':65536', '::', '::1:2222', 'a b:1', '0.0.0.0:', '99999999'])('refuses %j', (text) => {
    expect(complaint(() => parseListen(text))).not.toBe('no error');
  });
});
