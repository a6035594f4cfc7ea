/**
 * The way in: RTP of another program becomes voice frames of ours, without decoding. Pure: told the time and where from.
 *
 * One stream is taken at a time. A packet that does not belong to it (another SSRC, a leap in sequence or time) is held
 * against it and dropped; when the next one follows that packet, the sender has begun anew and is followed (RFC 3550, A.1).
 * Lost packets leave holes in our sequence numbers too, so that listeners see them as lost and not as silence.
 */
import { MAX_OPUS_BYTES, SAMPLE_RATE } from '../net/protocol/rtp.ts';
import { type ForeignPacket, isRtcp, readForeignRtp } from './foreign-rtp.ts';
import { type Piece, Repackager } from './repackager.ts';

/** Another address is not listened to until the one that is heard has been silent for this long, ms. */
const SOURCE_HOLD_MS = 2000;
/** A leap of the sequence number beyond this is another stream (RFC 3550, A.1, has 3000; two seconds are enough here). */
const MAX_LOST = 100;
/** A packet this far behind the newest still finds its place. */
const MAX_BEHIND = 50;
/** A leap of the timestamp beyond this is another stream: 10 s. Pauses advance it by as long as they last. */
const MAX_LEAP_SAMPLES = 10 * SAMPLE_RATE;
/** How far sound may be ahead of the clock, ms: what a stall holds up comes at once, a file read at full speed never ends. */
const MAX_AHEAD_MS = 1000;
/** The clocks of two machines differ by far less. */
const CLOCK_TOLERANCE = 0.99;
/** So long after the last packet nobody talks any more, ms. */
export const TALK_HOLD_MS = 400;

/** Why packets went nowhere, and how many went on. */
export interface InletCounters {
  /** Datagrams that came. */
  received: number;
  /** Voice frames that were sent into the room. */
  passed: number;
  /** No RTP of version 2. */
  malformed: number;
  /** RTCP on the same port: nothing is asked of it. */
  rtcp: number;
  /** RTP of another payload type. */
  payloadType: number;
  /** From another address than the one that is heard. */
  otherSource: number;
  /** Not part of the stream that is heard. */
  otherStream: number;
  /** Came before, or too late to find its place. */
  duplicate: number;
  /** Faster than it can be spoken. */
  tooFast: number;
  /** Invalid as Opus, or a frame too large for a datagram. */
  badOpus: number;
  /** Frames shorter than 10 ms whose neighbours did not come. */
  alone: number;
}

/** A voice frame without its speaker. */
export interface InletFrame {
  readonly seq: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
  /** How long it lasts, samples. */
  readonly samples: number;
}

export interface InletOptions {
  /** The payload type that is Opus, 96..127. */
  readonly payloadType: number;
  /** Random starts, as RFC 3550, 5.1, wants them. */
  readonly firstSeq: number;
  readonly firstTimestamp: number;
}

/** What is known of the stream that is heard. */
interface Stream {
  readonly ssrc: number;
  /** Added to their timestamps gives ours. */
  readonly shift: number;
  /** The newest sequence number, counted on beyond 16 bits. */
  newest: number;
  /** Its timestamp. */
  timestamp: number;
  /** Our numbers that are kept free for packets that did not come (yet). */
  readonly missing: Map<number, number>;
}

export class Inlet {
  readonly #options: InletOptions;
  readonly #counters: InletCounters = {
    received: 0,
    passed: 0,
    malformed: 0,
    rtcp: 0,
    payloadType: 0,
    otherSource: 0,
    otherStream: 0,
    duplicate: 0,
    tooFast: 0,
    badOpus: 0,
    alone: 0,
  };
  #repackager = new Repackager();
  #source = '';
  #heardMs = Number.NEGATIVE_INFINITY;
  /** Until when what came would be spoken, ms. */
  #spokenUntilMs = Number.NEGATIVE_INFINITY;
  #stream: Stream | undefined;
  #candidate: { readonly ssrc: number; readonly seq: number } | undefined;
  #nextSeq: number;
  /** Where the next frame would stand if it followed without a pause. */
  #nextTimestamp: number;
  /** Duration of the packet before it, samples. */
  #lastSamples = 0;

  constructor(options: InletOptions) {
    this.#options = options;
    this.#nextSeq = options.firstSeq;
    this.#nextTimestamp = options.firstTimestamp;
  }

  get counters(): Readonly<InletCounters> {
    return { ...this.#counters, alone: this.#repackager.lost };
  }

  /** Whether somebody talks: a packet went on a short while ago. */
  talking(nowMs: number): boolean {
    return nowMs - this.#heardMs < TALK_HOLD_MS;
  }

  /** Takes a datagram from `source` (any text that tells senders apart); returns what goes into the room. */
  receive(datagram: Uint8Array, source: string, nowMs: number): InletFrame[] {
    this.#counters.received++;
    const packet = this.#read(datagram);
    if (!packet) return [];
    if (source !== this.#source && nowMs - this.#heardMs < SOURCE_HOLD_MS) return this.#drop('otherSource');
    if (!this.#belongs(packet) && !this.#adopt(packet, nowMs)) return this.#drop('otherStream');
    this.#source = source;
    return this.#pass(packet, nowMs);
  }

  #read(datagram: Uint8Array): ForeignPacket | undefined {
    if (isRtcp(datagram)) {
      this.#counters.rtcp++;
      return undefined;
    }
    const packet = readForeignRtp(datagram);
    if (!packet) this.#counters.malformed++;
    else if (packet.payloadType !== this.#options.payloadType) this.#counters.payloadType++;
    else return packet;
    return undefined;
  }

  #drop(reason: keyof InletCounters): InletFrame[] {
    this.#counters[reason]++;
    return [];
  }

  #belongs({ ssrc, seq, timestamp }: ForeignPacket): boolean {
    const stream = this.#stream;
    if (!stream || stream.ssrc !== ssrc) return false;
    const ahead = seqAhead(seq, stream.newest);
    return (
      ahead <= MAX_LOST &&
      ahead >= -MAX_BEHIND &&
      Math.abs(timestampAhead(timestamp, stream.timestamp)) <= MAX_LEAP_SAMPLES
    );
  }

  /** The first stream is taken at once, another when two of its packets came in order. */
  #adopt({ ssrc, seq, timestamp }: ForeignPacket, nowMs: number): boolean {
    const follows = this.#candidate?.ssrc === ssrc && seqAhead(seq, this.#candidate.seq) === 1;
    this.#candidate = { ssrc, seq };
    if (this.#stream && !follows) return false;
    const pauseMs = this.#stream ? Math.max(0, nowMs - this.#heardMs) : 0;
    // A packet comes when it is over, so the time between two of them includes the second.
    const pause = Math.round((pauseMs * SAMPLE_RATE) / 1000) - this.#lastSamples;
    const begin = this.#nextTimestamp + Math.max(0, pause);
    this.#repackager.reset();
    this.#stream = { ssrc, shift: begin - timestamp, newest: seq - 1, timestamp, missing: new Map() };
    return true;
  }

  #pass(packet: ForeignPacket, nowMs: number): InletFrame[] {
    const stream = this.#stream;
    if (!stream) return [];
    const ahead = seqAhead(packet.seq, stream.newest);
    if (ahead <= 0) return this.#passLate(stream, packet, stream.newest + ahead, nowMs);
    if (ahead > 1) this.#repackager.reset();
    const repackaged = this.#repackager.push(packet.payload);
    if (!repackaged || repackaged.pieces.some(({ payload }) => payload.length > MAX_OPUS_BYTES))
      return this.#drop('badOpus');
    if (!this.#inTime(repackaged.samples, nowMs)) {
      this.#repackager.reset();
      return this.#drop('tooFast');
    }
    this.#reserve(stream, ahead - 1, Math.max(1, repackaged.pieces.length));
    const marker = packet.marker || !this.talking(nowMs);
    stream.newest += ahead;
    stream.timestamp = packet.timestamp;
    this.#heardMs = nowMs;
    const frames = repackaged.pieces.map((piece, i) => this.#frame(stream, packet, piece, marker && i === 0));
    this.#nextTimestamp = packet.timestamp + stream.shift + repackaged.samples;
    this.#lastSamples = repackaged.samples;
    return frames;
  }

  /** Keeps our numbers free for packets that are missing, so that they count as lost, or can still come. */
  #reserve(stream: Stream, lost: number, each: number): void {
    for (let i = 1; i <= lost; i++) {
      stream.missing.set(stream.newest + i, this.#nextSeq);
      this.#nextSeq = (this.#nextSeq + each) & 0xffff;
    }
    for (const seq of stream.missing.keys()) if (seq < stream.newest - MAX_BEHIND) stream.missing.delete(seq);
  }

  /** A packet that others overtook takes the number that was kept for it, if it is one frame as they are. */
  #passLate(stream: Stream, packet: ForeignPacket, seq: number, nowMs: number): InletFrame[] {
    const kept = stream.missing.get(seq);
    if (kept === undefined || this.#repackager.gathering) return this.#drop('duplicate');
    stream.missing.delete(seq);
    const repackaged = new Repackager().push(packet.payload);
    const piece = repackaged?.pieces[0];
    if (!piece || piece.payload.length > MAX_OPUS_BYTES) return this.#drop('badOpus');
    if (repackaged.pieces.length !== 1) return this.#drop('duplicate');
    if (!this.#inTime(piece.samples, nowMs)) return this.#drop('tooFast');
    this.#counters.passed++;
    const timestamp = (packet.timestamp + stream.shift) >>> 0;
    return [{ seq: kept, timestamp, marker: false, payload: piece.payload, samples: piece.samples }];
  }

  #frame(stream: Stream, packet: ForeignPacket, piece: Piece, marker: boolean): InletFrame {
    const seq = this.#nextSeq;
    this.#nextSeq = (seq + 1) & 0xffff;
    this.#counters.passed++;
    const timestamp = (packet.timestamp + stream.shift + piece.offset) >>> 0;
    return { seq, timestamp, marker, payload: piece.payload, samples: piece.samples };
  }

  /** Whether so much more sound can be spoken without running away from the clock. */
  #inTime(samples: number, nowMs: number): boolean {
    const until = Math.max(this.#spokenUntilMs, nowMs);
    if (until - nowMs > MAX_AHEAD_MS) return false;
    this.#spokenUntilMs = until + ((samples * 1000) / SAMPLE_RATE) * CLOCK_TOLERANCE;
    return true;
  }
}

/** How far a 16-bit sequence number is ahead of one that counts on, -2^15..2^15-1. */
function seqAhead(seq: number, newest: number): number {
  return ((seq - newest) << 16) >> 16;
}

/** a - b on the circle of RTP timestamps, -2^31..2^31-1 samples. */
function timestampAhead(a: number, b: number): number {
  return (a - b) | 0;
}
