/**
 * Ed25519 keys in OpenSSH's own file format: the user's identity and a station's host key.
 *
 * What ssh-keygen made works here, and what is made here works with ssh.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import ssh2 from 'ssh2';
import { errnoOf, VoiptermError } from '../errors.ts';
import { fileError } from './file-error.ts';
import { makePrivateDirectory } from './private-directory.ts';

/** A private key with what others may know of it. */
export interface LoadedKey {
  /** The key file's text, as ssh2 takes it. */
  readonly privateKey: string;
  /** One line of authorized_keys: "ssh-ed25519 AAAA... comment". */
  readonly publicKey: string;
  /** "SHA256:..." as ssh-keygen -l prints it. */
  readonly fingerprint: string;
}

/** Larger than any Ed25519 key file by far, bytes: a mistaken path to a disk image must not be read into memory. */
const MAX_KEY_FILE = 16 * 1024;
const ED25519 = 'ssh-ed25519';

/** The fingerprint of a public key in SSH wire form: unpadded base64 of its SHA-256, as OpenSSH prints it. */
export function fingerprintOf(publicKeyBlob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(publicKeyBlob).digest('base64').replace(/=+$/, '')}`;
}

/**
 * Loads the key at `path`, or makes one (mode 0600, its directory 0700, the public half beside it in PATH.pub).
 * Of two processes that make it at the same time one wins and both load its key. Throws 'identity.unreadable' or
 * 'store.unwritable'.
 */
export function loadOrCreateKey(path: string, comment: string): LoadedKey & { created: boolean } {
  if (statIfAny(path) !== undefined) return { ...loadKey(path), created: false };
  const pair = makePair(printable(comment));
  let created: boolean;
  try {
    makePrivateDirectory(dirname(path));
    created = publish(path, pair.private);
    if (created) writeFileSync(`${path}.pub`, `${pair.public.trim()}\n`, { mode: 0o644 });
  } catch (error) {
    throw fileError(error, path);
  }
  return { ...loadKey(path), created };
}

/** Loads a private key. Throws VoiptermError 'identity.unreadable' with what is wrong with it. */
export function loadKey(path: string): LoadedKey {
  const privateKey = readPrivate(path);
  if (isEncrypted(privateKey)) {
    throw unreadable(
      path,
      'is protected by a passphrase: add it to ssh-agent (ssh-add) and set identity = "agent"',
    );
  }
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error)
    throw unreadable(path, 'is not an OpenSSH private key: make one with voipterm keygen');
  if (key.type !== ED25519) {
    throw unreadable(
      path,
      'is not an Ed25519 key, the only kind that voipterm takes: make one with voipterm keygen',
    );
  }
  if (!key.isPrivateKey()) throw unreadable(path, 'is a public key: name the private one, without .pub');
  const blob = key.getPublicSSH();
  const publicKey = `${ED25519} ${blob.toString('base64')} ${printable(key.comment)}`.trimEnd();
  return { privateKey, publicKey, fingerprint: fingerprintOf(blob) };
}

/**
 * A new key that is whole: ssh2 1.17 cuts leading zero bytes off an Ed25519 key, so that one key in some 250 cannot
 * be read again, by it or by OpenSSH.
 */
function makePair(comment: string): { private: string; public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

/** Writes the whole file beside its place and then links it there: it is never half written and never overwritten. */
export function publish(path: string, text: string): boolean {
  const draft = `${path}.${randomUUID()}`;
  try {
    const fd = openSync(draft, 'wx', 0o600);
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return placeExclusively(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function placeExclusively(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    copyFileSync(draft, path, constants.COPYFILE_EXCL); // a file system without hard links
    return true;
  }
}

function readPrivate(path: string): string {
  const stat = statIfAny(path);
  if (!stat) throw unreadable(path, 'is not there: make it with voipterm keygen or name another with -i');
  if (!stat.isFile() || stat.size > MAX_KEY_FILE) {
    throw unreadable(path, 'is not a key file: name one with -i or make one with voipterm keygen');
  }
  // As ssh does: only for a file of our own, since the owner of another has decided who may read it.
  if (stat.uid === process.getuid?.() && (stat.mode & 0o077) !== 0) {
    throw unreadable(path, `can be read by others: run chmod 600 ${shellQuoted(path)}`);
  }
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, `cannot be read (${errnoOf(error) ?? 'unknown reason'}): check its permissions`);
  }
}

function statIfAny(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(
      path,
      `cannot be reached (${errnoOf(error) ?? 'unknown reason'}): check its directories`,
    );
  }
}

/** OpenSSH's format names its cipher after a magic string (PROTOCOL.key); PEM says so in words. */
export function isEncrypted(text: string): boolean {
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) return true;
  const armour = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)/.exec(text);
  const bytes = Buffer.from(armour?.[1] ?? '', 'base64');
  const magic = 'openssh-key-v1\0';
  if (bytes.toString('latin1', 0, magic.length) !== magic || bytes.length < magic.length + 4) return false;
  const start = magic.length + 4;
  return bytes.toString('latin1', start, start + bytes.readUInt32BE(magic.length)) !== 'none';
}

/** A comment goes into a line of a file and onto screens. */
function printable(comment: string): string {
  return comment.replace(/[\p{Cc}\p{Cf}]/gu, '').trim();
}

function shellQuoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function unreadable(path: string, problem: string): VoiptermError {
  return new VoiptermError('identity.unreadable', `The key ${path} ${problem}.`);
}
