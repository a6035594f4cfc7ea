import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  mayListen,
  mayReach,
  mayResolve,
  parseListenRule,
  parseReachRule,
} from '../../../src/net/forward/access.ts';

/** Whether `rule` lets "host port [address]" be reached; the address is the host itself if it is not said. */
function reaches(rule: string, to: string, protocol: 'tcp' | 'udp' = 'tcp'): boolean {
  const [host = '', port, address = host] = to.split(' ');
  return mayReach([parseReachRule(rule)], { host, address, port: Number(port), protocol });
}

describe('a rule lets be reached', () => {
  test.each([
    ['*:*', '10.0.0.1 1'],
    ['*:*', 'db.example.org 65535 10.0.0.1'],
    ['*:*', '2001:db8::1 443'],
    ['db:5432', 'DB. 5432 10.0.0.1'],
    ['*.example.org:443', 'a.b.example.org 443 10.0.0.1'],
    ['10.0.0.1:80', '10.0.0.1 80'],
    ['10.0.0.1:80', 'some.name 80 10.0.0.1'],
    ['10.0.0.1:80', '::ffff:10.0.0.1 80'],
    ['[::ffff:10.0.0.1]:80', '10.0.0.1 80'],
    ['10.0.0.*:80-90', '10.0.0.77 90'],
    ['10.0.*:80', '10.0.9.9 80'],
    ['10.0.*.*:80', '10.0.9.9 80'],
    ['10.0.0.0/8:80', '10.200.0.1 80'],
    ['[2001:db8::/32]:80', '2001:db8:1::1 80'],
    // Named exactly, the machine itself:
    ['127.0.0.1:80', '127.0.0.1 80'],
    ['127.0.0.1:80', '::ffff:127.0.0.1 80'],
    ['127.0.0.1/32:80', '127.0.0.1 80'],
    ['localhost:80', 'localhost 80 127.0.0.1'],
    ['localhost:80', 'localhost 80 ::1'],
    ['localhost:80', '127.0.0.1 80'],
    ['localhost:80', '::1 80'],
    ['[::1]:80', '::1 80'],
    ['169.254.169.254:80', '169.254.169.254 80'],
  ])('%s: %s', (rule, to) => expect(reaches(rule, to)).toBe(true));

  test('UDP only if it says so', () => {
    expect(reaches('10.0.0.1:53/udp', '10.0.0.1 53', 'udp')).toBe(true);
    expect(reaches('10.0.0.1:53/udp', '10.0.0.1 53', 'tcp')).toBe(false);
    expect(reaches('10.0.0.1:53', '10.0.0.1 53', 'udp')).toBe(false);
    expect(reaches('10.0.0.1:53/tcp', '10.0.0.1 53')).toBe(true);
    expect(reaches('10.0.0.0/8:53/udp', '10.0.0.1 53', 'udp')).toBe(true);
  });
});

describe('a rule does not let be reached', () => {
  test.each([
    ['db:5432', 'db 5433 10.0.0.1'],
    ['db:5432', 'other 5432 10.0.0.1'],
    ['*.example.org:443', 'example.org 443 10.0.0.1'],
    ['*.example.org:443', 'evilexample.org 443 10.0.0.1'],
    ['10.0.0.*:80', '10.0.1.1 80'],
    ['10.0.0.0/8:80', '11.0.0.1 80'],
    ['10.0.0.1:80-90', '10.0.0.1 91'],
    // Patterns never mean the machine itself, nor what clouds tell it:
    ['*:*', '127.0.0.1 80'],
    ['*:*', 'localhost 80 127.0.0.1'],
    ['*:*', '::1 80'],
    ['*:*', '::ffff:127.0.0.1 80'],
    ['*:*', '0.0.0.0 80'],
    ['*:*', ':: 80'],
    ['*:*', '169.254.169.254 80'],
    ['*:*', '64:ff9b::a9fe:a9fe 80'],
    ['*:*', '100.100.100.200 80'],
    ['*:*', 'fd00:ec2::254 80'],
    ['*:*', 'fe80::1 80'],
    ['*:*', '239.0.0.1 80'],
    ['127.0.0.*:80', '127.0.0.1 80'],
    ['127.0.0.0/8:80', '127.0.0.1 80'],
    ['0.0.0.0/0:80', '127.0.0.1 80'],
    ['[::ffff:0:0/96]:80', '127.0.0.1 80'],
    ['169.254.0.0/16:80', '169.254.169.254 80'],
    // A name that merely resolves there:
    ['evil.example:80', 'evil.example 80 127.0.0.1'],
    ['*.example:80', 'evil.example 80 169.254.169.254'],
    ['localhost:80', 'evil.example 80 127.0.0.1'],
    ['localhost:80', 'localhost 80 10.0.0.1'],
    ['localhost:80', '127.0.0.2 80'],
    // What is no address at all:
    ['*:*', 'db 80 db'],
  ])('%s: %s', (rule, to) => expect(reaches(rule, to)).toBe(false));

  test('anything without a rule', () => {
    expect(mayReach([], { host: '10.0.0.1', address: '10.0.0.1', port: 1, protocol: 'tcp' })).toBe(false);
  });
});

it('reaches a special address only where it is named, whatever the rule', () => {
  const special = fc.constantFrom(
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '0.0.0.0',
    '169.254.169.254',
    'fe80::9',
    'ff02::1',
  );
  const octet = fc.integer({ min: 0, max: 255 });
  const pattern = fc.oneof(
    fc.constantFrom('*', '*.example.org', 'some.name', '[::/0]', '[fe80::/10]', '127.*', '169.254.169.*'),
    fc.tuple(octet, octet, fc.integer({ min: 0, max: 31 })).map(([a, b, bits]) => `${a}.${b}.0.0/${bits}`),
  );
  fc.assert(
    fc.property(special, pattern, (address, pattern) => {
      for (const host of [address, 'some.name', 'x.example.org', 'localhost']) {
        expect(reaches(`${pattern}:*`, `${host} 80 ${address}`)).toBe(false);
      }
    }),
    { seed: 8, numRuns: 500 },
  );
});

test('a name is looked up only if some rule could mean it', () => {
  const could = (rule: string, host: string) =>
    mayResolve([parseReachRule(rule)], { host, port: 80, protocol: 'tcp' });
  expect(could('*:80', 'x')).toBe(true);
  expect(could('10.0.0.0/8:80', 'x')).toBe(true);
  expect(could('x:80', 'x')).toBe(true);
  expect(could('y:80', 'x')).toBe(false);
  expect(could('*.y:80', 'x.z')).toBe(false);
  expect(could('*:81', 'x')).toBe(false);
});

describe('listening', () => {
  const may = (rule: string, host: string, port: number, protocol: 'tcp' | 'udp' = 'tcp') =>
    mayListen([parseListenRule(rule)], { host, port, protocol });
  test.each([
    ['8080', 'localhost', 8080],
    ['8080', '127.0.0.1', 8080],
    ['8080', '::1', 8080],
    ['8000-8100', 'localhost', 8100],
    ['*', 'localhost', 0],
    ['*:8080', '', 8080],
    ['*:8080', '*', 8080],
    ['*:8080', '10.0.0.1', 8080],
    ['*:8080', 'localhost', 8080],
    ['0.0.0.0:8080', '', 8080],
    ['0.0.0.0:8080', '0.0.0.0', 8080],
    ['10.0.0.1:8080', '10.0.0.1', 8080],
    ['10.0.0.*:8080', '10.0.0.1', 8080],
    ['[2001:db8::1]:8080', '2001:db8::1', 8080],
    ['53', 'localhost', 53],
    ['1-1024', 'localhost', 53],
  ])('%s allows %j port %i', (rule, host, port) => expect(may(rule, host, port)).toBe(true));
  test.each([
    ['8080', '', 8080],
    ['8080', '0.0.0.0', 8080],
    ['8080', '10.0.0.1', 8080],
    ['8080', 'localhost', 8081],
    ['8080', 'localhost', 0],
    ['*', 'localhost', 53],
    ['10.0.0.1:8080', '', 8080],
    ['10.0.0.0/8:8080', '0.0.0.0', 8080],
    ['0.0.0.0/0:8080', '0.0.0.0', 8080],
    ['localhost:8080', '10.0.0.1', 8080],
  ])('%s does not allow %j port %i', (rule, host, port) => expect(may(rule, host, port)).toBe(false));
  test('UDP apart', () => {
    expect(may('8080/udp', 'localhost', 8080, 'udp')).toBe(true);
    expect(may('8080/udp', 'localhost', 8080)).toBe(false);
    expect(may('8080', 'localhost', 8080, 'udp')).toBe(false);
  });
});

describe('a sentence tells what is wrong with', () => {
  test.each([
    '',
    'db',
    'db:',
    'db:0',
    'db:65536',
    'db:9-8',
    'db:x',
    'd b:1',
    'a:b:1',
    'db:1/x',
    '[db]:1',
    '10.0.0.0/33:1',
    '[fe80::1%eth0]:1',
    `${'x'.repeat(400)}:1`,
  ])('%j', (text) =>
    expect(() => parseReachRule(text)).toThrow(expect.objectContaining({ code: 'usage.invalid' })),
  );
  test.each(['', 'x', ':x', 'a:b:1', '[::1:1', '0'])('%j to listen', (text) =>
    expect(() => parseListenRule(text)).toThrow(expect.objectContaining({ code: 'usage.invalid' })),
  );
});
