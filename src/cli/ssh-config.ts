/**
 * The user's OpenSSH configuration, as far as it says where a host is and who we are there: HostName, Port, User,
 * IdentityFile, ProxyJump. The library ssh-config reads it; nothing in it is executed (no Match exec, no ProxyCommand).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import SSHConfig from 'ssh-config';
import { errnoOf, sentenceOf, VoiptermError } from '../errors.ts';

/** What the file says of one host; what it does not say is missing. */
export interface SshHost {
  readonly hostName?: string;
  readonly port?: number;
  readonly user?: string;
  /** Paths, in order; they need not exist. */
  readonly identityFiles: readonly string[];
  /** As -J has it; "none" for none. */
  readonly proxyJump?: string;
}

/** Includes within includes, as OpenSSH bounds them. */
const MAX_INCLUDES = 16;
/** A configuration file is written by hand. */
const MAX_BYTES = 1024 * 1024;

export class SshConfig {
  readonly #config: SSHConfig;
  readonly #home: string;

  /**
   * Reads ~/.ssh/config of this home with what it includes; a file that is not there says nothing.
   * @throws VoiptermError 'config.invalid' for one that cannot be read or makes no sense.
   */
  static read(home: string): SshConfig {
    const file = join(home, '.ssh', 'config');
    const text = expand(file, home, MAX_INCLUDES);
    try {
      return new SshConfig(SSHConfig.parse(text), home);
    } catch (cause) {
      const why = sentenceOf(cause);
      throw bad(file, `cannot be understood (${why.slice(0, 200)})`, cause);
    }
  }

  private constructor(config: SSHConfig, home: string) {
    this.#config = config;
    this.#home = home;
    for (const line of config) if ('config' in line) dropLookups(line.config);
  }

  /** What it says of a host as the user names it, for somebody who logs in as `user` (null: nobody said who). */
  of(host: string, user: string | null): SshHost {
    const query = { Host: host, ...(user === null ? {} : { User: user }) };
    const said = this.#config.compute(query, { ignoreCase: true, matchExec: false });
    const text = (key: string): string | undefined => [said[key] ?? []].flat()[0];
    const hostName = text('hostname')?.replaceAll('%h', host).replaceAll('%%', '%');
    const port = Number(text('port'));
    const logIn = text('user');
    const jump = text('proxyjump');
    return {
      ...(hostName ? { hostName: hostName.toLowerCase() } : {}),
      ...(Number.isInteger(port) && port >= 1 && port <= 65_535 ? { port } : {}),
      ...(logIn ? { user: logIn } : {}),
      identityFiles: [said.identityfile ?? []]
        .flat()
        .map((file) => this.#path(file, hostName ?? host, logIn)),
      ...(jump ? { proxyJump: jump } : {}),
    };
  }

  #path(file: string, host: string, user = ''): string {
    const values: Record<string, string> = {
      '%%': '%',
      '%d': this.#home,
      '%h': host,
      '%r': user,
      '%u': userInfo().username,
    };
    const path = file.replace(/%[%dhru]/g, (token) => values[token] ?? token);
    return path.startsWith('~/') ? join(this.#home, path.slice(2)) : path;
  }
}

/** CanonicalizeHostname would have the library run a name server's client. */
function dropLookups(section: SSHConfig): void {
  const kept = section.filter((line) => !('param' in line && /^canonicalizehostname$/i.test(line.param)));
  section.splice(0, section.length, ...kept);
}

/** The text of a file with its Include lines replaced by what they name, which the library does not do. */
function expand(file: string, home: string, depth: number): string {
  const text = readIfAny(file);
  return text.replace(/^[ \t]*Include[ \t=]+(.+)$/gim, (_, names: string) =>
    depth === 0
      ? ''
      : [...names.matchAll(/"([^"]*)"|(\S+)/g)]
          .flatMap(([, quoted, plain = '']) => included(quoted ?? plain, home))
          .map((name) => expand(name, home, depth - 1))
          .join('\n'),
  );
}

/** Files that an Include names; wildcards count in the last part of the path, as people write them. */
function included(name: string, home: string): string[] {
  const path = name.startsWith('~/')
    ? join(home, name.slice(2))
    : isAbsolute(name)
      ? name
      : join(home, '.ssh', name);
  if (!/[*?]/.test(basename(path))) return [path];
  const pattern = basename(path)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  try {
    return readdirSync(dirname(path))
      .filter((entry) => new RegExp(`^${pattern}$`).test(entry) && !entry.startsWith('.'))
      .sort()
      .map((entry) => join(dirname(path), entry));
  } catch {
    return [];
  }
}

function readIfAny(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length > MAX_BYTES) throw bad(file, 'is too large');
    return text;
  } catch (error) {
    if (error instanceof VoiptermError) throw error;
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return '';
    throw bad(file, `cannot be read (${errno ?? String(error)})`, error);
  }
}

function bad(file: string, problem: string, cause?: unknown): VoiptermError {
  return new VoiptermError('config.invalid', `${file} ${problem}; mend it or set client.ssh_config = false`, {
    cause,
  });
}
