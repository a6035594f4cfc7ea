/**
 * Which of the tunnel's figures are worth a look. Pure: told the time, ms.
 *
 * They come four times a second, and drawing a screen takes ten milliseconds. What a person is shown of them is looked at at
 * once; for counters alone nobody looks more often than now and then.
 */
import type { TunnelStats } from '../net/tunnel/messages.ts';

/** Whoever watches counters sees them so often, ms. */
const COUNTERS_MS = 10_000;
/** From here on it matters that nothing comes, and is told as it grows, ms. */
const QUIET_MS = 1000;

export class StatsPace {
  #last: TunnelStats | undefined;
  #at = Number.NEGATIVE_INFINITY;

  /** Whether these are to be looked at. */
  isDue(stats: TunnelStats, now: number): boolean {
    const last = this.#last;
    const same = last !== undefined && shownOf(last) === shownOf(stats) && !isQuiet(last) && !isQuiet(stats);
    if (same && now - this.#at < COUNTERS_MS) return false;
    this.#last = stats;
    this.#at = now;
    return true;
  }
}

function isQuiet({ heardAgoMs, acknowledgedAgoMs }: TunnelStats): boolean {
  return (heardAgoMs ?? 0) >= QUIET_MS || (acknowledgedAgoMs ?? 0) >= QUIET_MS;
}

/** As fine as it is shown. */
function shownOf({ carrierUp, carrierDown, carrierReason, cipher, silent, ...rest }: TunnelStats): string {
  const { rttMs, lossUp, lossDown, mtu, carriers } = rest;
  const percent = (loss: number | null): number | null => (loss === null ? null : Math.round(loss * 100));
  const ways = carriers.map(({ carrier }) => carrier);
  const rtt = rttMs === null ? null : Math.round(rttMs);
  return JSON.stringify([
    ...[carrierUp, carrierDown, carrierReason, cipher, silent, mtu, ways],
    ...[rtt, percent(lossUp), percent(lossDown)],
  ]);
}
