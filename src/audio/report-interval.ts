/** When a listener reports. Pure. */
import type { ReceptionReport } from '../net/protocol/rtcp.ts';

/** Where next to nothing is lost, ms. */
const CALM_INTERVAL_MS = 1000;
/** Where reports are lost too, and one must get through soon, ms. */
export const LOSSY_INTERVAL_MS = 250;
/** From this share of packets on. */
const LOSSY = 0.03;

/** The time from these reports to the next, ms. Where there is nothing to say yet, what comes is said soon. */
export function reportIntervalMs(reports: readonly ReceptionReport[]): number {
  if (reports.length === 0) return LOSSY_INTERVAL_MS;
  const lossy = reports.some(
    ({ fractionLost, metrics }) => Math.max(fractionLost, metrics.lossRate) >= LOSSY,
  );
  return lossy ? LOSSY_INTERVAL_MS : CALM_INTERVAL_MS;
}
