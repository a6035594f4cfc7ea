import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkFiles, type FilePaths } from '../../src/doctor/files.ts';
import { VoiptermError } from '../../src/errors.ts';
import { ClientStore } from '../../src/store/client.ts';
import { loadOrCreateKey } from '../../src/store/identity.ts';

let home: string;
let paths: FilePaths;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'voipterm-doctor-'));
  paths = {
    config: join(home, 'config.toml'),
    configError: undefined,
    data: home,
    clientDatabase: join(home, 'client.db'),
    knownHosts: join(home, 'known_hosts'),
    identity: { from: 'own', path: join(home, 'id_ed25519') },
    connects: false,
  };
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function statuses(changed: Partial<FilePaths> = {}): Promise<Record<string, string>> {
  const checks = await checkFiles({ ...paths, ...changed });
  return Object.fromEntries(checks.map(({ id, status }) => [id.slice('files.'.length), status]));
}

const ALL_WELL = { config: 'ok', data: 'ok', history: 'ok', 'known-hosts': 'ok', identity: 'ok' };

test('nothing is there yet, all is well, and nothing is made', async () => {
  expect(await statuses()).toEqual(ALL_WELL);
  expect(await statuses({ data: join(home, 'a', 'b') })).toEqual(ALL_WELL);
  expect(readdirSync(home)).toEqual([]);
});

test('everything is there', async () => {
  writeFileSync(paths.config, '');
  writeFileSync(paths.knownHosts, '');
  new ClientStore(paths.clientDatabase).close();
  const { fingerprint } = loadOrCreateKey(join(home, 'id_ed25519'), 'test');
  const checks = await checkFiles(paths);
  expect(checks.map(({ status }) => status)).toEqual(checks.map(() => 'ok'));
  expect(checks.at(-1)?.text).toContain(fingerprint);
});

test('a broken configuration is a failure with its place', async () => {
  const configError = new VoiptermError('config.invalid', 'config.toml:3: no such key');
  const [check] = await checkFiles({ ...paths, configError });
  expect(check).toMatchObject({
    status: 'failure',
    code: 'config.invalid',
    text: 'config.toml:3: no such key',
  });
});

test('a data directory that is a file is a failure', async () => {
  const data = join(home, 'data');
  writeFileSync(data, '');
  const [, check] = await checkFiles({ ...paths, data });
  expect(check).toMatchObject({ id: 'files.data', status: 'failure', code: 'store.unwritable' });
});

test('a file that is no database is a failure', async () => {
  writeFileSync(
    paths.clientDatabase,
    'not a database, but long enough to look at, and so refused '.repeat(20),
  );
  expect(await statuses()).toEqual({ ...ALL_WELL, history: 'failure' });
});

test('known hosts that cannot be read are a failure', async () => {
  expect(await statuses({ knownHosts: home })).toEqual({ ...ALL_WELL, 'known-hosts': 'failure' });
});

test('a key that was named must be there and be a key', async () => {
  const path = join(home, 'key');
  expect(await statuses({ identity: { from: 'file', path } })).toEqual({ ...ALL_WELL, identity: 'failure' });
  writeFileSync(path, 'not a key', { mode: 0o600 });
  expect(await statuses({ identity: { from: 'own', path } })).toEqual({ ...ALL_WELL, identity: 'failure' });
});
