/**
 * The payload of the path-probe channel. Pure.
 *
 *    0        1..4     5         6         7         8..9      10..17     18..25         26..33
 *    kind u8  id u32   route u8  heard u8  flags u8  mtu u16   sent u64   received u64   of u64    padding (zeros)
 *
 * big-endian; kind 0 ping, 1 pong. A pong repeats the ping's id, route and length, so neither amplifies. `heard` is
 * what the sender of this probe receives on, a bit a route: who sends to it uses the lowest of them. `received` of
 * `of` is its report on loss: packets that it took, of those that the other end had sent by its last probe.
 *
 * flags bit 0, trial: sent on a route that is not in use; such a packet is in no count, so a dead route that is tried
 * now and then looks like no loss. bit 1, doubt: an answer is overdue, send on the next route as well. bit 2, rest: the next ping comes late
 * (rhythm.ts).
 */
import { MAX_PROBED_PAYLOAD_BYTES, ROUTES } from './constants.ts';

/** A probe without padding. */
export const PROBE_BYTES = 34;

export interface Probe {
  readonly kind: 'ping' | 'pong';
  /** 0..2^32-1. */
  readonly id: number;
  /** The route that the ping was sent on, 0..7. */
  readonly route: number;
  /** Bitmap of the routes on which its sender hears. */
  readonly heard: number;
  readonly trial: boolean;
  readonly doubt: boolean;
  readonly rest: boolean;
  /** Largest payload that is known to pass both ways on `route`, bytes; 0 from a station. */
  readonly mtu: number;
  /** Packets that its sender sent so far, without trials; up to 2^53. */
  readonly sent: number;
  /** Of the other end's first `of` packets, so many were received. */
  readonly received: number;
  readonly of: number;
  /** Length of this payload, PROBE_BYTES or more: what is over is padding. */
  readonly length: number;
}

export function encodeProbe(probe: Probe): Uint8Array {
  const bytes = new Uint8Array(probe.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, probe.kind === 'ping' ? 0 : 1);
  view.setUint32(1, probe.id);
  view.setUint8(5, probe.route);
  view.setUint8(6, probe.heard);
  view.setUint8(7, (probe.trial ? 1 : 0) | (probe.doubt ? 2 : 0) | (probe.rest ? 4 : 0));
  view.setUint16(8, probe.mtu);
  view.setBigUint64(10, BigInt(probe.sent));
  view.setBigUint64(18, BigInt(probe.received));
  view.setBigUint64(26, BigInt(probe.of));
  return bytes;
}

/** Undefined for a wrong length, an unknown kind or route, or totals that no session reaches. Padding is not looked at. */
export function decodeProbe(bytes: Uint8Array): Probe | undefined {
  if (bytes.length < PROBE_BYTES || bytes.length > MAX_PROBED_PAYLOAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = view.getUint8(0);
  const route = view.getUint8(5);
  const flags = view.getUint8(7);
  const [sent, received, of] = [10, 18, 26].map((at) => Number(view.getBigUint64(at))) as [
    number,
    number,
    number,
  ];
  if (kind > 1 || route >= ROUTES || ![sent, received, of].every(Number.isSafeInteger)) return undefined;
  return {
    kind: kind === 0 ? 'ping' : 'pong',
    id: view.getUint32(1),
    route,
    heard: view.getUint8(6),
    trial: (flags & 1) !== 0,
    doubt: (flags & 2) !== 0,
    rest: (flags & 4) !== 0,
    mtu: view.getUint16(8),
    sent,
    received,
    of,
    length: bytes.length,
  };
}
