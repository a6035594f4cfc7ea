/**
 * A bad network before a station, for end-to-end tests: the lab's proxies on a loopback address of its own, one for datagrams and one
 * for TCP, so that one can fail without the other. On Linux all of 127.0.0.0/8 is loopback.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ImpairmentProxy } from '../../src/lab/proxy.ts';
import type { StationProcess } from './process.ts';

/** So many frames in half a second are voice: 25 of them there are, and of probes a few. */
const SAMPLE_MS = 500;
const VOICE_FRAMES = 15;
/** How long a change of carriers may take, ms. */
const PATIENCE_MS = 15_000;

interface Ways {
  readonly up?: string;
  readonly down?: string;
}

export class BadNetwork {
  readonly host: string;
  readonly port: number;
  readonly #udp: ImpairmentProxy;
  readonly #tcp: ImpairmentProxy;
  #box: NodeJS.Timeout | undefined;

  /** `number` tells networks of one test file apart: 2 and more. */
  static async open(station: StationProcess, number: number): Promise<BadNetwork> {
    const listen = { host: `127.0.0.${number}`, port: station.port };
    const target = { host: '127.0.0.1', port: station.port };
    const udp = await ImpairmentProxy.start({ listen, target, tcp: false });
    const tcp = await ImpairmentProxy.start({ listen, target, udp: false });
    return new BadNetwork(listen, udp, tcp);
  }

  private constructor(
    { host, port }: { host: string; port: number },
    udp: ImpairmentProxy,
    tcp: ImpairmentProxy,
  ) {
    this.host = host;
    this.port = port;
    this.#udp = udp;
    this.#tcp = tcp;
  }

  target(user: string, room: string): string {
    return `${user}@${this.host}:${this.port}/${room}`;
  }

  /** Replaces what is done to datagrams. */
  udp(ways: Ways): void {
    this.#udp.change(ways);
  }

  /** Replaces what is done to TCP. */
  tcp(ways: Ways): void {
    this.#tcp.change(ways);
  }

  /** Client UDP ports that were seen. */
  get ports(): number {
    return this.#udp.stats().udp?.flows ?? 0;
  }

  /** Lets no datagram through until one comes from a client port that was not seen before, as a box does that drops a flow. */
  dropPortsOfNow(): void {
    const { ports } = this;
    this.udp({ up: 'block', down: 'block' });
    this.#box = setInterval(() => {
      if (this.ports === ports) return;
      clearInterval(this.#box);
      this.udp({ up: '', down: '' });
    }, 5);
  }

  /** Waits until voice goes by UDP or by TCP, both ways unless one is named. */
  async carriesVoice(by: 'udp' | 'tcp', way?: 'up' | 'down'): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline) {
      const before = this.#delivered(by);
      await delay(SAMPLE_MS);
      const after = this.#delivered(by);
      const ways = way ? [way] : (['up', 'down'] as const);
      if (ways.every((each) => after[each] - before[each] >= VOICE_FRAMES)) return;
    }
    throw new Error(`no voice by ${by} at ${this.host}: ${JSON.stringify(this.#udp.stats())}`);
  }

  async close(): Promise<void> {
    clearInterval(this.#box);
    await Promise.all([this.#udp.close(), this.#tcp.close()]);
  }

  #delivered(by: 'udp' | 'tcp'): { up: number; down: number } {
    const { udp } = this.#udp.stats();
    const { tcp } = this.#tcp.stats();
    return by === 'udp'
      ? { up: udp?.up.delivered ?? 0, down: udp?.down.delivered ?? 0 }
      : { up: tcp?.up.segments ?? 0, down: tcp?.down.segments ?? 0 };
  }
}
