/**
 * Opus packets as an Ogg file (RFC 3533, RFC 7845). Pure: packets in, pages out.
 *
 *   page: "OggS", version 0, flags, granule position (64), serial, page number, CRC-32, segments, lacing, packets
 *   page 0: OpusHead      page 1: OpusTags      then: audio, at most a second or 255 segments a page
 *
 * The granule position of a page counts the samples at 48 kHz up to the end of its last packet. Packets never go on in
 * the next page, so that a file whose writer was killed ends with a whole one.
 */
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';

/** Decoded samples to skip at the start: what libopus' encoder looks ahead (6.5 ms). */
export const PRE_SKIP = 312;
/** Segments of a page (RFC 3533, section 6). */
const MAX_SEGMENTS = 255;
/** A page is full when it holds this many samples: what a kill can lose. */
const PAGE_SAMPLES = SAMPLE_RATE;
const PAGE_HEADER_BYTES = 27;

const FLAG_FIRST = 2;
const FLAG_LAST = 4;

export interface OggOptions {
  /** What it is to be played with, 1 or 2, however its packets are coded (RFC 7845, section 5.1.1); 1 if it is not given. */
  readonly channels?: number;
  /** Random, to tell streams apart. */
  readonly serial: number;
  /** Comments, as in Vorbis: TITLE, DATE. */
  readonly tags: Readonly<Record<string, string>>;
}

export class OggOpus {
  readonly #serial: number;
  readonly #channels: number;
  readonly #tags: OggOptions['tags'];
  #page = 0;
  #granule = 0;
  #pageStart = 0;
  #packets: Uint8Array[] = [];
  #segments = 0;

  constructor({ serial, channels = 1, tags }: OggOptions) {
    this.#serial = serial;
    this.#channels = channels;
    this.#tags = tags;
  }

  /** Samples written, the pre-skip included. */
  get granule(): number {
    return this.#granule;
  }

  /** The two pages that come first. */
  head(): Uint8Array {
    return Buffer.concat([
      this.#pageOf([opusHead(this.#channels)], FLAG_FIRST, 0),
      this.#pageOf([opusTags(this.#tags)], 0, 0),
    ]);
  }

  /** Adds a packet of `samples`; returns the pages that it completed, if any. At most 1,275 bytes. */
  packet(payload: Uint8Array, samples: number): Uint8Array | undefined {
    const segments = Math.floor(payload.length / 255) + 1;
    const full = this.#segments + segments > MAX_SEGMENTS || this.#granule - this.#pageStart >= PAGE_SAMPLES;
    const pages = full ? this.#flush(0) : undefined;
    this.#packets.push(payload);
    this.#segments += segments;
    this.#granule += samples;
    return pages;
  }

  /**
   * The last page, which may be without packets. What it has beyond `granule` is cut off by whoever plays it (RFC 7845,
   * section 4.4); what earlier pages have stays.
   */
  end(granule: number): Uint8Array {
    this.#granule = Math.max(this.#pageStart, Math.min(this.#granule, granule));
    return this.#flush(FLAG_LAST);
  }

  #flush(flags: number): Uint8Array {
    const page = this.#pageOf(this.#packets, flags, this.#granule);
    this.#packets = [];
    this.#segments = 0;
    this.#pageStart = this.#granule;
    return page;
  }

  #pageOf(packets: readonly Uint8Array[], flags: number, granule: number): Uint8Array {
    const lacing = packets.flatMap(lacingOf);
    const header = Buffer.alloc(PAGE_HEADER_BYTES + lacing.length);
    header.write('OggS', 'latin1');
    header.writeUInt8(flags, 5);
    header.writeBigUInt64LE(BigInt(granule), 6);
    header.writeUInt32LE(this.#serial, 14);
    header.writeUInt32LE(this.#page++, 18);
    header.writeUInt8(lacing.length, 26);
    header.set(lacing, PAGE_HEADER_BYTES);
    const page = Buffer.concat([header, ...packets]);
    page.writeUInt32LE(oggCrc(page), 22);
    return page;
  }
}

/** 255 for each full segment, then what is left, also if that is nothing. */
function lacingOf({ length }: Uint8Array): number[] {
  return [...Array<number>(Math.floor(length / 255)).fill(255), length % 255];
}

/** RFC 7845, section 5.1: version 1, no gain, mapping family 0. */
function opusHead(channels: number): Uint8Array {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head.writeUInt8(1, 8);
  head.writeUInt8(channels, 9);
  head.writeUInt16LE(PRE_SKIP, 10);
  head.writeUInt32LE(SAMPLE_RATE, 12);
  return head;
}

/** RFC 7845, section 5.2. */
function opusTags(tags: OggOptions['tags']): Uint8Array {
  const comments = Object.entries(tags).map(([name, value]) => counted(`${name}=${value}`));
  const count = Buffer.alloc(4);
  count.writeUInt32LE(comments.length);
  return Buffer.concat([Buffer.from('OpusTags', 'latin1'), counted('voipterm'), count, ...comments]);
}

function counted(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8');
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  return Buffer.concat([size, bytes]);
}

/** RFC 3533, section 6: polynomial 0x04c11db7, not reflected, zero at both ends. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc >>> 0;
});

/** The checksum of a page whose own field is zero. */
export function oggCrc(page: Uint8Array): number {
  let crc = 0;
  for (const byte of page) crc = (crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0);
  return crc >>> 0;
}
