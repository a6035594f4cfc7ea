/** What a station is told of its settings, and which changes of them count while it runs. */
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/cli/config-file.ts';
import { mergeConfig } from '../../src/cli/config-load.ts';
import type { Config } from '../../src/cli/config.ts';
import { changedKeys, liveOptions } from '../../src/cli/station-settings.ts';
import { table } from '../../src/cli/table.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBlvyhdms+TT97x+Gqn8IDUPsqfFuCz0JCpjTqldQChF ann';
const FINGERPRINT = 'SHA256:cldhbiedcrwkPR0kIzeCtqGJwgNWmsRqfdhmtp0YCUs';

function configOf(toml: string): Config {
  const written = { values: parseConfig(toml, 'config.toml'), forwards: [], keys: new Map() };
  return mergeConfig({ flags: {}, env: {}, saved: new Map(), written, path: 'config.toml' }).config;
}

test('owners are named by their key or its fingerprint', () => {
  const { station } = configOf(`[station]\nowners = ["${KEY}", "SHA256:${'a'.repeat(43)}"]\n`);
  expect(liveOptions(station, 1).people?.owners).toEqual([FINGERPRINT, `SHA256:${'a'.repeat(43)}`]);
  expect(() => configOf('[station]\nowners = ["ann"]\n')).toThrow('owners');
});

test.each([
  ['', undefined],
  ['chat.example.org', { host: 'chat.example.org', port: 2300 }],
  ['chat.example.org:443', { host: 'chat.example.org', port: 443 }],
  ['[2001:db8::1]:443', { host: '2001:db8::1', port: 443 }],
])('outside it is %j', (name, address) => {
  const { station } = configOf(`[station]\npublic_name = "${name}"\n`);
  expect(liveOptions(station, 2300).publicAddress).toEqual(address);
});

test("what changed counts now or after a restart, and what is others' is not told", () => {
  const before = configOf('');
  const after = configOf(
    '[station]\nname = "new"\nmay_invite = "member"\nlisten = "127.0.0.1:1"\n[logging]\nlevel = "warn"\n[ui]\nascii = "on"\n',
  );
  expect(changedKeys(before, after)).toEqual({
    changed: ['station.may_invite', 'station.name'],
    later: ['station.listen', 'logging.level'],
  });
  expect(changedKeys(after, after)).toEqual({ changed: [], later: [] });
});

test('a table cleans what others wrote, and has no spaces at the end', () => {
  expect(
    table(
      ['A', 'B'],
      [
        ['x\u001b[2J', ''],
        ['longer', 'y'],
      ],
    ),
  ).toEqual(['A           B', 'x\\u001b[2J', 'longer      y']);
});
