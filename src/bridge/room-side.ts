/**
 * The bridge towards the room: voice packets with as many copies of earlier frames as the room's listeners need, and what we have
 * to report of those whom we hear. Pure: told the time, ms.
 *
 * The frames are another program's, so there is no bitrate to turn down: copies are what the bandwidth leaves.
 */
import { OPUS_FRAMES_MS, type OpusFrameMs } from '../audio/frame.ts';
import { type Copies, Packetizer } from '../audio/packetizer.ts';
import { RedundancyPlanner } from '../audio/redundancy.ts';
import { bandwidthOf, windowOf } from '../audio/redundancy-model.ts';
import { reportIntervalMs } from '../audio/report-interval.ts';
import {
  decodeReports,
  encodeReports,
  MAX_REPORT_BLOCKS,
  type ReceptionReport,
} from '../net/protocol/rtcp.ts';
import { encodeVoiceFrame, SAMPLE_RATE } from '../net/protocol/rtp.ts';
import type { InletFrame } from './inlet.ts';

/** What the other program's frames say of their level: nobody decodes them here, so it is that of usual speech, -dBov. */
const LEVEL = 30;
/** How often a plan is looked at while frames come, ms. */
const PLAN_INTERVAL_MS = 250;
/** Until frames have come to measure it by, bit/s. */
const FIRST_BITRATE = 32_000;
/** A frame's share in the mean bitrate, and the steps in which that counts, bit/s. */
const FRAME_SHARE = 0.02;
const BITRATE_STEP = 4000;
/** Opus has none below. */
const MIN_BITRATE = 6000;

export class RoomSide {
  readonly #maxBandwidth: number;
  readonly #planner: RedundancyPlanner;
  readonly #packetizer = new Packetizer();
  #ssrc: number | null = null;
  /** Most bit/s that the station takes, and whether it takes more than plain frames. */
  #cap = Number.POSITIVE_INFINITY;
  #plain = true;
  #bitrate = FIRST_BITRATE;
  #frameMs: OpusFrameMs = 20;
  #copies: Copies = { depth: 0, spacing: 1 };
  #planAtMs = 0;
  #reportAtMs = 0;

  /** @param maxBandwidth bit/s of RTP packets, copies included. */
  constructor(maxBandwidth: number) {
    this.#maxBandwidth = maxBandwidth;
    this.#planner = new RedundancyPlanner(this.#limits());
  }

  /** See ToAudio 'session'. */
  setSession(ssrc: number | null, maxBitrate?: number): void {
    this.#ssrc = ssrc;
    this.#plain = maxBitrate === undefined;
    this.#cap = maxBitrate || Number.POSITIVE_INFINITY;
    this.#packetizer.clear();
    this.#planner.setLimits(this.#limits());
  }

  /** The packet of a frame; undefined if there is no session to send it in. */
  packet(inlet: InletFrame, nowMs: number): Uint8Array | undefined {
    if (this.#ssrc === null) return undefined;
    const frame = { ...inlet, ssrc: this.#ssrc, last: false, level: LEVEL, duration: inlet.samples };
    if (this.#plain) return encodeVoiceFrame(frame);
    this.#measure(inlet);
    this.#plan(nowMs);
    return this.#packetizer.frame(frame, this.#copies);
  }

  /** Takes a listener's report: anything at all. */
  reported(packet: Uint8Array, nowMs: number): void {
    const decoded = decodeReports(packet);
    const report = decoded?.reports.find(({ ssrc }) => ssrc === this.#ssrc);
    if (decoded && report) this.#planner.report(decoded.reporter, report, this.#frameMs, nowMs);
  }

  /** Our reports that are due, encoded. `reports` is asked only then. */
  reports(reports: () => readonly ReceptionReport[], nowMs: number): Uint8Array[] {
    if (this.#ssrc === null || this.#plain || nowMs < this.#reportAtMs) return [];
    const reporter = this.#ssrc;
    const all = reports();
    this.#reportAtMs = nowMs + reportIntervalMs(all);
    const packets: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += MAX_REPORT_BLOCKS)
      packets.push(encodeReports({ reporter, reports: all.slice(at, at + MAX_REPORT_BLOCKS) }));
    return packets;
  }

  /** What the frames take by themselves; a change of it is a change of what the budget leaves. */
  #measure({ payload, samples }: InletFrame): void {
    const ms = (samples * 1000) / SAMPLE_RATE;
    const before = this.#limits();
    this.#bitrate += ((payload.length * 8000) / ms - this.#bitrate) * FRAME_SHARE;
    this.#frameMs = OPUS_FRAMES_MS.findLast((length) => length <= ms) ?? 10;
    const { bitrate, frameMs } = this.#limits();
    if (bitrate !== before.bitrate || frameMs !== before.frameMs) this.#planner.setLimits(this.#limits());
  }

  #plan(nowMs: number): void {
    if (nowMs < this.#planAtMs) return;
    this.#planAtMs = nowMs + PLAN_INTERVAL_MS;
    const plan = this.#planner.plan(nowMs);
    // A plan for shorter frames than come is followed as far back, with fewer copies.
    const same = plan.frameMs === this.#frameMs;
    const { depth, spacing } = same ? plan : { depth: Math.ceil(windowOf(plan) / this.#frameMs), spacing: 1 };
    this.#copies = { depth: Math.min(depth, this.#affordable()), spacing };
  }

  /** Copies that the budget leaves. */
  #affordable(): number {
    const { bitrate, frameMs, maxBandwidth } = this.#limits();
    const own = bandwidthOf({ depth: 0, spacing: 1, bitrate, frameMs });
    const each =
      bandwidthOf({ depth: 2, spacing: 1, bitrate, frameMs }) -
      bandwidthOf({ depth: 1, spacing: 1, bitrate, frameMs });
    return Math.max(0, Math.floor((maxBandwidth - own) / each));
  }

  #limits(): { bitrate: number; frameMs: OpusFrameMs; maxBandwidth: number } {
    const bitrate = Math.max(MIN_BITRATE, Math.round(this.#bitrate / BITRATE_STEP) * BITRATE_STEP);
    return { bitrate, frameMs: this.#frameMs, maxBandwidth: Math.min(this.#maxBandwidth, this.#cap) };
  }
}
