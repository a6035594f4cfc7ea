/**
 * Who a station admits: an OpenSSH authorized_keys file.
 *
 * Only Ed25519 lines admit ("[options] ssh-ed25519 AAAA... comment"). Options that say what a key may forward are
 * obeyed (permitopen, permitlisten, port-forwarding, no-port-forwarding, restrict), and those about what a station does not
 * have (terminals, agents, X11) are harmless. A line with any other option (from="...", command="...", cert-authority)
 * is skipped with a warning: such a line restricts its key, and admitting it without the restriction would give more
 * than the file's author meant to.
 */
import { readFileSync, statSync } from 'node:fs';
import { errnoOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { fingerprintOf } from './identity.ts';
import { ALL_PERMITTED, type KeyPermissions, takeOptions } from './key-options.ts';

export type { KeyPermissions } from './key-options.ts';

/** Largest file, bytes: some 10,000 keys. */
export const MAX_AUTHORIZED_KEYS_BYTES = 1024 * 1024;
/** Most warnings for one file: enough to see what is wrong, too few to fill a log. */
const MAX_WARNINGS = 50;

const ED25519 = 'ssh-ed25519';
/** The wire form of an Ed25519 public key: two length-prefixed strings of 11 and 32 bytes (RFC 8709). */
const ED25519_BLOB_BYTES = 4 + ED25519.length + 4 + 32;
const ED25519_BLOB_HEAD = Buffer.concat([
  Buffer.from([0, 0, 0, ED25519.length]),
  Buffer.from(ED25519),
  Buffer.from([0, 0, 0, 32]),
]);
const OTHER_TYPE = /^(ssh-(rsa|dss)|ecdsa-sha2-\S+|sk-\S+@openssh\.com|\S+-cert-v01@openssh\.com)$/;
const ANY_TYPE = /(^|[\s,])(ssh-(ed25519|rsa|dss)|ecdsa-sha2-|sk-)/;

export interface ParsedKeys {
  /** Fingerprint ("SHA256:...") to comment. */
  readonly keys: ReadonlyMap<string, string>;
  /** Fingerprint to what its options permit. */
  readonly permissions: ReadonlyMap<string, KeyPermissions>;
  /** Those whose options say what they may forward. */
  readonly limited: ReadonlySet<string>;
  /** One sentence for each line that admits nobody, with its number. Quotes nothing of the file. */
  readonly warnings: readonly string[];
}

/** Reads a file's text. Never throws: a line that makes no sense is a warning. */
export function parseAuthorizedKeys(text: string): ParsedKeys {
  const keys = new Map<string, string>();
  const permissions = new Map<string, KeyPermissions>();
  const warnings: string[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const parsed = parseLine(line);
    if ('problem' in parsed) warnings.push(`line ${index + 1} is skipped: ${parsed.problem}`);
    else if (!keys.has(parsed.fingerprint)) {
      keys.set(parsed.fingerprint, parsed.comment);
      permissions.set(parsed.fingerprint, parsed.permissions);
    }
  }
  const limited = [...permissions].filter(([, each]) => each !== ALL_PERMITTED).map(([key]) => key);
  return { keys, permissions, limited: new Set(limited), warnings: warnings.slice(0, MAX_WARNINGS) };
}

type ParsedLine = { fingerprint: string; comment: string; permissions: KeyPermissions } | { problem: string };

function parseLine(line: string): ParsedLine {
  const { options: permissions, rest: key } = takeOptions(line);
  const [type = '', base64 = '', ...rest] = key.split(/\s+/);
  if (!permissions || type !== ED25519) return { problem: problemOf(type, line) };
  const blob = Buffer.from(base64, 'base64');
  if (!isEd25519Blob(blob) || blob.toString('base64') !== base64) {
    return { problem: 'its key is damaged' };
  }
  const comment = rest.join(' ').replace(/[\p{Cc}\p{Cf}]/gu, '');
  return { fingerprint: fingerprintOf(blob), comment, permissions };
}

function problemOf(type: string, line: string): string {
  if (OTHER_TYPE.test(type)) return 'only ssh-ed25519 keys are admitted';
  if (ANY_TYPE.test(line)) return 'one of its options is not known here, so its key is not admitted';
  return 'it is not a key';
}

function isEd25519Blob(blob: Uint8Array): boolean {
  const head = blob.subarray(0, ED25519_BLOB_HEAD.length);
  return blob.length === ED25519_BLOB_BYTES && ED25519_BLOB_HEAD.equals(head);
}

/**
 * The file as it is now: each question looks whether it changed, so that a key added or removed counts at once.
 * A missing file admits nobody; one that cannot be read, is too large or can be written by others admits nobody and
 * is logged once for each change.
 */
export class AuthorizedKeys {
  #path: string;
  #log: Logger;
  #seen = '';
  #readable = false;
  #keys: ReadonlyMap<string, string> = new Map();
  #permissions: ReadonlyMap<string, KeyPermissions> = new Map();

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  /** Whether this public key, in SSH wire form, is in the file. */
  admits(blob: Uint8Array): boolean {
    if (!isEd25519Blob(blob)) return false;
    this.#refresh();
    return this.#keys.has(fingerprintOf(blob));
  }

  /** Whether the file named this key when it was last looked at: no system call. */
  named(fingerprint: string): boolean {
    return this.#keys.has(fingerprint);
  }

  /** Changes whenever the keys do; undefined while the file cannot be read, or is not there. */
  get version(): string | undefined {
    this.#refresh();
    return this.#readable ? this.#seen : undefined;
  }

  /** What the options of a key permit; undefined if the file does not name it. The same object until the file changes. */
  permissionsOf(fingerprint: string): KeyPermissions | undefined {
    this.#refresh();
    return this.#permissions.get(fingerprint);
  }

  #refresh(): void {
    const state = this.#look();
    if (state.mark === this.#seen) return;
    this.#seen = state.mark;
    this.#readable = state.readable;
    this.#keys = new Map();
    this.#permissions = new Map();
    if (state.problem !== undefined) {
      this.#log.warn(`authorized keys: ${state.problem}`, { file: this.#path });
    } else if (state.readable) this.#read();
  }

  /** `mark` changes whenever the file does. */
  #look(): { mark: string; readable: boolean; problem?: string } {
    try {
      const stat = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
      if (!stat) return { mark: 'missing', readable: false };
      const mark = `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
      if (!stat.isFile()) return { mark, readable: false, problem: 'this is not a file' };
      if (stat.size > MAX_AUTHORIZED_KEYS_BYTES) {
        return {
          mark,
          readable: false,
          problem: `the file is larger than ${MAX_AUTHORIZED_KEYS_BYTES} bytes`,
        };
      }
      // As sshd's StrictModes: whoever can write the file decides who comes in.
      if (process.platform !== 'win32' && (stat.mode & 0o022n) !== 0n) {
        return { mark, readable: false, problem: 'others can write the file, run chmod go-w on it' };
      }
      return { mark, readable: true };
    } catch (error) {
      return unreadable(error);
    }
  }

  #read(): void {
    try {
      const { keys, permissions, warnings } = parseAuthorizedKeys(readFileSync(this.#path, 'utf8'));
      this.#keys = keys;
      this.#permissions = permissions;
      for (const warning of warnings) this.#log.warn(`authorized keys: ${warning}`, { file: this.#path });
    } catch (error) {
      const { problem } = unreadable(error);
      this.#log.warn(`authorized keys: ${problem}`, { file: this.#path });
    }
  }
}

function unreadable(error: unknown): { mark: string; readable: boolean; problem: string } {
  const code = errnoOf(error) ?? 'unknown reason';
  return { mark: code, readable: false, problem: `the file cannot be read (${code})` };
}
