/**
 * How frames stand in an Opus packet (RFC 6716, 3.1 and 3.2): taken apart, and put together again, without decoding. Pure.
 *
 *   code 0: TOC, frame                          code 1: TOC, two frames of one size
 *   code 2: TOC, size, frame, frame             code 3: TOC, count, [padding size], [sizes], frames, [padding]
 */

/** Samples at 48 kHz that a packet may last: 120 ms (RFC 6716, 3.2.5). */
const MAX_PACKET_SAMPLES = 5760;
/** RFC 6716, 3.2.1: the largest frame, bytes. */
const MAX_FRAME_BYTES = 1275;
/** A size below this takes one byte (RFC 6716, 3.2.1). */
const TWO_BYTE_SIZE = 252;
/** Flags in the count byte of code 3. */
const VARIABLE = 0x80;
const PADDED = 0x40;

/** Frames of one configuration, which one packet may hold. */
export interface OpusFrames {
  /** The TOC byte without the code: configuration (5 bits) and the stereo flag. */
  readonly toc: number;
  /** Samples of each frame at 48 kHz: 120 (2.5 ms) to 2880 (60 ms). */
  readonly frameSamples: number;
  /** Views into the packet. A frame of no bytes is one that was not sent (discontinuous transmission). */
  readonly frames: readonly Uint8Array[];
}

/** Samples at 48 kHz of each frame of a packet with this TOC byte (RFC 6716, 3.1, table 2). */
export function frameSamplesOf(toc: number): number {
  const config = toc >> 3;
  if (config >= 16) return 120 << (config & 3);
  if (config >= 12) return 480 << (config & 1);
  return [480, 960, 1920, 2880][config & 3] ?? 0;
}

/** Takes a packet apart. Undefined if it breaks a rule of RFC 6716, 3.4. */
export function readOpus(packet: Uint8Array): OpusFrames | undefined {
  const first = packet[0];
  if (first === undefined) return undefined;
  const body = packet.subarray(1);
  const frames = framesOf(first & 3, body);
  const frameSamples = frameSamplesOf(first);
  if (!frames || frames.length * frameSamples > MAX_PACKET_SAMPLES) return undefined;
  if (frames.some((frame) => frame.length > MAX_FRAME_BYTES)) return undefined;
  return { toc: first & 0xfc, frameSamples, frames };
}

function framesOf(code: number, body: Uint8Array): Uint8Array[] | undefined {
  switch (code) {
    case 0:
      return [body];
    case 1:
      return equalParts(body, 2);
    case 2:
      return sizedParts(body, 2);
    default:
      return countedFrames(body);
  }
}

function countedFrames(body: Uint8Array): Uint8Array[] | undefined {
  const head = body[0];
  const count = (head ?? 0) & 0x3f;
  if (head === undefined || count === 0) return undefined;
  const rest = (head & PADDED) === 0 ? body.subarray(1) : withoutPadding(body.subarray(1));
  if (!rest) return undefined;
  return (head & VARIABLE) === 0 ? equalParts(rest, count) : sizedParts(rest, count);
}

/** A byte of 255 stands for 254 bytes of padding and says that another follows. */
function withoutPadding(bytes: Uint8Array): Uint8Array | undefined {
  let padding = 0;
  for (let at = 0; at < bytes.length; at++) {
    const value = bytes[at] ?? 0;
    padding += value === 255 ? 254 : value;
    if (value === 255) continue;
    const end = bytes.length - padding;
    return end > at ? bytes.subarray(at + 1, end) : undefined;
  }
  return undefined;
}

function equalParts(bytes: Uint8Array, count: number): Uint8Array[] | undefined {
  const size = bytes.length / count;
  if (!Number.isInteger(size)) return undefined;
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** All but the last have their size in front. */
function sizedParts(bytes: Uint8Array, count: number): Uint8Array[] | undefined {
  const sizes: number[] = [];
  let at = 0;
  while (sizes.length < count - 1) {
    const first = bytes[at++];
    if (first === undefined) return undefined;
    const second = first < TWO_BYTE_SIZE ? 0 : bytes[at++];
    if (second === undefined) return undefined;
    sizes.push(first + 4 * second);
  }
  sizes.push(bytes.length - at - sizes.reduce((sum, size) => sum + size, 0));
  if ((sizes.at(-1) ?? -1) < 0) return undefined;
  return sizes.map((size) => {
    at += size;
    return bytes.subarray(at - size, at);
  });
}

/** Puts 1 to 48 frames of one configuration into one packet. Precondition: together they last at most 120 ms. */
export function writeOpus(toc: number, frames: readonly Uint8Array[]): Uint8Array {
  const alike = frames.every((frame) => frame.length === frames[0]?.length);
  const sizes = alike ? [] : frames.slice(0, -1).flatMap((frame) => sizeBytes(frame.length));
  return Uint8Array.from(
    [toc | codeOf(frames.length, alike), ...countByte(frames.length, alike), ...sizes].concat(
      ...frames.map((frame) => [...frame]),
    ),
  );
}

function codeOf(count: number, alike: boolean): number {
  if (count === 1) return 0;
  if (count > 2) return 3;
  return alike ? 1 : 2;
}

function countByte(count: number, alike: boolean): number[] {
  return count > 2 ? [count | (alike ? 0 : VARIABLE)] : [];
}

function sizeBytes(size: number): number[] {
  if (size < TWO_BYTE_SIZE) return [size];
  const first = TWO_BYTE_SIZE + (size & 3);
  return [first, (size - first) / 4];
}
