import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJumps, isProxy, parseJumps, parseProxy } from '../../src/cli/way.ts';

describe('a proxy', () => {
  test.each([
    ['http://proxy.example:8080', { kind: 'http', host: 'proxy.example', port: 8080 }],
    ['HTTP://proxy.example', { kind: 'http', host: 'proxy.example', port: 3128 }],
    ['http://proxy.example:80/', { kind: 'http', host: 'proxy.example', port: 80 }],
    ['socks5://[2001:db8::1]', { kind: 'socks5', host: '2001:db8::1', port: 1080 }],
    [
      'socks5://ann:p%3Aw%40d@10.0.0.1:9050',
      { kind: 'socks5', host: '10.0.0.1', port: 9050, user: 'ann', password: 'p:w@d' },
    ],
    ['http://ann@h:1', { kind: 'http', host: 'h', port: 1, user: 'ann', password: '' }],
  ])('%s', (text, proxy) => {
    expect(parseProxy(text)).toEqual(proxy);
  });

  test.each([
    'proxy:3128',
    'https://proxy:1',
    'socks4://proxy:1',
    'http://',
    'http://proxy:0x',
    'http://proxy:70000',
    'http://proxy/path',
    'http://proxy?x',
    'http://pro xy:1',
    `http://${'u'.repeat(256)}@proxy:1`,
    'http://a%0d%0aX:y@proxy:1',
    'http://%zz@proxy:1',
  ])('refuses %j without repeating it', (text) => {
    expect(isProxy(text)).toBe(false);
    expect(() => parseProxy(text)).toThrow(/^(?!.*(zz|u{9})).*$/);
  });

  test('"" is none', () => expect(parseProxy('')).toBeUndefined());

  test('never throws anything but a sentence', () => {
    const text = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.string().map((rest) => `socks5://${rest}`),
    );
    fc.assert(
      fc.property(text, (input) => {
        expect(typeof isProxy(input)).toBe('boolean');
      }),
      { seed: 8 },
    );
  });
});

describe('jump hosts', () => {
  test.each([
    ['', []],
    ['none', []],
    ['bastion', [{ user: null, host: 'bastion', port: null }]],
    [
      'ann@a.example:2200, [fe80::1]:22,b',
      [
        { user: 'ann', host: 'a.example', port: 2200 },
        { user: null, host: 'fe80::1', port: 22 },
        { user: null, host: 'b', port: null },
      ],
    ],
    ['ssh://ann@a:1', [{ user: 'ann', host: 'a', port: 1 }]],
  ])('%j', (text, jumps) => {
    expect(parseJumps(text)).toEqual(jumps);
  });

  test.each([
    'a,',
    '@a',
    'a:0',
    'a:65536',
    'a b',
    '-oProxyCommand=x',
    'a/b',
    'a,a,a,a,a,a,a,a,a',
    'h\u001b[2J',
  ])('refuses %j', (text) => {
    expect(isJumps(text)).toBe(false);
  });
});
