/** Keys: made, kept private, refused with a sentence, and the same as OpenSSH's own. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { describe, expect, test, vi } from 'vitest';
import { fingerprintOf, loadKey, loadOrCreateKey } from '../../src/store/identity.ts';
import { child, nextLine, place, refused } from './place.ts';

const openssh = spawnSync('ssh-keygen', ['-?']).error === undefined;
const keygen = (...args: string[]): string => execFileSync('ssh-keygen', args, { encoding: 'utf8' });

/** Made by ssh-keygen 9.2: the fingerprint is what `ssh-keygen -lf` printed. */
const VECTOR = {
  line: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM/VWD4PTuitDod0UL5gkuU5AZR3iSKAQbxRcF4DUI1E vector',
  fingerprint: 'SHA256:N+KLvMfFZ9IJm+Obvlwth0tSEh3mvO7rHeYt13qDOIg',
};

test('a fingerprint is what OpenSSH prints', () => {
  const blob = Buffer.from(VECTOR.line.split(' ')[1] ?? '', 'base64');
  expect(fingerprintOf(blob)).toBe(VECTOR.fingerprint);
});

describe('making a key', () => {
  test('private, complete, and only once', () => {
    const directory = join(place(), 'new');
    const path = join(directory, 'id');
    const first = loadOrCreateKey(path, 'ann@home');
    expect(first.created).toBe(true);
    expect(first.publicKey).toMatch(/^ssh-ed25519 AAAA\S+ ann@home$/);
    expect([directory, path].map((p) => statSync(p).mode & 0o777)).toEqual([0o700, 0o600]);
    expect(readFileSync(`${path}.pub`, 'utf8')).toBe(`${first.publicKey}\n`);
    expect(readdirSync(directory).sort()).toEqual(['id', 'id.pub']);
    expect(loadOrCreateKey(path, 'other')).toEqual({ ...first, created: false });
  });

  test('a comment cannot break the line', () => {
    const key = loadOrCreateKey(join(place(), 'id'), 'a\nssh-ed25519 b\x1b[31m');
    expect(key.publicKey.split('\n')).toHaveLength(1);
    expect(key.publicKey).not.toContain('\x1b');
  });

  test('it can always be read again, though one in some 250 that ssh2 makes cannot', () => {
    const real = ssh2.utils.generateKeyPairSync.bind(ssh2.utils);
    const make = vi.spyOn(ssh2.utils, 'generateKeyPairSync');
    make.mockImplementationOnce(() => {
      for (;;) {
        const pair = real('ed25519');
        if (ssh2.utils.parseKey(pair.private) instanceof Error) return pair;
      }
    });
    const path = join(place(), 'id');
    expect(loadOrCreateKey(path, '')).toMatchObject({ created: true });
    expect(make).toHaveBeenCalledTimes(2);
    make.mockRestore();
  }, 30_000);

  test('processes that make it at the same time end up with one key', async () => {
    const path = join(place(), 'new', 'id');
    const children = Array.from({ length: 4 }, () => child('key.ts', path));
    const lines = await Promise.all(children.map(({ lines }) => nextLine(lines)));
    await Promise.all(children.map(({ ended }) => ended));
    const { fingerprint } = loadKey(path);
    expect(lines.sort()).toEqual([...Array(3).fill(`false ${fingerprint}`), `true ${fingerprint}`]);
  }, 30_000);

  test('where nothing can be written', () => {
    const file = join(place(), 'file');
    writeFileSync(file, '');
    refused('store.unwritable', () => loadOrCreateKey(join(file, 'deep', 'id'), ''));
    if (process.platform === 'linux')
      refused('store.unwritable', () => loadOrCreateKey('/proc/voipterm/id', ''));
  });

  test('a broken key is never overwritten', () => {
    const path = join(place(), 'id');
    writeFileSync(path, 'broken', { mode: 0o600 });
    refused('identity.unreadable', () => loadOrCreateKey(path, ''));
    expect(readFileSync(path, 'utf8')).toBe('broken');
    expect(existsSync(`${path}.pub`)).toBe(false);
  });
});

describe('a key that is refused', () => {
  test('not there, a directory, empty, too large, nonsense', () => {
    const directory = place();
    const written = (text: string | Buffer): string => {
      const path = join(directory, 'k');
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    refused('identity.unreadable', () => loadKey(join(directory, 'none')));
    mkdirSync(join(directory, 'd'), { mode: 0o700 });
    refused('identity.unreadable', () => loadKey(join(directory, 'd')));
    for (const text of ['', 'hello', Buffer.alloc(1000, 0xff), Buffer.alloc(1 << 20)]) {
      refused('identity.unreadable', () => loadKey(written(text)));
    }
    const good = loadOrCreateKey(join(directory, 'good'), '').privateKey;
    for (let end = 0; end < good.length - 60; end += 7) {
      refused('identity.unreadable', () => loadKey(written(good.slice(0, end))));
    }
  });

  test('one that others can read, with the command that mends it', () => {
    const path = join(place(), "ann's key");
    loadOrCreateKey(path, '');
    chmodSync(path, 0o640);
    const error = refused('identity.unreadable', () => loadKey(path));
    expect(error.message).toContain(`chmod 600 '`);
    chmodSync(path, 0o600);
    expect(loadKey(path).fingerprint).toMatch(/^SHA256:/);
  });

  test('the public half', () => {
    const path = join(place(), 'id');
    loadOrCreateKey(path, '');
    chmodSync(`${path}.pub`, 0o600);
    expect(refused('identity.unreadable', () => loadKey(`${path}.pub`)).message).toContain('public key');
  });
});

describe.runIf(openssh)('beside OpenSSH', () => {
  test('reads what we make', () => {
    const directory = place();
    for (let i = 0; i < 25; i++) {
      const path = join(directory, `id${i}`);
      const key = loadOrCreateKey(path, 'ann@home');
      expect(keygen('-y', '-f', path).trim()).toBe(key.publicKey);
      expect(keygen('-lf', `${path}.pub`)).toContain(` ${key.fingerprint} ann@home (ED25519)`);
    }
  });

  test('we read what it makes', () => {
    const path = join(place(), 'id');
    keygen('-q', '-t', 'ed25519', '-N', '', '-C', 'a comment', '-f', path);
    const key = loadKey(path);
    expect(key.publicKey).toBe(readFileSync(`${path}.pub`, 'utf8').trim());
    expect(keygen('-lf', path)).toContain(` ${key.fingerprint} `);
  });

  test.each([
    ['an encrypted one', ['-t', 'ed25519', '-N', 'secret'], 'ssh-agent'],
    ['an encrypted PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', 'secret'], 'ssh-agent'],
    ['RSA', ['-t', 'rsa', '-b', '2048', '-N', ''], 'not an Ed25519 key'],
    ['RSA in PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', ''], 'not an Ed25519 key'],
    ['ECDSA', ['-t', 'ecdsa', '-N', ''], 'not an Ed25519 key'],
  ])('%s is refused', (_, args, said) => {
    const path = join(place(), 'id');
    keygen('-q', ...args, '-f', path);
    expect(refused('identity.unreadable', () => loadKey(path)).message).toContain(said);
  });
});
