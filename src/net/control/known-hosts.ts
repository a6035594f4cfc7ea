/**
 * OpenSSH's known_hosts: which host key each station has. The format is sshd(8)'s "SSH_KNOWN_HOSTS FILE FORMAT".
 *
 *     [@marker] patterns|hash  key-type  base64-key  [comment]        for example
 *     [voice.example.org]:2222 ssh-ed25519 AAAAC3Nz...
 *
 * The parser is pure. The file layer below is synchronous: it reads a small file once a connection.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, sentenceOf, VoiptermError } from '../../errors.ts';

/** Some 40,000 hosts; a larger file is something else. */
export const MAX_KNOWN_HOSTS_BYTES = 4 * 1024 * 1024;
/** SSH's own port, for which a host stands in the file without brackets and port. */
const SSH_PORT = 22;
/** Bounds of a pattern list, so that a hostile line costs little: OpenSSH's longest host name, and its longest line. */
const MAX_HOST_CHARS = 1025;
const MAX_LINE_CHARS = 16 * 1024;

export type HostKeyVerdict =
  | { readonly verdict: 'known' }
  | { readonly verdict: 'unknown' }
  /** Other keys are on file for this host: their fingerprints. */
  | { readonly verdict: 'changed'; readonly old: readonly string[] }
  /** This key is marked @revoked for this host. */
  | { readonly verdict: 'revoked' };

/** A line that says something about a key. All other lines (comments, other markers, garbage) say nothing. */
interface Entry {
  readonly revoked: boolean;
  readonly hosts: string;
  readonly key: Buffer;
}

/** "SHA256:..." of a public key in SSH's wire form, as ssh-keygen -l prints it. */
export function fingerprint(keyBlob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(keyBlob).digest('base64').replace(/=+$/, '')}`;
}

/**
 * Judges a host key by the text of a known_hosts file. A key of another type than the one on file counts as changed:
 * else whoever sits between could always offer a type not seen before.
 */
export function checkHostKey(text: string, host: string, port: number, keyBlob: Uint8Array): HostKeyVerdict {
  const name = hostName(host, port);
  const matching = parse(text).filter((entry) => hostsMatch(entry.hosts, name));
  const same = (entry: Entry): boolean => entry.key.equals(keyBlob);
  if (matching.some((entry) => entry.revoked && same(entry))) return { verdict: 'revoked' };
  const valid = matching.filter((entry) => !entry.revoked);
  if (valid.some(same)) return { verdict: 'known' };
  if (valid.length === 0) return { verdict: 'unknown' };
  return { verdict: 'changed', old: [...new Set(valid.map((entry) => fingerprint(entry.key)))] };
}

/**
 * The line that makes a key known, without the line end.
 * @throws VoiptermError 'usage.invalid' for a host that would not stay one pattern, 'control.protocol' for a broken key.
 */
export function knownHostsLine(host: string, port: number, keyBlob: Uint8Array): string {
  const type = keyType(Buffer.from(keyBlob));
  if (type === undefined) throw new VoiptermError('control.protocol', 'the station sent a broken host key');
  if (!/^[a-z0-9._:%-]+$/i.test(host)) {
    throw new VoiptermError('usage.invalid', `${JSON.stringify(host)} is not a host name or address`);
  }
  return `${hostName(host, port)} ${type} ${Buffer.from(keyBlob).toString('base64')}`;
}

/** How OpenSSH writes a host and port in the file. */
function hostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === SSH_PORT ? name : `[${name}]:${port}`;
}

function parse(text: string): Entry[] {
  return text.split(/\r?\n/).flatMap((line) => parseLine(line) ?? []);
}

function parseLine(line: string): Entry | undefined {
  if (line.length > MAX_LINE_CHARS) return undefined;
  const fields = line.trim().split(/[ \t]+/);
  const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
  // @cert-authority signs keys rather than being one, and we take no certificates.
  if (marker !== undefined && marker !== '@revoked') return undefined;
  const [hosts = '', type = '', base64 = ''] = fields;
  if (hosts.startsWith('#') || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const key = Buffer.from(base64, 'base64');
  if (keyType(key) !== type) return undefined;
  return { revoked: marker !== undefined, hosts, key };
}

/** The type's name if the key is whole: nothing but length-prefixed fields (RFC 4253, 6.6), at least two of them. */
function keyType(key: Buffer): string | undefined {
  let at = 0;
  let fields = 0;
  for (; at + 4 <= key.length; fields++) at += 4 + key.readUInt32BE(at);
  if (at !== key.length || fields < 2) return undefined;
  const type = key.toString('latin1', 4, 4 + key.readUInt32BE(0));
  return /^[A-Za-z0-9@._-]+$/.test(type) ? type : undefined;
}

function hostsMatch(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return hashMatches(hosts, name);
  let matched = false;
  for (const pattern of hosts.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!wildcardMatches(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** |1|salt|HMAC-SHA1(salt, name), both base64. */
function hashMatches(field: string, name: string): boolean {
  const [, version, salt = '', hash = '', ...more] = field.split('|');
  if (version !== '1' || more.length > 0) return false;
  const expected = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  const given = Buffer.from(hash, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/**
 * Whether a pattern with * (any characters) and ? (one) covers the name. Goes back only to the last *, so that a
 * pattern of many stars costs at most the product of the lengths; a regular expression would cost more.
 */
function wildcardMatches(pattern: string, name: string): boolean {
  if (name.length > MAX_HOST_CHARS) return false;
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < name.length; ) {
    if (pattern[at] === '*') {
      star = at++;
      resume = i;
    } else if (pattern[at] === '?' || pattern[at] === name[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

// The file ------------------------------------------------------------------------------------------------

/**
 * Judges a host key by a file. A file that is not there knows nobody.
 * @throws VoiptermError 'config.invalid' if the file is there and cannot be read: it might tell of another key.
 */
export function checkKnownHosts(
  file: string,
  host: string,
  port: number,
  keyBlob: Uint8Array,
): HostKeyVerdict {
  return checkHostKey(readKnownHosts(file), host, port, keyBlob);
}

/** Types of the keys that a file has for a host. Throws as checkKnownHosts. */
export function knownTypes(file: string, host: string, port: number): readonly string[] {
  const name = hostName(host, port);
  return parse(readKnownHosts(file))
    .filter((entry) => !entry.revoked && hostsMatch(entry.hosts, name))
    .flatMap((entry) => keyType(entry.key) ?? []);
}

/**
 * Adds a key to the file, which is made (0600, its directory 0700) if need be. One append of one whole line, so that
 * neither other lines nor another process's additions are touched. It is on disk when this returns.
 * @throws VoiptermError 'store.unwritable'; 'usage.invalid' and 'control.protocol' as knownHostsLine.
 */
export function addKnownHost(file: string, host: string, port: number, keyBlob: Uint8Array): void {
  const line = knownHostsLine(host, port, keyBlob);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const fd = openSync(file, 'a+', 0o600);
    try {
      appendWhole(fd, `${endsInMidLine(fd) ? '\n' : ''}${line}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    const reason = errnoOf(cause) ?? String(cause);
    throw new VoiptermError(
      'store.unwritable',
      `cannot remember the station's host key in ${file} (${reason}); make room, or set client.known_hosts`,
      { cause },
    );
  }
}

function readKnownHosts(file: string): string {
  try {
    if (statSync(file).size > MAX_KNOWN_HOSTS_BYTES)
      throw new Error(`larger than ${MAX_KNOWN_HOSTS_BYTES} bytes`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === 'ENOENT') return '';
    const reason = errno ?? sentenceOf(cause);
    throw new VoiptermError(
      'config.invalid',
      `cannot read known host keys from ${file} (${reason}); mend it, or set client.known_hosts`,
      { cause },
    );
  }
}

function endsInMidLine(fd: number): boolean {
  const { size } = fstatSync(fd);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}

/** A torn line (full disk) is no valid key, so the parser passes over it and the next addition ends it first. */
function appendWhole(fd: number, line: string): void {
  const written = writeSync(fd, line);
  if (written !== Buffer.byteLength(line)) throw new Error('the disk is full');
}
