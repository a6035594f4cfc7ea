/** From a target to connect options, with the help of ~/.ssh/config in a home of the test's own. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConfigSources } from '../../src/cli/config-load.ts';
import { loadConfig } from '../../src/cli/config-load.ts';
import type { Context } from '../../src/cli/context.ts';
import { xdgPaths } from '../../src/cli/paths.ts';
import { routeTo } from '../../src/cli/route.ts';
import { formatTarget, parseTarget } from '../../src/net/control/target.ts';
import { silentLog } from '../../src/log.ts';
import type { ConnectOptions } from '../../src/net/tunnel/messages.ts';
import { makeKey } from '../station/raw-client.ts';

let home: string;
const own = { from: 'key', privateKey: 'own' } as const;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'voipterm-route-'));
  await mkdir(join(home, '.ssh', 'more.d'), { recursive: true });
});
afterEach(() => rm(home, { recursive: true, force: true }));

function route(target: string, flags: ConfigSources['flags'] = {}): ConnectOptions {
  const loaded = loadConfig({ flags, env: { XDG_CONFIG_HOME: home } });
  const context: Context = { paths: xdgPaths({}, home), loaded, config: loaded.config, log: silentLog };
  return routeTo(context, parseTarget(target), { name: (user) => user ?? 'me', identity: () => own });
}

const sshConfig = (text: string): Promise<void> => writeFile(join(home, '.ssh', 'config'), text);

test('without a file it is the target itself', () => {
  expect(route('host')).toMatchObject({
    host: 'host',
    port: 2222,
    user: 'me',
    identity: own,
    path: { jumps: [], tlsPort: 443 },
  });
  expect(route('host').path).not.toHaveProperty('proxy');
});

test('HostName, Port and User count where the target does not say more', async () => {
  await sshConfig('Host home\n  HostName Voice.Example.ORG\n  Port 2300\n  User ann\nHost *\n  Port 22\n');
  expect(route('home')).toMatchObject({ host: 'voice.example.org', port: 2300, user: 'ann' });
  expect(route('bob@home:2222')).toMatchObject({ host: 'voice.example.org', port: 2222, user: 'bob' });
  expect(route('home:9')).toMatchObject({ port: 9 });
  expect(route('other')).toMatchObject({ host: 'other', port: 22 });
  expect(route('home', { 'client.ssh_config': false })).toMatchObject({
    host: 'home',
    port: 2222,
    user: 'me',
  });
});

test('a port that was named stays named when the target is written down', () => {
  expect(formatTarget(parseTarget('host:2222'))).toBe('host:2222');
  expect(parseTarget('host').portNamed).toBeUndefined();
});

test('the first IdentityFile that is a key for a station is ours, unless another is configured', async () => {
  const { private: key } = makeKey();
  const file = join(home, '.ssh', 'id');
  await writeFile(file, key, { mode: 0o600 });
  await sshConfig('Host *\n  IdentityFile ~/.ssh/none\n  IdentityFile %d/.ssh/id\n');
  expect(route('host').identity).toEqual({ from: 'key', privateKey: key });
  expect(route('host', { 'client.identity': 'x' }).identity).toEqual(own);
});

test('ProxyJump and its hosts are looked up too; -J goes before it, and "none" is none', async () => {
  await sshConfig(
    'Host far\n  ProxyJump gate,jim@[2001:db8::2]:2022\nHost gate\n  HostName gate.example\n  User gatekeeper\n  Port 2200\n  ProxyJump elsewhere\nHost alone\n  ProxyJump none\n',
  );
  expect(route('far').path?.jumps).toMatchObject([
    { host: 'gate.example', port: 2200, user: 'gatekeeper', identity: own },
    { host: '2001:db8::2', port: 2022, user: 'jim', identity: own },
  ]);
  expect(route('ann@far', { 'client.jump': 'other' }).path?.jumps).toMatchObject([
    {
      host: 'other',
      port: 22,
      user: 'ann',
      hostKey: { also: [join(home, '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'] },
    },
  ]);
  expect(route('far', { 'client.jump': 'none' }).path?.jumps).toEqual([]);
  expect(route('alone').path?.jumps).toEqual([]);
});

test('a proxy and the port for TLS', () => {
  expect(route('host', { 'client.proxy': 'socks5://p:1', 'client.tls_port': 0 }).path).toEqual({
    proxy: { kind: 'socks5', host: 'p', port: 1 },
    jumps: [],
    tlsPort: 0,
  });
});

test('Include is followed, with wildcards and in circles', async () => {
  await writeFile(join(home, '.ssh', 'more.d', '10.conf'), 'Host inc\n  Port 1010\n');
  await writeFile(join(home, '.ssh', 'more.d', '20.conf'), 'Include ~/.ssh/config\n');
  await sshConfig('Include more.d/*.conf "no such file"\nHost inc\n  Port 2020\n');
  expect(route('inc').port).toBe(1010);
});

test('nothing in it is run, and no name server is asked', async () => {
  const witness = join(home, 'ran');
  await sshConfig(
    `Match exec "touch ${witness}"\n  Port 1\nHost *\n  CanonicalizeHostname yes\n  CanonicalDomains invalid\n  ProxyCommand touch ${witness}\n  Port 3\n`,
  );
  expect(route('host').port).toBe(3);
  await expect(rm(witness)).rejects.toThrow('ENOENT');
});

test('a file that makes no sense is named, and how to do without it', async () => {
  await sshConfig('Host "unterminated\n');
  expect(() => route('host')).toThrow(/\.ssh\/config cannot be understood .*client\.ssh_config = false/);
});
