/**
 * What a listener tells a speaker: a compound RTCP packet of a receiver report (RR; RFC 3550, 6.4.2) and an extended
 * report (XR; RFC 3611) with a VoIP metrics block (4.7) for each speaker that the RR names. Pure.
 *
 *   RR   V=2 P=0 RC | PT=201 | length     XR   V=2 P=0 0 | PT=207 | length
 *        SSRC of the listener                  SSRC of the listener
 *        RC x report block (24 bytes):         RC x VoIP metrics block (36 bytes):
 *          SSRC of the speaker                   BT=7 | 0 | length=8
 *          fraction lost | cumulative lost       SSRC of the speaker
 *          extended highest sequence number      loss, discard rate, burst, gap density   each 1/256
 *          interarrival jitter, samples          burst duration, gap duration             ms
 *          last SR = 0                           round trip, end system delay             ms, 0: not told
 *          delay since last SR = 0               signal, noise, RERL = 127, Gmin = 1
 *                                                R, ext. R, MOS-LQ, MOS-CQ = 127
 *                                                RX config | 0 | jitter buffer: nominal, maximum, abs. maximum  ms
 *
 * Loss is that of packets, before redundancy gave any back: it is what the sender's choice of redundancy follows. The
 * metrics are of the last seconds, not of the whole call. With Gmin = 1 a burst is a run of packets lost one after the
 * other; a single lost packet counts as a run of one, so that loss and mean run say what a Gilbert model needs.
 *
 * RTCP is told from RTP on the same channel by its second byte, 192..223 (RFC 5761, 4). The station reads whom a report
 * is from and whom it names. Nothing here throws on wire input, nor reads past its end.
 */

const RECEIVER_REPORT = 201;
const EXTENDED_REPORT = 207;
const VOIP_METRICS = 7;

/** Header and reporter of either packet, bytes. */
const HEADER_BYTES = 8;
const RR_BLOCK_BYTES = 24;
const VOIP_BLOCK_BYTES = 36;
/** Speakers in one report: more than anybody hears at once; 15 x 60 + 16 bytes fit into a datagram. */
export const MAX_REPORT_BLOCKS = 15;
/** Adaptive jitter buffer (10), rate 2, standard concealment (10): the byte of RFC 3611, 4.7.6. */
const RX_CONFIG = 0b10_10_0010;
const UNAVAILABLE = 127;
const MAX_CUMULATIVE = 0x7fffff;

/** What one listener has to say of one speaker. */
export interface ReceptionReport {
  /** The speaker. */
  readonly ssrc: number;
  /** Share of packets lost since the last report, 0..1. */
  readonly fractionLost: number;
  /** Packets lost since the beginning; negative if there were duplicates. */
  readonly cumulativeLost: number;
  /** Extended highest sequence number, 0..2^32-1. */
  readonly highestSeq: number;
  /** Interarrival jitter, samples. */
  readonly jitter: number;
  readonly metrics: VoiceMetrics;
}

/** Of the last seconds. Shares are 0..1; times are ms, 0..65,535. */
export interface VoiceMetrics {
  /** Share of packets that never came. */
  readonly lossRate: number;
  /** Share of frames that came, but too late or for another reason in vain. */
  readonly discardRate: number;
  /** Mean length of a run of lost packets, ms; 0 without loss. */
  readonly burstMs: number;
  /** Mean time between such runs, ms. */
  readonly gapMs: number;
  /** From receipt to playout now, ms. */
  readonly playoutDelayMs: number;
  /** The same at its longest in this call, ms. */
  readonly longestDelayMs: number;
  /** What it will never exceed, ms. */
  readonly maxDelayMs: number;
}

/** A compound packet. */
export interface VoiceReports {
  /** The listener. */
  readonly reporter: number;
  readonly reports: readonly ReceptionReport[];
}

/** Whether a packet of the voice channel is RTCP, by its second byte. */
export function isRtcp(bytes: Uint8Array): boolean {
  const type = bytes[1] ?? 0;
  return type >= 192 && type <= 223;
}

/** Lays out a compound packet. Precondition: at most MAX_REPORT_BLOCKS reports. */
export function encodeReports({ reporter, reports }: VoiceReports): Uint8Array<ArrayBuffer> {
  const rrBytes = HEADER_BYTES + reports.length * RR_BLOCK_BYTES;
  const xrBytes = HEADER_BYTES + reports.length * VOIP_BLOCK_BYTES;
  const view = new DataView(new ArrayBuffer(rrBytes + xrBytes));
  writeHeader(view, 0, RECEIVER_REPORT, reports.length, rrBytes, reporter);
  writeHeader(view, rrBytes, EXTENDED_REPORT, 0, xrBytes, reporter);
  for (const [i, report] of reports.entries()) {
    writeReportBlock(view, HEADER_BYTES + i * RR_BLOCK_BYTES, report);
    writeMetrics(view, rrBytes + HEADER_BYTES + i * VOIP_BLOCK_BYTES, report);
  }
  return new Uint8Array(view.buffer);
}

/** Reads a compound packet as encodeReports makes it; undefined for anything else. */
export function decodeReports(bytes: Uint8Array): VoiceReports | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = countOf(view);
  if (count === undefined) return undefined;
  const reports: ReceptionReport[] = [];
  const rrBytes = HEADER_BYTES + count * RR_BLOCK_BYTES;
  for (let i = 0; i < count; i++) {
    const block = HEADER_BYTES + i * RR_BLOCK_BYTES;
    const metrics = rrBytes + HEADER_BYTES + i * VOIP_BLOCK_BYTES;
    const ours =
      view.getUint8(metrics) === VOIP_METRICS &&
      view.getUint16(metrics + 2) === VOIP_BLOCK_BYTES / 4 - 1 &&
      view.getUint32(metrics + 4) === view.getUint32(block);
    if (!ours) return undefined;
    reports.push({ ...readReportBlock(view, block), metrics: readMetrics(view, metrics) });
  }
  return { reporter: view.getUint32(4), reports };
}

/** The number of reports, if the lengths and both headers are exactly those of a compound packet of ours. */
function countOf(view: DataView): number | undefined {
  if (view.byteLength < 2 * HEADER_BYTES) return undefined;
  const count = view.getUint8(0) & 0x1f;
  const rrBytes = HEADER_BYTES + count * RR_BLOCK_BYTES;
  const xrBytes = HEADER_BYTES + count * VOIP_BLOCK_BYTES;
  const whole =
    count >= 1 &&
    count <= MAX_REPORT_BLOCKS &&
    view.byteLength === rrBytes + xrBytes &&
    hasHeader(view, 0, RECEIVER_REPORT, count, rrBytes) &&
    hasHeader(view, rrBytes, EXTENDED_REPORT, 0, xrBytes) &&
    view.getUint32(4) === view.getUint32(rrBytes + 4);
  return whole ? count : undefined;
}

function hasHeader(view: DataView, at: number, type: number, count: number, bytes: number): boolean {
  return (
    view.getUint8(at) === (0x80 | count) &&
    view.getUint8(at + 1) === type &&
    view.getUint16(at + 2) === bytes / 4 - 1
  );
}

function writeHeader(
  view: DataView,
  at: number,
  type: number,
  count: number,
  bytes: number,
  reporter: number,
): void {
  view.setUint8(at, 0x80 | count);
  view.setUint8(at + 1, type);
  view.setUint16(at + 2, bytes / 4 - 1); // in words, less one
  view.setUint32(at + 4, reporter);
}

function writeReportBlock(view: DataView, at: number, report: ReceptionReport): void {
  const lost = Math.max(-MAX_CUMULATIVE - 1, Math.min(MAX_CUMULATIVE, report.cumulativeLost));
  view.setUint32(at, report.ssrc);
  view.setUint32(at + 4, (share(report.fractionLost) << 24) | (lost & 0xffffff));
  view.setUint32(at + 8, report.highestSeq);
  view.setUint32(at + 12, Math.min(0xffffffff, Math.round(report.jitter)));
}

function readReportBlock(view: DataView, at: number): Omit<ReceptionReport, 'metrics'> {
  return {
    ssrc: view.getUint32(at),
    fractionLost: view.getUint8(at + 4) / 256,
    cumulativeLost: (view.getInt32(at + 4) << 8) >> 8,
    highestSeq: view.getUint32(at + 8),
    jitter: view.getUint32(at + 12),
  };
}

function writeMetrics(view: DataView, at: number, { ssrc, metrics }: ReceptionReport): void {
  view.setUint8(at, VOIP_METRICS);
  view.setUint16(at + 2, VOIP_BLOCK_BYTES / 4 - 1);
  view.setUint32(at + 4, ssrc);
  view.setUint8(at + 8, share(metrics.lossRate));
  view.setUint8(at + 9, share(metrics.discardRate));
  view.setUint8(at + 10, metrics.lossRate > 0 ? 255 : 0); // within a run everything is lost
  view.setUint16(at + 12, ms(metrics.burstMs));
  view.setUint16(at + 14, ms(metrics.gapMs));
  for (const unknown of [20, 21, 22, 24, 25, 26, 27]) view.setUint8(at + unknown, UNAVAILABLE);
  view.setUint8(at + 23, 1); // Gmin
  view.setUint8(at + 28, RX_CONFIG);
  view.setUint16(at + 30, ms(metrics.playoutDelayMs));
  view.setUint16(at + 32, ms(metrics.longestDelayMs));
  view.setUint16(at + 34, ms(metrics.maxDelayMs));
}

function readMetrics(view: DataView, at: number): VoiceMetrics {
  return {
    lossRate: view.getUint8(at + 8) / 256,
    discardRate: view.getUint8(at + 9) / 256,
    burstMs: view.getUint16(at + 12),
    gapMs: view.getUint16(at + 14),
    playoutDelayMs: view.getUint16(at + 30),
    longestDelayMs: view.getUint16(at + 32),
    maxDelayMs: view.getUint16(at + 34),
  };
}

/** A share of 0..1 as a byte of 256ths; all lost is 255. */
function share(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value * 256)));
}

function ms(value: number): number {
  return Math.max(0, Math.min(0xffff, Math.round(value)));
}
