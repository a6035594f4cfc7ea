/** Judges the station's host key during the SSH handshake: trust on first use, or one expected fingerprint. */
import { VoiptermError } from '../../errors.ts';
import type { ConnectOptions } from '../tunnel/messages.ts';
import { addKnownHost, checkKnownHosts, fingerprint } from './known-hosts.ts';

export class HostKeyJudge {
  readonly #options: ConnectOptions;
  /** Fingerprint of the key that was shown, "SHA256:...". */
  fingerprint = '';
  /** The key was unknown and is in known_hosts now. */
  added = false;
  /** Why the key was refused; undefined while it was not. */
  refusal: VoiptermError | undefined;

  constructor(options: ConnectOptions) {
    this.#options = options;
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
    const verdict = checkKnownHosts(hostKey.file, host, port, key);
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

  #unknown(key: Buffer, check: Extract<ConnectOptions['hostKey'], { by: 'known-hosts' }>): void {
    const { host, port } = this.#options;
    if (check.unknown === 'strict') {
      throw new VoiptermError(
        'control.host-key-unknown',
        `the host key ${this.fingerprint} of ${host} port ${port} is not in ${check.file}; compare it with the one that the station prints and add it, or set host_key_check = "tofu"`,
      );
    }
    addKnownHost(check.file, host, port, key);
    this.added = true;
  }
}

function changed(
  { host, port, hostKey }: ConnectOptions,
  old: readonly string[],
  now: string,
): VoiptermError {
  const mend =
    hostKey.by === 'known-hosts'
      ? `; if its operator confirms the new key, remove the old line: ssh-keygen -f ${hostKey.file} -R "[${host}]:${port}"`
      : '';
  return new VoiptermError(
    'control.host-key-changed',
    `the host key of ${host} port ${port} changed from ${old.join(' or ')} to ${now}: somebody may be listening in${mend}`,
  );
}
