/**
 * Voice on the wire: an RTP packet (RFC 3550, RFC 7587) with a one-byte header extension (RFC 8285).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |V=2|0|1|  CC=0 |M|  PT         |        sequence number        |
 *   |                  timestamp (48 kHz samples)                   |
 *   |              SSRC = the speaker's member id                   |
 *   |       0xBE    |     0xDE      |      length = 1 (word)        |
 *   | ID=1 | len=0  |V|  level      | ID=2 | len=0  |    flags      |
 *   |     PT 111: an Opus packet; PT 112: redundant data (red.ts)   |
 *
 * M marks the first frame of a talk spurt. level is the audio level of RFC 6464 in -dBov (0 loudest, 127
 * silence), V its voice-activity bit. flags bit 0 marks the last frame of a talk spurt, bit 1 a cover packet.
 *
 * Two packets bring no frame of their own, only copies of earlier ones, and are PT 112. A tail follows a spurt's last
 * frame, so that this one too is sent more than once: it is marked last, and its timestamp is the spurt's end, that of
 * the last frame plus the frame's length. A cover packet is sent where there is nothing to say, for the sake of a
 * constant rate; if it is marked last, it is a tail too.
 *
 * The station reads and checks the headers, never a payload. Pure: no clock, no socket.
 */
import { decodeRed, encodeRed, FILLER_PAYLOAD_TYPE, type RedBlock, type RedundantFrame } from './red.ts';

/** Opus. */
export const RTP_PAYLOAD_TYPE = 111;
/** Redundant data that holds Opus (RFC 2198). */
const RED_PAYLOAD_TYPE = 112;
export const RTP_HEADER_BYTES = 20;
/** Samples a second of the RTP clock and of every sample in the program. */
export const SAMPLE_RATE = 48_000;
/** Largest packet: what a datagram takes on every path (MAX_PAYLOAD_BYTES in constants.ts). */
export const MAX_VOICE_BYTES = 1200;
/** Largest Opus payload that we accept: RFC 6716 allows 1,275 bytes, a datagram less. */
export const MAX_OPUS_BYTES = MAX_VOICE_BYTES - RTP_HEADER_BYTES;
/** The longest Opus packet, 120 ms (RFC 6716, section 3.2.5), samples. */
const MAX_OPUS_SAMPLES = 5760;

const FLAG_LAST = 1;
const FLAG_COVER = 2;

/** One voice frame. */
export interface VoiceFrame {
  /** RTP sequence number, 0..65535. */
  readonly seq: number;
  /** RTP timestamp in 48 kHz samples, 0..2^32-1. */
  readonly timestamp: number;
  /** The speaker's member id, 0..2^32-1. */
  readonly ssrc: number;
  /** First frame of a talk spurt. */
  readonly marker: boolean;
  /** Last frame of a talk spurt, or what comes after it (a tail). */
  readonly last: boolean;
  /** Audio level in -dBov, 0 (loudest) .. 127 (silence). */
  readonly level: number;
  /** The Opus packet; empty in a tail and in a cover packet, which bring no frame of their own. */
  readonly payload: Uint8Array;
}

/** A voice packet: a frame and copies of earlier ones. */
export interface VoicePacket extends VoiceFrame {
  /** Sent where there was nothing to say: it brings no frame of its own. */
  readonly cover: boolean;
  /** Copies of earlier frames, oldest first. */
  readonly redundant: readonly RedundantFrame[];
}

/** How a packet's payload is laid out when it is more than one Opus packet. */
export interface RedLayout {
  readonly cover?: boolean;
  /** Oldest first; see encodeRed for the bounds. */
  readonly blocks: readonly RedBlock[];
  /** The frame's own block is a filler: there is no frame. */
  readonly filler?: boolean;
}

/** Lays a frame out in a buffer of its own. Precondition: the payload is not over MAX_OPUS_BYTES. */
export function encodeVoiceFrame(frame: VoiceFrame): Uint8Array<ArrayBuffer> {
  return encode(frame, RTP_PAYLOAD_TYPE, frame.payload, frame.last ? FLAG_LAST : 0);
}

/** Lays out a packet with redundant data. Precondition: it is not over MAX_VOICE_BYTES. */
export function encodeVoicePacket(frame: VoiceFrame, red: RedLayout): Uint8Array<ArrayBuffer> {
  const payload = encodeRed(red.blocks, frame.payload, red.filler ? FILLER_PAYLOAD_TYPE : RTP_PAYLOAD_TYPE);
  return encode(
    frame,
    RED_PAYLOAD_TYPE,
    payload,
    (frame.last ? FLAG_LAST : 0) | (red.cover ? FLAG_COVER : 0),
  );
}

function encode(
  frame: VoiceFrame,
  payloadType: number,
  payload: Uint8Array,
  flags: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(RTP_HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x90); // version 2, no padding, extension, no CSRC
  view.setUint8(1, (frame.marker ? 0x80 : 0) | payloadType);
  view.setUint16(2, frame.seq);
  view.setUint32(4, frame.timestamp);
  view.setUint32(8, frame.ssrc);
  view.setUint16(12, 0xbede);
  view.setUint16(14, 1);
  view.setUint8(16, 0x10); // id 1, one byte
  view.setUint8(17, 0x80 | (frame.level & 0x7f));
  view.setUint8(18, 0x20); // id 2, one byte
  view.setUint8(19, flags);
  bytes.set(payload, RTP_HEADER_BYTES);
  return bytes;
}

/** What the fixed part of a packet says. */
interface VoiceHeader extends Omit<VoicePacket, 'payload' | 'redundant'> {
  readonly payloadType: number;
}

function decodeHeader(bytes: Uint8Array): VoiceHeader | undefined {
  if (bytes.length <= RTP_HEADER_BYTES || bytes.length > MAX_VOICE_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payloadType = view.getUint8(1) & 0x7f;
  const fixed =
    view.getUint8(0) === 0x90 &&
    (payloadType === RTP_PAYLOAD_TYPE || payloadType === RED_PAYLOAD_TYPE) &&
    view.getUint32(12) === 0xbede0001 &&
    view.getUint8(16) === 0x10 &&
    view.getUint8(18) === 0x20;
  if (!fixed) return undefined;
  return {
    payloadType,
    seq: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    marker: (view.getUint8(1) & 0x80) !== 0,
    level: view.getUint8(17) & 0x7f,
    last: (view.getUint8(19) & FLAG_LAST) !== 0,
    cover: (view.getUint8(19) & FLAG_COVER) !== 0,
  };
}

/** The speaker that a packet names; undefined if its header is none of ours. For a station: it looks no further. */
export function speakerOf(bytes: Uint8Array): number | undefined {
  return decodeHeader(bytes)?.ssrc;
}

/**
 * Reads a packet; the payloads are views into `bytes`. Undefined for anything that is not exactly ours, and for what
 * brings neither a frame nor a copy, unless it is a cover packet or a tail.
 */
export function decodeVoicePacket(bytes: Uint8Array): VoicePacket | undefined {
  const decoded = decodeHeader(bytes);
  if (!decoded) return undefined;
  const { payloadType, ...header } = decoded;
  const data = bytes.subarray(RTP_HEADER_BYTES);
  if (payloadType === RTP_PAYLOAD_TYPE) {
    // A cover packet is constant in size, and so is redundant data: a bare Opus packet is none.
    return header.cover ? undefined : { ...header, payload: data, redundant: [] };
  }
  const red = decodeRed(data, RTP_PAYLOAD_TYPE);
  if (!red) return undefined;
  const empty = red.payload.length === 0;
  if (header.cover ? !empty : empty && !header.last) return undefined;
  return { ...header, ...red };
}

/** Frame lengths of the configurations of RFC 6716, table 2, samples. */
const SILK_SAMPLES = [480, 960, 1920, 2880];
const HYBRID_SAMPLES = [480, 960];
const CELT_SAMPLES = [120, 240, 480, 960];

/** How long an Opus packet sounds by its first byte or two (RFC 6716, section 3.1), samples; 0 if it is none. */
export function opusDuration(payload: Uint8Array): number {
  const toc = payload[0];
  if (toc === undefined) return 0;
  const counts = [1, 2, 2, (payload[1] ?? 0) & 0x3f];
  const samples = tocSamples(toc >> 3) * (counts[toc & 3] ?? 0);
  return samples <= MAX_OPUS_SAMPLES ? samples : 0;
}

function tocSamples(config: number): number {
  if (config < 12) return SILK_SAMPLES[config & 3] ?? 0;
  return (config < 16 ? HYBRID_SAMPLES[config & 1] : CELT_SAMPLES[config & 3]) ?? 0;
}

/** A copy of an encoded frame that names another speaker (the echo room does this). */
export function withSsrc(bytes: Uint8Array, ssrc: number): Uint8Array {
  const copy = new Uint8Array(bytes); // slice() of a Buffer would share its memory
  new DataView(copy.buffer).setUint32(8, ssrc);
  return copy;
}
