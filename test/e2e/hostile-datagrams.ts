/** Datagrams that a station must drop, made from recorded ones, each with the counter that must count it. Pure. */
import type { Tapped } from './recording-proxy.ts';

export type Drop = 'unroutable' | 'malformed' | 'unauthentic' | 'replayed';

export interface Hostile {
  readonly bytes: Buffer;
  /** Which of the station's counters takes it. */
  readonly drop: Drop;
}

// The packet's outside, as docs/protocol.md has it: written out here so that the program does not judge itself.
const HEADER_BYTES = 13;
const SHORTEST = 30;
const LONGEST = 1470;
const LONGEST_UDP = 65_507;

/** Everything recorded, once more: what came from a client is a replay, what came from the station a reflection. */
export function replaysOf(recorded: readonly Tapped[]): Hostile[] {
  return recorded.map(({ from, bytes }) => ({ bytes, drop: from === 'client' ? 'replayed' : 'unauthentic' }));
}

/** Each shorter length of a datagram, and some that are too long. */
export function resized(bytes: Buffer): Hostile[] {
  const shorter = Array.from({ length: bytes.length }, (_, length): Hostile => {
    const drop = length < HEADER_BYTES ? 'unroutable' : length < SHORTEST ? 'malformed' : 'unauthentic';
    return { bytes: bytes.subarray(0, length), drop };
  });
  const longer = [LONGEST, LONGEST + 1, 1500, 9000, LONGEST_UDP].map((length): Hostile => {
    const drop = length > LONGEST ? 'malformed' : 'unauthentic';
    return { bytes: Buffer.concat([bytes, Buffer.alloc(length - bytes.length, 0x5a)]), drop };
  });
  return [...shorter, ...longer];
}

/** The datagram with each one of its bits flipped. */
export function flipped(bytes: Buffer): Hostile[] {
  return Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const copy = Buffer.from(bytes);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    return { bytes: copy, drop: dropOf(copy, bit >> 3) };
  });
}

function dropOf(copy: Buffer, at: number): Drop {
  if (at < 5) return 'unroutable'; // another type, or a session that nobody has
  const counter = copy.readBigUInt64BE(5);
  return counter === 0n || counter > 2n ** 48n ? 'malformed' : 'unauthentic';
}

/** Noise of many lengths, the same in each run. */
export function noise(count: number): Hostile[] {
  let state = 20_261_121;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  };
  return Array.from({ length: count }, (_, i) => {
    const bytes = Buffer.from(Array.from({ length: i * 17 }, next));
    return { bytes, drop: 'unroutable' };
  });
}
