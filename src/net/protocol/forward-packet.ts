/**
 * The payload of the forward channel: which forward and which flow a datagram belongs to. Pure, and on the hot path:
 * reading makes nothing new.
 *
 *     0            2          6..
 *     forward u16  flow u32   data          big-endian
 *
 * The station gives out forward ids (1..65535) on the control channel. Whoever sees a flow's first datagram makes its
 * id: bit 31 is set in ids that the station made (a listener of its own), clear in the client's. So both may make
 * ids at the same time. A flow needs no opening: it begins with its first datagram.
 */

/** Bytes before the data. */
export const FORWARD_HEADER_BYTES = 6;
export const MAX_FORWARD_ID = 0xffff;
/** Set in the ids of flows that the station made. */
export const STATION_FLOW = 0x8000_0000;
/** Flow ids of one maker: 0..2^31-1, then from 0 again. */
export const FLOW_IDS = 0x8000_0000;

/** Whether these bytes are long enough to be of the forward channel; the readers below demand it. Data may be empty. */
export function isForward(payload: Uint8Array): boolean {
  return payload.length >= FORWARD_HEADER_BYTES;
}

/** The forward id. Precondition: isForward. */
export function forwardOf(payload: Uint8Array): number {
  return ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
}

/** The flow id, 0..2^32-1. Precondition: isForward. */
export function flowOf(payload: Uint8Array): number {
  return (
    (((payload[2] ?? 0) << 24) | ((payload[3] ?? 0) << 16) | ((payload[4] ?? 0) << 8) | (payload[5] ?? 0)) >>>
    0
  );
}

/** What was sent: a view, not a copy. Precondition: isForward. */
export function dataOf(payload: Uint8Array): Uint8Array {
  return payload.subarray(FORWARD_HEADER_BYTES);
}

/**
 * Writes a payload and returns it. With `into` it is a view of that, valid until the next write there, so that a
 * sender whose datagrams are sealed at once needs one buffer in all. @throws RangeError if `into` is too small.
 */
export function encodeForward(
  forward: number,
  flow: number,
  data: Uint8Array,
  into?: Uint8Array,
): Uint8Array {
  const length = FORWARD_HEADER_BYTES + data.length;
  const payload = into ? into.subarray(0, length) : new Uint8Array(length);
  payload[0] = forward >>> 8;
  payload[1] = forward;
  payload[2] = flow >>> 24;
  payload[3] = flow >>> 16;
  payload[4] = flow >>> 8;
  payload[5] = flow;
  payload.set(data, FORWARD_HEADER_BYTES);
  return payload;
}
