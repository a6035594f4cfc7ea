/** A bad network between clients and a target, for datagrams and TCP alike: what `voipterm lab proxy` runs. */
import { VoiptermError } from '../errors.ts';
import { type Address, bindBoth, type HostPort, resolveAddress } from './addresses.ts';
import { Bottleneck } from './bottleneck.ts';
import { type Direction, type LinkState, type PerDirection, perDirection } from './direction.ts';
import { formatImpairments, type Impairments, parseImpairments } from './spec.ts';
import { type TcpCounters, TcpProxy } from './tcp-proxy.ts';
import { type UdpCounters, UdpProxy } from './udp-proxy.ts';

export const DEFAULT_SEED = 1;

export interface ImpairmentProxyOptions {
  /** Port 0 picks a free one, the same for UDP and TCP. */
  readonly listen: HostPort;
  readonly target: HostPort;
  /** Both unless false. */
  readonly udp?: boolean;
  readonly tcp?: boolean;
  /** 0 to 2^32 - 1. The same seed gives the n-th packet of a direction the same fate. */
  readonly seed?: number;
  /** As parseImpairments reads them; nothing by default. Up is from clients to the target. */
  readonly up?: string;
  readonly down?: string;
}

/** Undefined for what is not carried. */
export interface ProxyStats {
  readonly udp: UdpCounters | undefined;
  readonly tcp: TcpCounters | undefined;
}

export class ImpairmentProxy {
  /** Where it listens. */
  readonly address: Address;
  readonly seed: number;
  readonly #udp: UdpProxy | undefined;
  readonly #tcp: TcpProxy | undefined;
  readonly #bottlenecks: PerDirection<Bottleneck>;
  #state: LinkState;

  /** Throws 'usage.invalid' for an impairment that makes no sense, 'station.port-in-use' and 'station.address'. */
  static async start(options: ImpairmentProxyOptions): Promise<ImpairmentProxy> {
    const { udp = true, tcp = true } = options;
    if (!udp && !tcp) throw new VoiptermError('usage.invalid', 'a proxy carries udp, tcp or both; allow one');
    const state = perDirection((way) => parseImpairments(options[way] ?? ''));
    const target = await resolveAddress(options.target);
    const bound = await bindBoth(options.listen, { udp, tcp });
    const bottlenecks = perDirection((way) => new Bottleneck(state[way]));
    const seed = options.seed ?? DEFAULT_SEED;
    const links = { seed, impairments: state, bottlenecks };
    return new ImpairmentProxy(bound.address, seed, state, bottlenecks, {
      udp: bound.udp && new UdpProxy(bound.udp, target, links),
      tcp: bound.tcp && new TcpProxy(bound.tcp, target, links),
    });
  }

  private constructor(
    address: Address,
    seed: number,
    state: LinkState,
    bottlenecks: PerDirection<Bottleneck>,
    { udp, tcp }: { udp: UdpProxy | undefined; tcp: TcpProxy | undefined },
  ) {
    this.address = address;
    this.seed = seed;
    this.#state = state;
    this.#bottlenecks = bottlenecks;
    this.#udp = udp;
    this.#tcp = tcp;
  }

  /** What is done now, as text. */
  get impairments(): PerDirection<string> {
    return perDirection((way) => formatImpairments(this.#state[way]));
  }

  /**
   * Replaces all impairments of the directions that are named, or of none if one makes no sense ('usage.invalid'). Datagrams that are on
   * their way keep their fate; streams change at once.
   */
  change(wanted: { readonly [D in Direction]?: string | undefined }): void {
    const next = perDirection((way): Impairments => {
      const text = wanted[way];
      return text === undefined ? this.#state[way] : parseImpairments(text);
    });
    this.#state = next;
    this.#bottlenecks.up.change(next.up);
    this.#bottlenecks.down.change(next.down);
    this.#udp?.change(next);
    this.#tcp?.change(next);
  }

  stats(): ProxyStats {
    return { udp: this.#udp?.counters(), tcp: this.#tcp?.counters() };
  }

  /** Ends everything at once; resolves when the ports are free. */
  async close(): Promise<void> {
    this.#udp?.close();
    await this.#tcp?.close();
  }
}
