/**
 * The sending half of a voice: talker, packets, and how much redundancy they carry.
 *
 * What listeners report changes the plan, and with it the encoder and the copies in each packet. Our own reports to those
 * whom we hear leave from here too, since they are packets of the voice channel. Pure: told the time, ns.
 */
import {
  decodeReports,
  encodeReports,
  MAX_REPORT_BLOCKS,
  type ReceptionReport,
} from '../net/protocol/rtcp.ts';
import { MAX_VOICE_BYTES } from '../net/protocol/rtp.ts';
import { nsToMs, type OpusFrameMs } from './frame.ts';
import type { AudioEvent } from './messages.ts';
import type { AudioOptions, SendingOptions } from './options.ts';
import type { OpusSettings } from './opus.ts';
import { type ConstantRate, type Outgoing, PacketStream } from './packet-stream.ts';
import { type RedundancyPlan, RedundancyPlanner } from './redundancy.ts';
import { bandwidthOf, plainShape, type Shape, type ShapeLimits } from './redundancy-model.ts';
import { reportIntervalMs } from './report-interval.ts';
import { Talker } from './talker.ts';

/** Without options. */
export const DEFAULT_SENDING: SendingOptions = {
  frameMs: 20,
  vbr: true,
  dtx: false,
  channels: 1,
  maxBandwidth: 160_000,
  privacy: 'off',
};

/** Channels of what is captured and sent, and of what is heard. */
export function channelsOf({ sending = DEFAULT_SENDING }: Pick<AudioOptions, 'sending'>): 1 | 2 {
  return sending.channels;
}

/** Two channels of 20 ms are the most that the module's encoder takes. */
const LONGEST_STEREO_MS = 20;
/** What each packet carries at a constant rate: what brings back nearly all of 10 % loss. */
const CONSTANT_COPIES = { depth: 2, spacing: 1 } as const;
/** Of the station's bound we use this much: a variable bitrate is more at times. */
const OF_CAP = 0.9;
/** The least that Opus is asked for, bit/s. */
const MIN_BITRATE = 6000;
/** Of the same shape not more is told than this, ms: it is read by a person. */
const TELL_MS = 2000;
/** How often a plan is looked at while we speak, ms. */
const PLAN_INTERVAL_MS = 250;

/** What the encoder and the packets are made with; changed while one talks. */
export interface SendingSettings extends SendingOptions {
  readonly bitrate: number;
  readonly complexity: number;
}

export interface SendingParts {
  readonly settings: SendingSettings;
  readonly firstSeq: number;
  readonly firstTimestamp: number;
  readonly emit: (event: AudioEvent) => void;
  /** Takes each packet in the order of sending. */
  readonly send: (outgoing: Outgoing) => void;
  /** Takes a report of ours, encoded. */
  readonly sendReport: (packet: Uint8Array<ArrayBuffer>) => void;
  /** What we have to say of those whom we hear; nothing of the silent. */
  readonly reports: () => readonly ReceptionReport[];
  /** Frames began or stopped to be sent. */
  readonly onTalking: (on: boolean) => void;
}

export class Sending {
  readonly talker: Talker;
  readonly #parts: SendingParts;
  readonly #stream: PacketStream;
  readonly #planner: RedundancyPlanner;
  #settings: SendingSettings;
  /** Most bit/s that the station takes from us; Infinity if it does not say. */
  #cap = Number.POSITIVE_INFINITY;
  /** The station knows no redundant data. */
  #plain = false;
  /** Copies would only make every frame later. */
  #crowded = false;
  #ssrc: number | null = null;
  #shape: Shape;
  /** What was told last, and when, ms. */
  #told: { readonly shape: string; readonly loss: number | null; readonly at: number } | undefined;
  /** The time that we were told last, ms. */
  #nowMs = 0;
  #planAtMs = 0;
  #reportAtMs = 0;

  constructor(parts: SendingParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
    const { channels } = parts.settings;
    this.#planner = new RedundancyPlanner(this.#limits());
    this.#shape = this.#wanted();
    const { firstTimestamp, onTalking } = parts;
    this.talker = new Talker({ ...this.#opusSettings(), channels, firstTimestamp, onTalking });
    this.#stream = new PacketStream({ firstSeq: parts.firstSeq, constant: this.#constantRate() });
    this.#stream.setCopies(this.#shape);
  }

  /** Whether something that was said is still to be sent. */
  get pending(): boolean {
    return this.talker.active || this.#stream.pending;
  }

  /** Whether something leaves by the output's clock, now or soon: tails, or slots of a constant rate. */
  get ticking(): boolean {
    return this.#constant || this.#stream.pending;
  }

  /**
   * Our SSRC in the datagram session, or null: nothing can be sent. `maxBitrate` is what the station takes of a member,
   * bit/s; 0 for any. A station that does not say knows neither redundant data nor reports, and gets none.
   */
  setSession(ssrc: number | null, maxBitrate?: number): void {
    this.#ssrc = ssrc;
    if (ssrc !== null) this.#setCap(maxBitrate);
    this.talker.setSession(ssrc !== null);
    this.#stream.setSession(ssrc);
  }

  /**
   * Whether packets go into a byte stream that is full. Listeners report what comes late as lost, but no copy comes
   * sooner there: each takes the place of a frame.
   */
  setCrowded(crowded: boolean): void {
    if (crowded === this.#crowded) return;
    this.#crowded = crowded;
    this.#limitsChanged();
  }

  /** Holds from the next frame on. Channels and privacy stay as they were. */
  configure(change: Partial<SendingSettings>): void {
    const { channels, privacy } = this.#settings;
    this.#settings = { ...this.#settings, ...change, channels, privacy };
    this.#limitsChanged();
  }

  /** Takes a captured chunk (see Talker.frame), and sends what it completes. */
  captured(samples: Int16Array, captureNs: bigint, final: boolean, nowNs: bigint): void {
    this.#nowMs = nsToMs(nowNs);
    for (const frame of this.talker.frame(samples, captureNs, final)) {
      this.#plan();
      const outgoing = this.#stream.spoken(frame, nowNs);
      if (outgoing) this.#parts.send(outgoing);
    }
  }

  /** Sends what is due without a frame: tails, cover packets, reports. Call it every tick. */
  tick(nowNs: bigint): void {
    this.#nowMs = nsToMs(nowNs);
    for (const outgoing of this.#stream.tick(nowNs)) this.#parts.send(outgoing);
    // At a constant rate a report would tell when somebody else speaks.
    if (this.#ssrc !== null && !this.#constant && !this.#plain) this.#report(this.#ssrc);
  }

  /** Takes a listener's report: anything at all. */
  reported(packet: Uint8Array, nowNs: bigint): void {
    this.#nowMs = nsToMs(nowNs);
    const decoded = decodeReports(packet);
    const report = decoded?.reports.find(({ ssrc }) => ssrc === this.#ssrc);
    if (!decoded || !report) return;
    this.#planner.report(decoded.reporter, report, this.#shape.frameMs, this.#nowMs);
    this.#planAtMs = 0;
  }

  close(): void {
    this.talker.close();
  }

  get #constant(): boolean {
    return this.#settings.privacy === 'constant';
  }

  #setCap(maxBitrate: number | undefined): void {
    const plain = maxBitrate === undefined;
    const cap = maxBitrate ? maxBitrate * OF_CAP : Number.POSITIVE_INFINITY;
    if (cap === this.#cap && plain === this.#plain) return;
    this.#cap = cap;
    this.#plain = plain;
    this.#limitsChanged();
  }

  #report(reporter: number): void {
    if (this.#nowMs < this.#reportAtMs) return;
    const reports = this.#parts.reports();
    this.#reportAtMs = this.#nowMs + reportIntervalMs(reports);
    for (let at = 0; at < reports.length; at += MAX_REPORT_BLOCKS)
      this.#parts.sendReport(encodeReports({ reporter, reports: reports.slice(at, at + MAX_REPORT_BLOCKS) }));
  }

  #limitsChanged(): void {
    this.#planner.setLimits(this.#limits());
    this.#stream.setConstant(this.#constantRate());
    this.#reshape(this.#wanted());
  }

  #plan(): void {
    if (this.#nowMs < this.#planAtMs) return;
    this.#planAtMs = this.#nowMs + PLAN_INTERVAL_MS;
    const { bitrate, depth, spacing, frameMs } = this.#shape;
    const shape = this.#wanted();
    const same =
      shape.bitrate === bitrate &&
      shape.depth === depth &&
      shape.spacing === spacing &&
      shape.frameMs === frameMs;
    if (!same) this.#reshape(shape);
  }

  #reshape(shape: Shape): void {
    this.#shape = shape;
    this.talker.configure(this.#opusSettings());
    this.#stream.setCopies(shape);
  }

  /** What to send as now seems best. */
  #wanted(): Shape {
    if (this.#constant) return constantShape(this.#limits());
    if (this.#plain) return plainShape(this.#limits());
    const plan = this.#crowded
      ? { ...plainShape(this.#limits()), addedBps: 0, because: null }
      : this.#planner.plan(this.#nowMs);
    this.#tell(plan);
    return plan;
  }

  /** Tells of a new shape at once, and of a loss that is another now and then. */
  #tell({ depth, spacing, bitrate, frameMs, addedBps, because }: RedundancyPlan): void {
    const rounded = because && { ssrc: because.ssrc, lossPct: Math.round(because.lossPct) };
    const event = {
      event: 'redundancy',
      depth,
      spacing,
      bitrate,
      frameMs,
      addedBps,
      because: rounded,
    } as const;
    const shape = JSON.stringify([depth, spacing, bitrate, frameMs, because?.ssrc]);
    const loss = rounded?.lossPct ?? null;
    if (shape === this.#told?.shape && (loss === this.#told.loss || this.#nowMs < this.#told.at + TELL_MS))
      return;
    this.#told = { shape, loss, at: this.#nowMs };
    this.#parts.emit(event);
  }

  #limits(): ShapeLimits {
    const { bitrate, channels, frameMs, maxBandwidth } = this.#settings;
    const longest: OpusFrameMs = channels === 2 && frameMs > LONGEST_STEREO_MS ? LONGEST_STEREO_MS : frameMs;
    return { bitrate, frameMs: longest, maxBandwidth: Math.min(maxBandwidth, this.#cap) };
  }

  #opusSettings(): OpusSettings {
    const { complexity, vbr, dtx } = this.#settings;
    const { bitrate, frameMs } = this.#shape;
    return { bitrate, frameMs, complexity, vbr: vbr && !this.#constant, dtx: dtx && !this.#constant };
  }

  #constantRate(): ConstantRate | undefined {
    if (!this.#constant) return undefined;
    const { bitrate, frameMs } = constantShape(this.#limits());
    return { frameMs, frameBytes: Math.round((bitrate * frameMs) / 8000) };
  }
}

/** At a constant rate the copies stay; the bitrate is what the budget and a datagram leave. */
function constantShape({ bitrate, frameMs, maxBandwidth }: ShapeLimits): Shape {
  const most = Math.min(maxBandwidth, (MAX_VOICE_BYTES * 8000) / frameMs);
  const shape = { ...CONSTANT_COPIES, bitrate, frameMs };
  while (shape.bitrate > MIN_BITRATE && bandwidthOf(shape) > most)
    shape.bitrate = Math.max(MIN_BITRATE, shape.bitrate - 1000);
  return shape;
}
