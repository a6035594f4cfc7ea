/**
 * The payload of the path-probe channel. Pure.
 *
 *    0        1..4      5..12           13..20
 *    kind u8  id u32    received u64    highest u64        big-endian; kind 0 ping, 1 pong
 *
 * A pong repeats the ping's id. Both carry what their sender received so far: the number of authenticated packets
 * and the highest counter among them. Ping and pong have one length, so that neither amplifies.
 */

export const PROBE_BYTES = 21;

export interface Probe {
  readonly kind: 'ping' | 'pong';
  /** 0..2^32-1. */
  readonly id: number;
  /** Authenticated packets received in this session, up to 2^53. */
  readonly received: number;
  /** Highest counter among them. */
  readonly highest: number;
}

export function encodeProbe(probe: Probe): Uint8Array {
  const bytes = new Uint8Array(PROBE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, probe.kind === 'ping' ? 0 : 1);
  view.setUint32(1, probe.id);
  view.setBigUint64(5, BigInt(probe.received));
  view.setBigUint64(13, BigInt(probe.highest));
  return bytes;
}

/** Undefined for a wrong length, an unknown kind or totals that no session reaches. */
export function decodeProbe(bytes: Uint8Array): Probe | undefined {
  if (bytes.length !== PROBE_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = view.getUint8(0);
  const received = Number(view.getBigUint64(5));
  const highest = Number(view.getBigUint64(13));
  if (kind > 1 || !Number.isSafeInteger(received) || !Number.isSafeInteger(highest)) return undefined;
  return { kind: kind === 0 ? 'ping' : 'pong', id: view.getUint32(1), received, highest };
}
