/** Forwards from the command line and from the configuration's [[forward]] tables, checked. Pure. */
import { VoiptermError } from '../errors.ts';
import { isTarget, parseTarget, type Target } from '../net/control/target.ts';
import { DEFAULT_IDLE_MS } from '../net/forward/flow-table.ts';
import type { Credentials } from '../net/forward/socks.ts';
import { type ForwardOption, parseForward } from '../net/forward/spec.ts';
import type { ForwardAsk } from '../net/forward/state.ts';
import { escapeControls, shortened } from './escape.ts';
import { nearest } from './suggest.ts';

/** What -L, -R and -D, each repeatable, and their companions give. */
export interface ForwardFlags {
  readonly localForward?: readonly string[];
  readonly remoteForward?: readonly string[];
  readonly dynamicForward?: readonly string[];
  /** Seconds. */
  readonly idleTimeout?: number;
  readonly socksAuth?: string;
}

/** A [[forward]] table. */
export interface ConfiguredForward {
  readonly ask: ForwardAsk;
  /** Only for this station; null for any. */
  readonly target: string | null;
}

/** [[forward]] tables of one file: more than anybody writes. */
const MAX_TABLES = 128;
/** RFC 1929 has one byte for the length of each. */
const MAX_CREDENTIAL_BYTES = 255;
const DEFAULT_IDLE_S = DEFAULT_IDLE_MS / 1000;
/** Below, flows would end between a question and its answer; after a day no NAT on the way knows a silent one. */
const IDLE_S = { min: 5, max: 86_400 };
const IDLE_EXPECTED = `a whole number of seconds from ${IDLE_S.min} to ${IDLE_S.max}`;

const OPTION_OF: Readonly<Record<string, ForwardOption>> = { local: '-L', remote: '-R', dynamic: '-D' };
const TABLE_KEYS = ['local', 'remote', 'dynamic', 'target', 'auth', 'idle_timeout_s'];

/** In the order -L, -R, -D. @throws VoiptermError 'usage.invalid'. */
export function forwardsOf(flags: ForwardFlags): ForwardAsk[] {
  const idleS = flags.idleTimeout ?? DEFAULT_IDLE_S;
  if (!isIdle(idleS)) throw new VoiptermError('usage.invalid', `--idle-timeout must be ${IDLE_EXPECTED}`);
  const socksAuth = flags.socksAuth === undefined ? null : parseSocksAuth(flags.socksAuth);
  if (socksAuth && !flags.dynamicForward)
    throw new VoiptermError('usage.invalid', '--socks-auth goes with -D');
  const asks = (kind: string, texts: readonly string[] = []): ForwardAsk[] =>
    texts.map((text) => ask(kind, text, idleS, socksAuth));
  return [
    ...asks('local', flags.localForward),
    ...asks('remote', flags.remoteForward),
    ...asks('dynamic', flags.dynamicForward),
  ];
}

/** Those of the configuration that are for this station; `target` is null for the station on this machine. */
export function configuredFor(all: readonly ConfiguredForward[], target: Target | null): ForwardAsk[] {
  return all
    .filter((forward) => forward.target === null || isFor(forward.target, target))
    .map(({ ask }) => ask);
}

/**
 * Reads the value of `forward` in a configuration file.
 * @param complain gets the path of the key ("forward.0.local") and what fits after it.
 */
export function readForwardTables(
  raw: unknown,
  complain: (path: string, problem: string) => never,
): ConfiguredForward[] {
  const tables = Array.isArray(raw) && raw.every(isTable) ? raw : undefined;
  if (!tables) return complain('forward', 'forward must be written as tables, each under [[forward]]');
  if (tables.length > MAX_TABLES) complain('forward', `there are at most ${MAX_TABLES} [[forward]] tables`);
  return tables.map((table, at) =>
    readTable(table, (key, problem) => complain(`forward.${at}${key}`, problem)),
  );
}

type Table = Readonly<Record<string, unknown>>;
type Complain = (key: string, problem: string) => never;

function readTable(table: Table, complain: Complain): ConfiguredForward {
  for (const key of Object.keys(table)) {
    if (!TABLE_KEYS.includes(key)) complain(`.${key}`, unknownKey(key));
  }
  const kinds = Object.keys(OPTION_OF).filter((kind) => table[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    return complain('', '[[forward]] needs one of local, remote and dynamic');
  }
  const spec = textOf(table, kind, complain);
  const target = table.target === undefined ? null : textOf(table, 'target', complain);
  if (target !== null && !isTarget(target)) complain('.target', 'forward.target must be [user@]host[:port]');
  try {
    return { ask: ask(kind, spec, idleOf(table, complain), authOf(table, kind, complain)), target };
  } catch (error) {
    if (!(error instanceof VoiptermError) || error.code !== 'usage.invalid') throw error;
    return complain(`.${kind}`, `forward.${kind}: ${error.message}`);
  }
}

function idleOf(table: Table, complain: Complain): number {
  const seconds = table.idle_timeout_s;
  if (seconds === undefined) return DEFAULT_IDLE_S;
  if (isIdle(seconds)) return seconds;
  return complain('.idle_timeout_s', `forward.idle_timeout_s must be ${IDLE_EXPECTED}`);
}

function authOf(table: Table, kind: string, complain: Complain): Credentials | null {
  if (table.auth === undefined) return null;
  if (kind !== 'dynamic') complain('.auth', 'forward.auth goes with dynamic');
  try {
    return parseSocksAuth(textOf(table, 'auth', complain));
  } catch {
    return complain('.auth', `forward.auth must be ${AUTH_EXPECTED}`);
  }
}

function isIdle(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= IDLE_S.min && Number(value) <= IDLE_S.max;
}

function textOf(table: Table, key: string, complain: Complain): string {
  const value = table[key];
  return typeof value === 'string' ? value : complain(`.${key}`, `forward.${key} must be text`);
}

const AUTH_EXPECTED = `USER:PASSWORD, each of 1 to ${MAX_CREDENTIAL_BYTES} bytes`;

/** "user:password"; the password may hold colons. @throws VoiptermError 'usage.invalid'. */
function parseSocksAuth(text: string): Credentials {
  const [, user = '', password = ''] = /^([^:]*):([\s\S]*)$/.exec(text) ?? [];
  const fits = [user, password].every(
    (part) => part !== '' && Buffer.byteLength(part) <= MAX_CREDENTIAL_BYTES,
  );
  // The value is a secret: it is not repeated.
  if (!fits) throw new VoiptermError('usage.invalid', `--socks-auth must be ${AUTH_EXPECTED}`);
  return { user, password };
}

function ask(kind: string, text: string, idleS: number, socksAuth: Credentials | null): ForwardAsk {
  const option = OPTION_OF[kind] ?? '-L';
  return { spec: parseForward(option, text), idleS, socksAuth: option === '-D' ? socksAuth : null };
}

function isFor(text: string, target: Target | null): boolean {
  const wanted = parseTarget(text);
  if (target === null || wanted.host !== target.host || wanted.port !== target.port) return false;
  return wanted.user === null || wanted.user === target.user;
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function unknownKey(key: string): string {
  const meant = nearest(key, TABLE_KEYS);
  const hint = meant ? `did you mean ${meant}?` : `[[forward]] has ${TABLE_KEYS.join(', ')}`;
  return `there is no key ${escapeControls(shortened(`forward.${key}`, 80))}; ${hint}`;
}
