/** Reads an Ogg Opus file as RFC 3533 and RFC 7845 have it, and checks everything that a reader may rely on. */
import { expect } from 'vitest';

export interface OggFile {
  readonly serial: number;
  readonly title: string;
  readonly preSkip: number;
  /** All packets, the two headers first. */
  readonly packets: readonly Uint8Array[];
  /** Of each page with sound in it. */
  readonly granules: readonly number[];
}

/** @param channels What it is to be played with. */
export function readOgg(file: Uint8Array, channels = 1): OggFile {
  const bytes = Buffer.from(file);
  const packets: Buffer[] = [];
  const granules: number[] = [];
  let serial = -1;
  let at = 0;
  let page = 0;
  let flags = 0;
  for (; at < bytes.length; page++) {
    expect(bytes.toString('latin1', at, at + 4)).toBe('OggS');
    expect(bytes[at + 4]).toBe(0);
    flags = bytes[at + 5]!;
    expect(flags & 1).toBe(0); // no packet goes on in another page
    expect((flags & 2) !== 0).toBe(page === 0);
    const granule = Number(bytes.readBigUInt64LE(at + 6));
    if (page >= 2) {
      expect(granule).toBeGreaterThanOrEqual(granules.at(-1) ?? 0);
      granules.push(granule);
    } else expect(granule).toBe(0);
    if (page > 0) expect(bytes.readUInt32LE(at + 14)).toBe(serial);
    serial = bytes.readUInt32LE(at + 14);
    expect(bytes.readUInt32LE(at + 18)).toBe(page);
    const lacing = bytes.subarray(at + 27, at + 27 + bytes[at + 26]!);
    const end = at + 27 + lacing.length + lacing.reduce((sum, one) => sum + one, 0);
    checkSum(bytes.subarray(at, end));
    let from = at + 27 + lacing.length;
    let length = 0;
    for (const segment of lacing) {
      length += segment;
      if (segment === 255) continue;
      packets.push(bytes.subarray(from, from + length));
      from += length;
      length = 0;
    }
    expect(length).toBe(0);
    at = end;
  }
  expect(at).toBe(bytes.length);
  expect(flags & 4).toBe(4);
  const [head, tags] = packets;
  expect(head?.toString('latin1', 0, 8)).toBe('OpusHead');
  expect([...head!.subarray(8, 10), ...head!.subarray(12)]).toEqual([1, channels, 0x80, 0xbb, 0, 0, 0, 0, 0]);
  expect(tags?.toString('latin1', 0, 8)).toBe('OpusTags');
  const title = /TITLE=([ -~]*?)(?:.\0\0\0|$)/s.exec(tags!.toString('latin1'))?.[1] ?? '';
  return { serial, title, preSkip: head!.readUInt16LE(10), packets, granules };
}

/** The slow way, bit by bit, so that the writer's table does not judge itself. */
function checkSum(page: Buffer): void {
  const copy = Buffer.from(page);
  copy.writeUInt32LE(0, 22);
  let crc = 0;
  for (const byte of copy) {
    for (let bit = 7; bit >= 0; bit--) {
      const top = (crc >>> 31) & 1;
      crc = ((crc << 1) >>> 0) | 0;
      if (top !== ((byte >> bit) & 1)) crc ^= 0x04c11db7;
    }
  }
  expect(page.readUInt32LE(22)).toBe(crc >>> 0);
}
