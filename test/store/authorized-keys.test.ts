/** Who an authorized_keys file admits, line by line, and as the file changes. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ssh2 from 'ssh2';
import { describe, expect, test } from 'vitest';
import { loggerFrom } from '../../src/log.ts';
import {
  AuthorizedKeys,
  MAX_AUTHORIZED_KEYS_BYTES,
  parseAuthorizedKeys,
} from '../../src/store/authorized-keys.ts';
import { fingerprintOf } from '../../src/store/identity.ts';
import { place } from './place.ts';

function newKey(comment = ''): { line: string; blob: Buffer; fingerprint: string } {
  const line = ssh2.utils.generateKeyPairSync('ed25519', { comment }).public.trim();
  const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64');
  return { line, blob, fingerprint: fingerprintOf(blob) };
}

const ann = newKey('ann at home');
const bob = newKey();
const other = (type: 'rsa' | 'ecdsa'): string =>
  ssh2.utils.generateKeyPairSync(type, type === 'rsa' ? { bits: 2048 } : { bits: 256 }).public.trim();

describe('a file', () => {
  test('plain keys, comments, blank lines, CRLF, a key twice', () => {
    const { keys, warnings } = parseAuthorizedKeys(
      `# people\r\n\r\n  ${ann.line}  \r\n\t${bob.line}\n${ann.line}\n   # end`,
    );
    expect([...keys]).toEqual([
      [ann.fingerprint, 'ann at home'],
      [bob.fingerprint, ''],
    ]);
    expect(warnings).toEqual([]);
  });

  test.each([
    ['options', `no-pty,command="echo hi" ${ann.line}`, 'options'],
    ['an option that hides a key in quotes', `command="x ${bob.line}" ${ann.line}`, 'options'],
    ['a certificate authority', `cert-authority ${ann.line}`, 'options'],
    ['RSA', other('rsa'), 'only ssh-ed25519'],
    ['ECDSA', other('ecdsa'), 'only ssh-ed25519'],
    ['a security key', 'sk-ssh-ed25519@openssh.com AAAAGnNr x', 'only ssh-ed25519'],
    ['an RSA blob under an Ed25519 name', `ssh-ed25519 ${other('rsa').split(' ')[1]}`, 'damaged'],
    ['a cut key', ann.line.slice(0, 60), 'damaged'],
    ['no key', 'ssh-ed25519', 'damaged'],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----', 'not a key'],
    ['prose', 'hello there', 'not a key'],
  ])('%s admits nobody and is named by its line', (_, line, said) => {
    const { keys, warnings } = parseAuthorizedKeys(`# one\n${line}\n${bob.line}`);
    expect([...keys.keys()]).toEqual([bob.fingerprint]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(new RegExp(`^line 2 is skipped: .*${said}`));
  });

  const nothingSaid = { forwarding: true, permitOpen: null, permitListen: null };
  test.each([
    ['', nothingSaid],
    ['no-pty,no-X11-forwarding,agent-forwarding ', nothingSaid],
    ['no-port-forwarding ', { ...nothingSaid, forwarding: false }],
    ['restrict ', { ...nothingSaid, forwarding: false }],
    ['restrict,port-forwarding,pty ', nothingSaid],
    ['permitopen="db:5432",PermitOpen="*:53/udp" ', { ...nothingSaid, permitOpen: ['db:5432', '*:53/udp'] }],
    ['permitlisten="8080",no-pty\t', { ...nothingSaid, permitListen: ['8080'] }],
    [
      'restrict,permitopen="[::1]:1",permitlisten="*" ',
      { forwarding: false, permitOpen: ['[::1]:1'], permitListen: ['*'] },
    ],
    ['permitopen="a\\"b c,d" ', { ...nothingSaid, permitOpen: ['a"b c,d'] }],
  ])('the options %j are obeyed', (options, permitted) => {
    const { keys, permissions, warnings } = parseAuthorizedKeys(`${options}${ann.line}`);
    expect(warnings).toEqual([]);
    expect([...keys]).toEqual([[ann.fingerprint, 'ann at home']]);
    expect(permissions.get(ann.fingerprint)).toEqual(permitted);
  });

  test('of a key that stands there twice the first line counts, as sshd has it', () => {
    const { permissions } = parseAuthorizedKeys(`restrict ${ann.line}\n${ann.line}`);
    expect(permissions.get(ann.fingerprint)?.forwarding).toBe(false);
  });

  test.each([
    'permitopen',
    'permitopen="x',
    'restrict="x"',
    'no-pty, restrict',
    'expiry-time="20300101"',
    'no-pty,',
    'from="10.0.0.1"',
    'environment="A=b"',
  ])('a key with the options %j admits nobody', (options) => {
    const { keys, warnings } = parseAuthorizedKeys(`${options} ${ann.line}`);
    expect([keys.size, warnings.length]).toEqual([0, 1]);
  });

  test('any bytes admit nobody, and warnings stay few and clean', () => {
    const bytes = fc.uint8Array({ maxLength: 2000 }).map((b) => Buffer.from(b).toString());
    fc.assert(
      fc.property(bytes, (text) => {
        const { keys, warnings } = parseAuthorizedKeys(text);
        return keys.size === 0 && warnings.length <= 50 && warnings.every((w) => /^[\x20-\x7e]*$/.test(w));
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  test.runIf(spawnSync('ssh-keygen', ['-?']).error === undefined)('ssh-keygen sees the same keys', () => {
    const file = join(place(), 'authorized_keys');
    writeFileSync(file, `# people\n${ann.line}\n${bob.line}\n`);
    const { stdout } = spawnSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' });
    expect(stdout.match(/SHA256:\S+/g)).toEqual([ann.fingerprint, bob.fingerprint]);
  });
});

describe('as the file changes', () => {
  function watched(file: string): { keys: AuthorizedKeys; lines: string[] } {
    const lines: string[] = [];
    return {
      keys: new AuthorizedKeys(
        file,
        loggerFrom((level, text) => lines.push(`${level} ${text}`)),
      ),
      lines,
    };
  }

  test('a key counts as soon as it is written, and no longer when it is removed', () => {
    const file = join(place(), 'authorized_keys');
    const { keys, lines } = watched(file);
    expect(keys.admits(ann.blob)).toBe(false);
    writeFileSync(file, ann.line);
    expect([keys.admits(ann.blob), keys.admits(bob.blob)]).toEqual([true, false]);
    writeFileSync(file, bob.line.padEnd(ann.line.length)); // the same length: only the time tells
    expect([keys.admits(ann.blob), keys.admits(bob.blob)]).toEqual([false, true]);
    rmSync(file);
    expect(keys.admits(bob.blob)).toBe(false);
    expect(lines).toEqual([]);
  });

  test('only an Ed25519 key in its exact form is asked about', () => {
    const file = join(place(), 'authorized_keys');
    writeFileSync(file, ann.line);
    const { keys } = watched(file);
    expect(keys.admits(ann.blob)).toBe(true);
    for (const blob of [
      Buffer.alloc(0),
      ann.blob.subarray(0, 50),
      Buffer.concat([ann.blob, Buffer.alloc(1)]),
    ]) {
      expect(keys.admits(blob)).toBe(false);
    }
  });

  test('one that others can write, a directory, one too large: nobody, and one line in the log each', () => {
    const file = join(place(), 'authorized_keys');
    const { keys, lines } = watched(file);
    const asked = (): boolean[] => [keys.admits(ann.blob), keys.admits(ann.blob)];
    writeFileSync(file, ann.line);
    chmodSync(file, 0o666);
    expect(asked()).toEqual([false, false]);
    chmodSync(file, 0o600);
    expect(asked()).toEqual([true, true]);
    writeFileSync(file, `${ann.line}\n`.padEnd(MAX_AUTHORIZED_KEYS_BYTES + 1, '#'));
    expect(asked()).toEqual([false, false]);
    rmSync(file);
    mkdirSync(file);
    expect(asked()).toEqual([false, false]);
    expect(lines).toHaveLength(3);
    expect(lines.join('\n')).toMatch(/chmod go-w.*larger.*not a file/s);
  });
});
