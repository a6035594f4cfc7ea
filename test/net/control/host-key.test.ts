/** Host keys that an invitation names: no question, and no other key. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HostKeyJudge } from '../../../src/net/control/host-key.ts';
import { fingerprint, knownHostsLine } from '../../../src/net/control/known-hosts.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'voipterm-host-key-'));
  file = join(directory, 'known_hosts');
});
afterEach(() => rmSync(directory, { recursive: true }));

function makeHostKey(): Buffer {
  const { publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const head = Buffer.from([0, 0, 0, 11, ...Buffer.from('ssh-ed25519'), 0, 0, 0, 32]);
  return Buffer.concat([head, raw]);
}

function judge(expected: string, unknown: 'tofu' | 'once' | 'strict' = 'tofu'): HostKeyJudge {
  return new HostKeyJudge({
    host: 'chat',
    port: 2222,
    hostKey: { by: 'known-hosts', file, unknown, expected },
  });
}

test.each(['tofu', 'once', 'strict'] as const)(
  'the key that it names is remembered, checking %s',
  (unknown) => {
    const key = makeHostKey();
    const asked = judge(fingerprint(key), unknown);
    expect(asked.accepts(key)).toBe(true);
    expect(asked.added).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain(knownHostsLine('chat', 2222, key));
  },
);

test('another key is an alarm that names both, and nothing is remembered', () => {
  const named = fingerprint(makeHostKey());
  const shown = makeHostKey();
  const asked = judge(named);
  expect(asked.accepts(shown)).toBe(false);
  expect(asked.refusal).toMatchObject({ code: 'control.host-key-changed' });
  for (const text of ['ALARM', named, fingerprint(shown)]) expect(asked.refusal?.message).toContain(text);
  expect(existsSync(file)).toBe(false);
});

test('an invitation does not talk one out of the key that is on file', () => {
  writeFileSync(file, `${knownHostsLine('chat', 2222, makeHostKey())}\n`);
  const key = makeHostKey();
  const asked = judge(fingerprint(key));
  expect(asked.accepts(key)).toBe(false);
  expect(asked.refusal).toMatchObject({ code: 'control.host-key-changed' });
});
