import net from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  formatIp,
  inPrefix,
  isLoopback,
  isSpecial,
  parseIp,
  parsePrefix,
  unwrapped,
} from '../../../src/net/forward/ip-address.ts';

const ip = (text: string) => parseIp(text)!;

describe('an address', () => {
  it('is read as node reads it, and written so that it is read again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const bytes = parseIp(text);
        expect(bytes).toBeDefined();
        expect(net.isIP(formatIp(bytes!))).toBe(net.isIP(text));
        expect(parseIp(formatIp(bytes!))).toEqual(bytes);
        // What the URL parser makes of it is RFC 5952.
        if (text.includes(':')) expect(`[${formatIp(bytes!)}]`).toBe(new URL(`http://[${text}]/`).hostname);
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it('is nothing that node does not take for one', () => {
    const soup = fc.string({ unit: fc.constantFrom(...'0123456789abcf:.%/x ') });
    fc.assert(
      fc.property(soup, (text) => {
        if (parseIp(text)) expect(net.isIP(text)).toBeGreaterThan(0);
      }),
      { seed: 5, numRuns: 3000 },
    );
  });

  it.each(['127.1', '0x7f000001', '010.0.0.1', '2130706433', '1.2.3.256', ':::', '1::2::3', '::1%', ''])(
    'is not %j',
    (text) => expect(parseIp(text)).toBeUndefined(),
  );

  it('loses its zone', () => expect(ip('fe80::1%eth0')).toEqual(ip('fe80::1')));
});

test.each([
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['64:ff9b::a9fe:a9fe', '169.254.169.254'],
  ['::7f00:1', '127.0.0.1'],
  ['::1', '::1'],
  ['::', '::'],
  ['2001:db8::1', '2001:db8::1'],
  ['10.1.2.3', '10.1.2.3'],
])('%s stands for %s', (text, plain) => expect(formatIp(unwrapped(ip(text)))).toBe(plain));

test.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', true],
  ['::', true],
  ['169.254.169.254', true],
  ['64:ff9b::a9fe:a9fe', true],
  ['fe80::1', true],
  ['ff02::1', true],
  ['239.1.1.1', true],
  ['255.255.255.255', true],
  ['fd00:ec2::254', true],
  ['100.100.100.200', true],
  ['10.0.0.1', false],
  ['100.100.100.201', false],
  ['192.168.1.1', false],
  ['2001:db8::1', false],
  ['fd00::1', false],
  ['126.255.255.255', false],
  ['128.0.0.1', false],
])('%s special: %s', (text, special) => expect(isSpecial(ip(text))).toBe(special));

test('loopback', () => {
  expect(['127.0.0.1', '::1', '10.0.0.1'].map((text) => isLoopback(ip(text)))).toEqual([true, true, false]);
});

describe('a prefix', () => {
  it('holds what agrees in its bits', () => {
    const { prefix, bits } = parsePrefix('10.32.0.0/11')!;
    expect(
      ['10.32.0.0', '10.63.255.255', '10.64.0.0', '10.31.255.255'].map((t) => inPrefix(ip(t), prefix, bits)),
    ).toEqual([true, true, false, false]);
    expect(inPrefix(ip('2001:db8::5'), ip('2001:db8::'), 32)).toBe(true);
    expect(inPrefix(ip('2001:db9::5'), ip('2001:db8::'), 32)).toBe(false);
    expect(inPrefix(ip('::ffff:10.0.0.1'), ip('10.0.0.0'), 8)).toBe(false);
    expect(inPrefix(ip('1.2.3.4'), ip('0.0.0.0'), 0)).toBe(true);
  });

  it.each(['10.0.0.0/33', '10.0.0.0', '::/129', 'x/8', '10.0.0.0/8/8', '10.0.0.0/'])('is not %j', (text) =>
    expect(parsePrefix(text)).toBeUndefined(),
  );
});
