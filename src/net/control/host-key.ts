/** Judges the station's host key during the SSH handshake: trust on first use, or one expected fingerprint. */
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { VoiptermError } from '../../errors.ts';
import type { ConnectOptions } from '../tunnel/messages.ts';
import {
  addKnownHost,
  checkKnownHosts,
  fingerprint,
  type HostKeyVerdict,
  knownTypes,
} from './known-hosts.ts';

/** Host keys that an SSH host of today has, strongest first; a station has only the first. */
const TYPES: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

type KnownHosts = Extract<ConnectOptions['hostKey'], { by: 'known-hosts' }>;
type JudgedHost = Pick<ConnectOptions, 'host' | 'port' | 'hostKey'>;

export class HostKeyJudge {
  readonly #options: JudgedHost;
  /** Fingerprint of the key that was shown, "SHA256:...". */
  fingerprint = '';
  /** The key was unknown, and is trusted. */
  isNew = false;
  /** And it is in known_hosts now. */
  added = false;
  /** Why the key was refused; undefined while it was not. */
  refusal: VoiptermError | undefined;

  constructor(options: JudgedHost) {
    this.#options = options;
  }

  /**
   * The types to ask an ordinary SSH host for: those that are on file, if any are, else a host with several keys would
   * show another than the known one.
   */
  knownTypes(): readonly ServerHostKeyAlgorithm[] {
    const { host, port, hostKey } = this.#options;
    if (hostKey.by === 'fingerprint') return TYPES;
    const known = filesOf(hostKey).flatMap((file) => knownTypes(file, host, port));
    const wanted = TYPES.filter((type) => known.includes(type.startsWith('rsa-') ? 'ssh-rsa' : type));
    return wanted.length > 0 ? wanted : TYPES;
  }

  /** True if the connection may go on. Never throws: what went wrong is in `refusal`. */
  accepts(key: Buffer): boolean {
    this.fingerprint = fingerprint(key);
    try {
      this.#judge(key);
    } catch (error) {
      this.refusal =
        error instanceof VoiptermError
          ? error
          : new VoiptermError('internal', 'the host key could not be checked', { cause: error });
    }
    return this.refusal === undefined;
  }

  #judge(key: Buffer): void {
    const { host, port, hostKey } = this.#options;
    if (hostKey.by === 'fingerprint') {
      if (this.fingerprint !== hostKey.fingerprint)
        throw changed(this.#options, [hostKey.fingerprint], this.fingerprint);
      return;
    }
    const { expected } = hostKey;
    if (expected !== undefined && expected !== this.fingerprint)
      throw notInvited(this.#options, expected, this.fingerprint);
    const verdict = this.#verdict(hostKey, key);
    switch (verdict.verdict) {
      case 'known':
        return;
      case 'changed':
        throw changed(this.#options, verdict.old, this.fingerprint);
      case 'revoked':
        throw new VoiptermError(
          'control.host-key-changed',
          `the host key ${this.fingerprint} of ${host} port ${port} is marked as revoked in ${hostKey.file}`,
        );
      default:
        this.#unknown(key, hostKey);
    }
  }

  /** What any of the files says; a key that one knows is known, unless another has it revoked. */
  #verdict(check: KnownHosts, key: Buffer): HostKeyVerdict {
    const { host, port } = this.#options;
    const verdicts = filesOf(check).map((file) => checkKnownHosts(file, host, port, key));
    const say = (what: HostKeyVerdict['verdict']): HostKeyVerdict | undefined =>
      verdicts.find(({ verdict }) => verdict === what);
    return say('revoked') ?? say('known') ?? say('changed') ?? { verdict: 'unknown' };
  }

  #unknown(key: Buffer, check: KnownHosts): void {
    const { host, port } = this.#options;
    if (check.unknown === 'strict' && check.expected === undefined) {
      throw new VoiptermError(
        'control.host-key-unknown',
        `the host key ${this.fingerprint} of ${host} port ${port} is not in ${check.file}; compare it with the one that the station prints and add it, or set host_key_check = "tofu"`,
      );
    }
    this.isNew = true;
    if (check.unknown === 'once' && check.expected === undefined) return;
    addKnownHost(check.file, host, port, key);
    this.added = true;
  }
}

function notInvited({ host, port }: JudgedHost, expected: string, now: string): VoiptermError {
  return new VoiptermError(
    'control.host-key-changed',
    `ALARM: ${host} port ${port} shows the host key ${now}, but the invitation names ${expected}: somebody may be listening in, or the station is another one; nothing was told to it`,
  );
}

function changed({ host, port, hostKey }: JudgedHost, old: readonly string[], now: string): VoiptermError {
  const mend =
    hostKey.by === 'known-hosts'
      ? `; if its operator confirms the new key, remove the old line: ssh-keygen -f ${hostKey.file} -R "[${host}]:${port}"`
      : '';
  return new VoiptermError(
    'control.host-key-changed',
    `the host key of ${host} port ${port} changed from ${old.join(' or ')} to ${now}: somebody may be listening in${mend}`,
  );
}

function filesOf({ file, also = [] }: KnownHosts): readonly string[] {
  return [file, ...also];
}
