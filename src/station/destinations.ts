/** From a destination as asked for to the addresses that may be connected to: looks a name up once and judges each answer. */
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { VoiptermError } from '../errors.ts';
import { mayReach, mayResolve } from '../net/forward/access.ts';
import { type HostPort, isHost, type Protocol } from '../net/forward/spec.ts';
import { type ForwardRights, reachRefusal } from './forward-access.ts';

/** Names that may be looked up at the same time: the system does four at once, the rest wait. */
const MAX_LOOKUPS = 256;
/** A name server that takes longer is as good as none, ms. */
const LOOKUP_MS = 10_000;

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name; rejects if there are none. */
export type Lookup = (name: string) => Promise<readonly Address[]>;

export class Destinations {
  readonly #lookup: Lookup;
  #pending = 0;

  constructor(lookup: Lookup = (name) => systemLookup(name, { all: true })) {
    this.#lookup = lookup;
  }

  /**
   * The addresses of `to` that the rights let be reached, at least one: only these may be connected to. Rejects with
   * 'forward.refused', or 'forward.unreachable' for a name that does not resolve.
   */
  async resolve(rights: ForwardRights, to: HostPort, protocol: Protocol): Promise<readonly Address[]> {
    const wish = { ...to, protocol };
    if (!isHost(to.host)) {
      throw new VoiptermError('forward.refused', `${JSON.stringify(to.host.slice(0, 80))} is no host name.`);
    }
    const family = isIP(to.host);
    if (family === 0 && !mayResolve(rights.reach, wish)) throw reachRefusal(rights, to, protocol);
    const all = family === 0 ? await this.#find(to.host) : [{ address: to.host, family }];
    const allowed = all.filter(({ address }) => mayReach(rights.reach, { ...wish, address }));
    if (allowed.length === 0) throw reachRefusal(rights, to, protocol);
    return allowed;
  }

  async #find(name: string): Promise<readonly Address[]> {
    if (this.#pending >= MAX_LOOKUPS) {
      throw new VoiptermError(
        'control.limit',
        'This station looks up too many names at once: try again later.',
      );
    }
    this.#pending += 1;
    const found = this.#lookup(name).finally(() => {
      this.#pending -= 1;
    });
    try {
      return await withDeadline(found, LOOKUP_MS);
    } catch {
      throw new VoiptermError(
        'forward.unreachable',
        `The station finds no address for ${name}: check the name, or name an IP address.`,
      );
    }
  }
}

async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
