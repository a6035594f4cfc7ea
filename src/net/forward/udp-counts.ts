/** What the UDP forwards count, and what of it the user is told. */
import type { DriverHost } from './driver.ts';
import type { FlowCounters } from './flow-table.ts';
import type { ForwardCounters } from './state.ts';
import type { StationForward } from './station-forward.ts';

export class UdpCounts {
  readonly #host: DriverHost;
  readonly #what: string;
  #datagramsUp = 0;
  #datagramsDown = 0;
  #bytesUp = 0;
  #bytesDown = 0;
  #tooLarge = 0;
  #dropped = 0;
  #unreachable = 0;

  /** @param what completes "a datagram of 1400 bytes ...". */
  constructor(host: DriverHost, what: string) {
    this.#host = host;
    this.#what = what;
  }

  /** Sends a datagram to the station, and counts what became of it. */
  up(forward: StationForward, flow: number, data: Uint8Array): void {
    const sent = forward.send(flow, data);
    if (sent === 'sent') {
      this.#datagramsUp += 1;
      this.#bytesUp += data.length;
    } else if (sent === 'too-large') this.#tooLargeNow(data.length, forward.maxBytes ?? 0);
    else this.dropped();
  }

  /** A datagram from the station. */
  down(bytes: number): void {
    this.#datagramsDown += 1;
    this.#bytesDown += bytes;
  }

  dropped(): void {
    this.#dropped += 1;
  }

  unreachable(): void {
    this.#unreachable += 1;
  }

  counters(open: number, { opened, expired, evicted }: FlowCounters): ForwardCounters {
    return {
      open,
      opened,
      expired,
      evicted,
      datagramsUp: this.#datagramsUp,
      datagramsDown: this.#datagramsDown,
      bytesUp: this.#bytesUp,
      bytesDown: this.#bytesDown,
      tooLarge: this.#tooLarge,
      dropped: this.#dropped,
      unreachable: this.#unreachable,
    };
  }

  #tooLargeNow(bytes: number, most: number): void {
    this.#tooLarge += 1;
    if (this.#tooLarge > 1) return; // told once; the counter goes on
    this.#host.notice(
      'forward.unreachable',
      `a datagram of ${bytes} bytes ${this.#what} was dropped: the tunnel carries at most ${most} now; use smaller ones (these are counted from now on)`,
    );
  }
}
