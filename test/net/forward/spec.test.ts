import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type ForwardSpec, formatForward, parseForward } from '../../../src/net/forward/spec.ts';

test.each<[string, Omit<ForwardSpec, 'option'>]>([
  [
    '8080:db:5432',
    { protocol: 'tcp', bind: { host: 'localhost', port: 8080 }, to: { host: 'db', port: 5432 } },
  ],
  [
    '5300:10.0.0.2:53/udp',
    { protocol: 'udp', bind: { host: 'localhost', port: 5300 }, to: { host: '10.0.0.2', port: 53 } },
  ],
  ['*:0:db:1/UDP', { protocol: 'udp', bind: { host: '', port: 0 }, to: { host: 'db', port: 1 } }],
  [':80:db:1', { protocol: 'tcp', bind: { host: '', port: 80 }, to: { host: 'db', port: 1 } }],
  [
    '[::1]:80:[2001:db8::2]:81/tcp',
    { protocol: 'tcp', bind: { host: '::1', port: 80 }, to: { host: '2001:db8::2', port: 81 } },
  ],
  [
    '127.0.0.2:80:a.example.org.:81',
    { protocol: 'tcp', bind: { host: '127.0.0.2', port: 80 }, to: { host: 'a.example.org.', port: 81 } },
  ],
])('%s', (text, spec) => {
  expect(parseForward('-L', text)).toEqual({ option: '-L', ...spec });
  expect(parseForward('-R', text)).toEqual({ option: '-R', ...spec });
});

test('-D', () => {
  const dynamic = { option: '-D', protocol: 'tcp', to: null };
  expect(parseForward('-D', '1080')).toEqual({ ...dynamic, bind: { host: 'localhost', port: 1080 } });
  expect(parseForward('-D', '[::]:1080')).toEqual({ ...dynamic, bind: { host: '::', port: 1080 } });
  expect(parseForward('-D', '*:1080')).toEqual({ ...dynamic, bind: { host: '', port: 1080 } });
});

describe('a sentence tells what is wrong with', () => {
  test.each([
    ['-L', '8080', 'lacks a part'],
    ['-L', '8080:db', 'lacks a part'],
    ['-L', '', 'lacks a part'],
    ['-L', '80:2001:db8::2:81', 'IPv6 address stands in brackets'],
    ['-L', '80:[db]:81', 'bracket'],
    ['-L', '80:[::1:81', 'bracket'],
    ['-L', '80:db:0', '"0" is no port from 1'],
    ['-L', '65536:db:1', '"65536" is no port from 0'],
    ['-L', '80x:db:1', '"80x" is no port'],
    ['-L', '80:d b:1', '"d b" is no host'],
    ['-L', '80:1.2.3:1', 'is no host'],
    ['-L', '80:db:1/sctp', '/udp or /tcp'],
    ['-L', '80:/run/x.sock', 'socket file'],
    ['-L', '-1:80:db:1', 'no address to listen on'],
    ['-L', 'x'.repeat(601), 'characters'],
    ['-R', '8080', 'SOCKS at the station'],
    ['-D', '1080/udp', 'carries UDP as well'],
    ['-D', '1080:db:1', 'names no destination'],
    ['-D', 'x', 'no port'],
  ] as const)('%s %s', (option, text, words) => {
    const refused = expect.objectContaining({
      code: 'usage.invalid',
      message: expect.stringContaining(words),
    });
    expect(() => parseForward(option, text)).toThrow(refused);
    expect(() => parseForward(option, text)).toThrow(`write ${option} [bind:]port`);
  });
});

it('writes what it reads', () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  const bindHost = fc.oneof(host, fc.constantFrom('', 'localhost'));
  const port = fc.integer({ min: 1, max: 65535 });
  const spec = fc.record({
    option: fc.constantFrom('-L' as const, '-R' as const),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    bind: fc.record({ host: bindHost, port: fc.integer({ min: 0, max: 65535 }) }),
    to: fc.record({ host, port }),
  });
  fc.assert(
    fc.property(spec, (spec) => {
      expect(parseForward(spec.option, formatForward(spec))).toEqual(spec);
    }),
    { seed: 6 },
  );
});

it('throws nothing but its own errors', () => {
  const soup = fc.string({ unit: fc.constantFrom(...'0159:[]./*%abudp-') });
  fc.assert(
    fc.property(fc.constantFrom('-L' as const, '-R' as const, '-D' as const), soup, (option, text) => {
      try {
        const spec = parseForward(option, text);
        expect(parseForward(option, formatForward(spec))).toEqual(spec);
      } catch (error) {
        expect(error).toMatchObject({ code: 'usage.invalid' });
      }
    }),
    { seed: 7, numRuns: 3000 },
  );
});
