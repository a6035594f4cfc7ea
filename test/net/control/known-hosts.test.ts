/** known_hosts, against sshd(8)'s description and against the real ssh-keygen where it is installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { VoiptermError } from '../../../src/errors.ts';
import {
  addKnownHost,
  checkHostKey,
  checkKnownHosts,
  fingerprint,
  knownHostsLine,
  MAX_KNOWN_HOSTS_BYTES,
} from '../../../src/net/control/known-hosts.ts';

function field(bytes: string | Uint8Array): Buffer {
  const body = Buffer.from(bytes as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

const ed25519 = (fill: number): Buffer =>
  Buffer.concat([field('ssh-ed25519'), field(Buffer.alloc(32, fill))]);
const keyA = ed25519(1);
const keyB = ed25519(2);
const b64 = (key: Buffer): string => key.toString('base64');
const entry = (hosts: string, key = keyA, marker = ''): string => `${marker}${hosts} ssh-ed25519 ${b64(key)}`;

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof VoiptermError) return error.code;
    throw error;
  }
  return 'no error';
}

function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

const verdict = (text: string, host = 'voice.example.org', port = 2222, key = keyA): string =>
  checkHostKey(text, host, port, key).verdict;

describe('checkHostKey()', () => {
  test.each([
    ['exact', '[voice.example.org]:2222', 'known'],
    ['capitals', '[VOICE.example.org]:2222', 'known'],
    ['in a list', 'other,[voice.example.org]:2222,third', 'known'],
    ['another port', '[voice.example.org]:2223', 'unknown'],
    ['the SSH port', 'voice.example.org', 'unknown'],
    ['a star', '[*.example.org]:2222', 'known'],
    ['stars everywhere', '*voice*org*:*', 'known'],
    ['question marks', '[voice.example.???]:222?', 'known'],
    ['a question mark too many', '[voice.example.????]:2222', 'unknown'],
    ['negated', '[*.example.org]:2222,![voice.*]:2222', 'unknown'],
    ['negated first', '!*,*', 'unknown'],
    ['only negated', '![other]:2222', 'unknown'],
    ['hashed', hashed('[voice.example.org]:2222'), 'known'],
    ['hashed, another port', hashed('[voice.example.org]:2223'), 'unknown'],
    ['a hash of another kind', '|2|AAAA|AAAA', 'unknown'],
    ['a broken hash', '|1|', 'unknown'],
  ])('%s', (_, hosts, expected) => {
    expect(verdict(entry(hosts))).toBe(expected);
    expect(verdict(entry(hosts, keyB))).toBe(expected === 'known' ? 'changed' : 'unknown');
  });

  test('port 22 stands without brackets', () => {
    expect(verdict(entry('voice.example.org'), 'Voice.Example.org', 22)).toBe('known');
    expect(verdict(entry('[voice.example.org]:22'), 'voice.example.org', 22)).toBe('unknown');
  });

  test('IPv6', () => {
    expect(verdict(entry('[::1]:2222'), '::1')).toBe('known');
    expect(verdict(entry('::1'), '::1', 22)).toBe('known');
  });

  test('a changed key tells the old fingerprints, of other types too', () => {
    const ecdsa = Buffer.concat([
      field('ecdsa-sha2-nistp256'),
      field('nistp256'),
      field(Buffer.alloc(65, 4)),
    ]);
    const text = [entry('[h]:1', keyB), `[h]:1 ecdsa-sha2-nistp256 ${b64(ecdsa)}`, entry('[h]:*', keyB)].join(
      '\n',
    );
    expect(checkHostKey(text, 'h', 1, keyA)).toEqual({
      verdict: 'changed',
      old: [fingerprint(keyB), fingerprint(ecdsa)],
    });
    expect(checkHostKey(`${text}\n${entry('[h]:1')}`, 'h', 1, keyA)).toEqual({ verdict: 'known' });
  });

  test('revoked goes before known, and only for that key and host', () => {
    const text = `${entry('[h]:1')}\n${entry('*', keyA, '@revoked ')}\n`;
    expect(verdict(text, 'h', 1)).toBe('revoked');
    expect(verdict(entry('*', keyB, '@revoked '), 'h', 1)).toBe('unknown');
    expect(verdict(entry('[x]:1', keyA, '@revoked '), 'h', 1)).toBe('unknown');
  });

  test('lines that say nothing', () => {
    const nothing = [
      '',
      '# [h]:1 comment',
      `#${entry('[h]:1', keyB)}`,
      entry('[h]:1', keyB, '@cert-authority '),
      entry('[h]:1', keyB, '@future '),
      '[h]:1',
      '[h]:1 ssh-ed25519',
      '[h]:1 ssh-ed25519 !!!!',
      `[h]:1 ssh-rsa ${b64(keyB)}`,
      `[h]:1 ssh-ed25519 ${b64(keyB).slice(0, 40)}`,
      `[h]:1 ssh-ed25519 ${b64(Buffer.concat([keyB, keyB.subarray(0, 3)]))}`,
      '\u0000\u001b[2J \ufffd',
    ];
    for (const line of nothing) expect([line, verdict(line, 'h', 1)]).toEqual([line, 'unknown']);
    expect(verdict([...nothing, `\t ${entry('[h]:1')}  a comment \r`, ...nothing].join('\n'), 'h', 1)).toBe(
      'known',
    );
  });

  test('any text has a verdict, and a costly pattern is cheap', () => {
    const piece = fc.constantFrom(
      '[h]:1',
      '*',
      '?',
      '!',
      ',',
      ' ',
      '|1|',
      '@revoked',
      'ssh-ed25519',
      b64(keyA),
      '\n',
      '=',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join('')),
        ),
        (text) => {
          expect(['known', 'unknown', 'changed', 'revoked']).toContain(verdict(text, 'h', 1));
        },
      ),
    );
    expect(verdict(entry(`${'*a'.repeat(4000)}b`), 'a'.repeat(1000), 1)).toBe('unknown');
  });

  test('wildcards agree with a regular expression', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 8 });
    const host = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(pattern, host, (glob, name) => {
        const model = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(verdict(entry(glob), name, 22)).toBe(model.test(name) ? 'known' : 'unknown');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the file', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'voipterm-hosts-'));
    file = join(dir, 'data', 'known_hosts');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test('is made private, and knows what was added', () => {
    expect(checkKnownHosts(file, 'h', 2222, keyA)).toEqual({ verdict: 'unknown' });
    addKnownHost(file, 'H', 2222, keyA);
    addKnownHost(file, '::1', 22, keyB);
    expect(readFileSync(file, 'utf8')).toBe(`${entry('[h]:2222')}\n${entry('::1', keyB)}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'data')).mode & 0o777).toBe(0o700);
    expect(checkKnownHosts(file, 'h', 2222, keyA)).toEqual({ verdict: 'known' });
    expect(checkKnownHosts(file, 'h', 2222, keyB)).toEqual({ verdict: 'changed', old: [fingerprint(keyA)] });
  });

  test('keeps every byte that was there, ends a torn line first, and stays a symbolic link', () => {
    const real = join(dir, 'real');
    const before = Buffer.from('# mine\r\n\xff\xfe garbage\n[torn]:1 ssh-ed2', 'latin1');
    writeFileSync(real, before);
    file = join(dir, 'link');
    symlinkSync(real, file);
    addKnownHost(file, 'h', 1, keyA);
    expect(readFileSync(real)).toEqual(Buffer.concat([before, Buffer.from(`\n${entry('[h]:1')}\n`)]));
    expect(checkKnownHosts(file, 'h', 1, keyA)).toEqual({ verdict: 'known' });
  });

  test('what cannot be read or written is an error with a code', ({ annotate }) => {
    expect(codeOf(() => checkKnownHosts(dir, 'h', 1, keyA))).toBe('config.invalid');
    expect(codeOf(() => addKnownHost(dir, 'h', 1, keyA))).toBe('store.unwritable');
    writeFileSync(join(dir, 'huge'), Buffer.alloc(MAX_KNOWN_HOSTS_BYTES + 1));
    expect(codeOf(() => checkKnownHosts(join(dir, 'huge'), 'h', 1, keyA))).toBe('config.invalid');
    if (existsSync('/dev/full'))
      expect(codeOf(() => addKnownHost('/dev/full', 'h', 1, keyA))).toBe('store.unwritable');
    else annotate('this system has no /dev/full');
  });

  test('no host or key makes more than one line', () => {
    for (const host of ['a b', 'a\nb', 'a,b', '*', '!a', '|1|a', '', '#a', 'a]']) {
      expect([host, codeOf(() => knownHostsLine(host, 1, keyA))]).toEqual([host, 'usage.invalid']);
    }
    for (const key of [Buffer.alloc(0), keyA.subarray(1), Buffer.concat([field('a b'), field('x')])]) {
      expect(codeOf(() => knownHostsLine('h', 1, key))).toBe('control.protocol');
    }
  });
});

const hasSshKeygen = spawnSync('ssh-keygen', ['-?']).error === undefined;

describe.skipIf(!hasSshKeygen)('ssh-keygen', () => {
  let dir: string;
  let file: string;
  let key: Buffer;
  const keygen = (...args: string[]): string =>
    execFileSync('ssh-keygen', args, { encoding: 'utf8', stdio: 'pipe' });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'voipterm-keygen-'));
    file = join(dir, 'known_hosts');
    keygen('-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'key'));
    key = Buffer.from(readFileSync(join(dir, 'key.pub'), 'utf8').split(' ')[1]!, 'base64');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test('finds what we add, and prints our fingerprint', () => {
    addKnownHost(file, 'voice.example.org', 2222, key);
    addKnownHost(file, 'fe80::1%eth0', 22, key);
    expect(keygen('-F', '[voice.example.org]:2222', '-f', file)).toContain(b64(key));
    expect(keygen('-F', 'fe80::1%eth0', '-f', file)).toContain(b64(key));
    expect(spawnSync('ssh-keygen', ['-F', 'voice.example.org', '-f', file]).status).toBe(1);
    expect(keygen('-l', '-f', join(dir, 'key.pub'))).toContain(` ${fingerprint(key)} `);
  });

  test('may hash the file, and we go on finding hosts in it', () => {
    addKnownHost(file, 'voice.example.org', 2222, key);
    addKnownHost(file, 'plain.example.org', 22, key);
    keygen('-H', '-f', file);
    expect(readFileSync(file, 'utf8')).not.toContain('example');
    expect(checkKnownHosts(file, 'Voice.example.org', 2222, key)).toEqual({ verdict: 'known' });
    expect(checkKnownHosts(file, 'plain.example.org', 22, key)).toEqual({ verdict: 'known' });
    expect(checkKnownHosts(file, 'voice.example.org', 22, key)).toEqual({ verdict: 'unknown' });
    addKnownHost(file, 'new.example.org', 2222, keyA);
    expect(checkKnownHosts(file, 'voice.example.org', 2222, keyA)).toEqual({
      verdict: 'changed',
      old: [fingerprint(key)],
    });
  });
});
