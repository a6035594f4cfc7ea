/** Forwards from options and from [[forward]] tables, and what is said of wrong ones. */
import { describe, expect, test } from 'vitest';
import { parseForwards } from '../../src/cli/config-file.ts';
import { configuredFor, forwardsOf } from '../../src/cli/forward-options.ts';
import { parseTarget } from '../../src/net/control/target.ts';
import { formatForward } from '../../src/net/forward/spec.ts';
import type { ForwardAsk } from '../../src/net/forward/state.ts';

const named = (asks: readonly ForwardAsk[]): string[] =>
  asks.map(({ spec }) => `${spec.option} ${formatForward(spec)}`);

test('options in order, with their companions', () => {
  const asks = forwardsOf({
    dynamicForward: ['1080'],
    localForward: ['5300:10.0.0.2:53/udp', '[::1]:80:[::1]:8080'],
    remoteForward: ['*:27015:localhost:27015/udp'],
    idleTimeout: 5,
    socksAuth: 'ann:a:b',
  });
  expect(named(asks)).toEqual([
    '-L 5300:10.0.0.2:53/udp',
    '-L [::1]:80:[::1]:8080',
    '-R :27015:localhost:27015/udp',
    '-D 1080',
  ]);
  expect(asks.map(({ idleS }) => idleS)).toEqual([5, 5, 5, 5]);
  expect(asks.map(({ socksAuth }) => socksAuth)).toEqual([
    null,
    null,
    null,
    { user: 'ann', password: 'a:b' },
  ]);
  expect(forwardsOf({})).toEqual([]);
});

test('a password that is none is refused without being repeated', () => {
  for (const socksAuth of ['secret', ':secret', 'secret:', `u:${'secret'.repeat(50)}`]) {
    expect(() => forwardsOf({ dynamicForward: ['1080'], socksAuth })).toThrow(
      /^--socks-auth must be USER:PASSWORD, each of 1 to 255 bytes$/,
    );
  }
  expect(() => forwardsOf({ socksAuth: 'a:b' })).toThrow(/goes with -D/);
});

const TABLES = `
[client]
name = "ann"

[[forward]]
local = "5300:10.0.0.2:53/udp"
idle_timeout_s = 300

[[forward]]
dynamic = "1080"
auth = "ann:secret"
target = "bob@voice.example.org:2200"
`;

test('tables of a configuration file, and which station they are for', () => {
  const all = parseForwards(TABLES, 'c.toml');
  expect(named(configuredFor(all, parseTarget('bob@voice.example.org:2200/lobby')))).toEqual([
    '-L 5300:10.0.0.2:53/udp',
    '-D 1080',
  ]);
  for (const other of ['ann@voice.example.org:2200', 'bob@voice.example.org', 'bob@other:2200']) {
    expect(named(configuredFor(all, parseTarget(other)))).toEqual(['-L 5300:10.0.0.2:53/udp']);
  }
  expect(configuredFor(all, null)).toMatchObject([{ idleS: 300 }]);
});

describe('complaints name the line and the key', () => {
  test.each([
    ['forward = 1', /^c\.toml:1: forward must be written as tables/],
    ['[[forward]]\n', /^c\.toml:1: \[\[forward\]\] needs one of local, remote and dynamic$/],
    ['[[forward]]\nlocal = "1:h:1"\nremote = "1:h:1"', /^c\.toml:1: .*needs one of/],
    [
      '[[forward]]\nlocal = "1:h:1"\n\n[[forward]]\nlocla = "1:h:1"',
      /^c\.toml:5: .*forward\.locla; did you mean local\?/,
    ],
    [
      '[[forward]]\nlocal = "1:h:1"\n[[forward]]\nlocal = "h"',
      /^c\.toml:4: forward\.local: -L "h" .*write -L/,
    ],
    ['[[forward]]\nlocal = 5300', /^c\.toml:2: forward\.local must be text/],
    ['[[forward]]\nlocal = "1:h:1"\nauth = "a:b"', /^c\.toml:3: forward\.auth goes with dynamic/],
    ['[[forward]]\ndynamic = "1"\nauth = "secret"', /^c\.toml:3: forward\.auth must be USER:PASSWORD/],
    [
      '[[forward]]\ndynamic = "1"\nidle_timeout_s = 0',
      /^c\.toml:3: forward\.idle_timeout_s must be a whole number/,
    ],
    ['[[forward]]\ndynamic = "1"\ntarget = "a b"', /^c\.toml:3: forward\.target must be/],
  ])('%j', (document, complaint) => {
    expect(() => parseForwards(document, 'c.toml')).toThrow(complaint);
  });
});
