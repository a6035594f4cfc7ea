/**
 * The way out of a terminal by the station: a SOCKS5 port on this machine's loopback, opened when it is first needed.
 *
 * It asks for a password that only this session's terminals are given, so that other users of this machine cannot go
 * out by the station.
 */
import { randomBytes } from 'node:crypto';
import { VoiptermError } from '../errors.ts';
import type { ForwardAsk } from '../net/forward/state.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';

export interface SocksProxy {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface ShellTunnelOptions {
  readonly live: Pick<LiveState, 'now' | 'until'>;
  readonly call: Caller;
  /** Opens a forward that is nobody's to be told of; resolves with its port. */
  readonly open: (ask: ForwardAsk) => Promise<number>;
}

const LOOPBACK = '127.0.0.1';
const USER = 'voipterm';
/** Nobody guesses it, bytes. */
const PASSWORD_BYTES = 18;
/** A shell opened right after the start waits so long for the connection, ms. */
const PATIENCE_MS = 4000;
/** Silent UDP flows of it, s: as any forward. */
const IDLE_S = 60;

export class ShellTunnel {
  readonly #options: ShellTunnelOptions;
  #proxy: Promise<SocksProxy> | undefined;

  constructor(options: ShellTunnelOptions) {
    this.#options = options;
  }

  /** The port, once it listens. Rejects with a sentence that says why connections cannot leave from the station. */
  async proxy(): Promise<SocksProxy> {
    const { tunnel } = await this.rights();
    if (!tunnel) {
      throw new VoiptermError(
        'forward.refused',
        'this station lets your key forward nothing; ask its operator to allow it (serve --allow-forward)',
      );
    }
    const proxy = this.#proxy ?? this.#open();
    this.#proxy = proxy;
    proxy.catch(() => {
      this.#proxy = undefined;
    });
    return proxy;
  }

  /** What our key may do here. Rejects while there is no connection, and where the station is too old to say. */
  async rights(): Promise<{ readonly tunnel: boolean; readonly station: boolean }> {
    const { live, call } = this.#options;
    if (live.now.link.at === 'connecting')
      await live.until(({ link }) => link.at !== 'connecting', PATIENCE_MS).catch(() => undefined);
    if (live.now.link.at !== 'online')
      throw new VoiptermError('control.unreachable', 'there is no connection to the station now');
    return call('shell.rights', {});
  }

  async #open(): Promise<SocksProxy> {
    const password = randomBytes(PASSWORD_BYTES).toString('base64url');
    const port = await this.#options.open({
      spec: { option: '-D', protocol: 'tcp', bind: { host: LOOPBACK, port: 0 }, to: null },
      idleS: IDLE_S,
      socksAuth: { user: USER, password },
    });
    return { host: LOOPBACK, port, user: USER, password };
  }
}

/** Variables that programs look at for a proxy; all of them, so that no other proxy goes before ours. */
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy', 'all_proxy'];

/** The environment of a shell whose connections leave from the station. `binaries` is a directory to look in first. */
export function tunnelEnv(
  env: Readonly<Record<string, string | undefined>>,
  { host, port, user, password }: SocksProxy,
  binaries: string | null,
): Record<string, string | undefined> {
  const kept = Object.entries(env).filter(([name]) => !PROXY_VARIABLES.includes(name.toLowerCase()));
  const url = `socks5h://${user}:${password}@${host}:${port}`;
  const path = binaries === null ? env.PATH : `${binaries}:${env.PATH ?? ''}`;
  return {
    ...Object.fromEntries(kept),
    PATH: path,
    ALL_PROXY: url,
    all_proxy: url,
    VOIPTERM_TUNNEL_PROXY: url,
  };
}
