/**
 * A room joined to other programs by RTP: the driver of the two halves.
 *
 *   UDP -> inlet.ts -> voice port -> the tunnel          the tunnel -> voice port -> Listener -> outlet.ts -> UDP
 *
 * It stands where the audio thread stands in a call. There is no screen in this process, so it needs no thread of its own.
 */
import { randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Arrivals } from '../audio/arrivals.ts';
import { Pacer } from '../audio/devices/pacer.ts';
import { TICK_NS } from '../audio/frame.ts';
import { Listener } from '../audio/listener.ts';
import { OpusEncoder } from '../audio/opus.ts';
import { isRtcp } from '../net/protocol/rtcp.ts';
import type { FromAudio, ToAudio } from '../net/protocol/voice-port.ts';
import { Inlet, type InletCounters, TALK_HOLD_MS } from './inlet.ts';
import { OUTLET_PACKET_MS, Outlet } from './outlet.ts';
import { RoomSide } from './room-side.ts';
import { type Address, listenAt, resolved, senderTo } from './socket.ts';

/** What was not sent for longer is not sent later, in a burst, ns. */
const LONGEST_STALL_NS = 200_000_000n;

export interface BridgeOptions {
  /** Our end of the channel to the tunnel. */
  readonly port: MessagePort;
  /** Where RTP is received; port 0 picks a free one. */
  readonly rtpIn: Address | null;
  /** Where RTP is sent. */
  readonly rtpOut: Address | null;
  /** Opus, in both directions: 96..127. */
  readonly payloadType: number;
  /** Of what is sent: bit/s and 0..10. */
  readonly bitrate: number;
  readonly complexity: number;
  readonly playoutDelayMs: number;
  /** Most bit/s that go into the room, copies included. */
  readonly maxBandwidth: number;
  /** The other program began or stopped to talk. */
  readonly onTalking: (on: boolean) => void;
}

export interface BridgeReport {
  readonly in: Readonly<InletCounters> & {
    /** Voice frames that could not be sent since there was no datagram session. */
    readonly unsent: number;
  };
  readonly out: {
    /** RTP packets sent. */
    readonly sent: number;
    /** Voice frames that came from the room. */
    readonly received: number;
    readonly concealed: number;
    readonly late: number;
    readonly dropped: number;
  };
}

export class Bridge {
  /** Where it receives and where it sends, as IP addresses and with the port that was picked. */
  readonly rtpIn: Address | null;
  readonly rtpOut: Address | null;
  readonly #options: BridgeOptions;
  readonly #inlet: Inlet;
  readonly #room: RoomSide;
  readonly #outlet: Outlet;
  readonly #listener: Listener;
  readonly #arrivals: Arrivals;
  readonly #encoder: OpusEncoder;
  readonly #receiver: Socket | undefined;
  readonly #sender: Socket | undefined;
  readonly #pacer: Pacer;
  readonly #talkTimer: NodeJS.Timeout;
  #unsent = 0;
  #talking = false;

  private constructor(
    options: BridgeOptions,
    receiver: Socket | undefined,
    rtpIn: Address | null,
    rtpOut: Address | null,
  ) {
    const { payloadType, bitrate, complexity, playoutDelayMs, port } = options;
    this.#options = options;
    this.#receiver = receiver;
    this.rtpIn = rtpIn;
    this.rtpOut = rtpOut;
    this.#sender = rtpOut ? senderTo(rtpOut) : undefined;
    this.#encoder = new OpusEncoder({
      bitrate,
      complexity,
      frameMs: OUTLET_PACKET_MS,
      channels: 1,
      vbr: true,
      dtx: false,
    });
    const starts = (): { firstSeq: number; firstTimestamp: number } => ({
      firstSeq: randomInt(2 ** 16),
      firstTimestamp: randomInt(2 ** 32),
    });
    this.#inlet = new Inlet({ payloadType, ...starts() });
    this.#room = new RoomSide(options.maxBandwidth);
    this.#outlet = new Outlet({
      payloadType,
      ssrc: randomInt(2 ** 32),
      ...starts(),
      encode: (samples) => this.#encoder.encode(samples),
    });
    const ignore = (): void => undefined;
    this.#listener = new Listener({ playoutDelayMs, onSpeaking: ignore, onHeard: ignore });
    this.#arrivals = new Arrivals((packet, receiveNs) => this.#listener.receive(packet, receiveNs));
    receiver?.on('message', (datagram, from) => this.#receive(datagram, `${from.address} ${from.port}`));
    port.on('message', (message: ToAudio) => this.#onMessage(message));
    const tick = (tickNs: bigint): void => this.#tick(tickNs);
    this.#pacer = new Pacer(process.hrtime.bigint(), tick, {
      longestStallNs: LONGEST_STALL_NS,
      periodNs: TICK_NS,
    });
    this.#talkTimer = setInterval(() => this.#tellTalking(), TALK_HOLD_MS / 4);
  }

  /** Opens the sockets and begins. Throws 'forward.in-use' or 'usage.invalid' for an address that cannot be had. */
  static async open(options: BridgeOptions): Promise<Bridge> {
    const rtpOut = options.rtpOut && (await resolved(options.rtpOut));
    const asked = options.rtpIn && (await resolved(options.rtpIn));
    const receiver = asked ? await listenAt(asked) : undefined;
    const rtpIn = receiver ? { host: receiver.address().address, port: receiver.address().port } : null;
    return new Bridge(options, receiver, rtpIn, rtpOut);
  }

  get talking(): boolean {
    return this.#talking;
  }

  /** What has passed so far. */
  report(): BridgeReport {
    const { received, concealed, late, dropped } = this.#listener.report().frames;
    return {
      in: { ...this.#inlet.counters, unsent: this.#unsent },
      out: { sent: this.#outlet.sent, received, concealed, late, dropped },
    };
  }

  close(): void {
    clearInterval(this.#talkTimer);
    this.#pacer.stop();
    this.#receiver?.close();
    this.#sender?.close();
    this.#options.port.close();
    this.#listener.close();
    this.#encoder.close();
  }

  // in ------------------------------------------------------------------------------------------------

  #receive(datagram: Uint8Array, source: string): void {
    const nowMs = performance.now();
    for (const frame of this.#inlet.receive(datagram, source, nowMs)) {
      const packet = this.#room.packet(frame, nowMs);
      if (packet) this.#say(packet, frame.seq);
      else this.#unsent++;
    }
    this.#tellTalking();
  }

  #say(packet: Uint8Array, seq: number): void {
    const message: FromAudio = { kind: 'send', packet, seq, traced: false };
    this.#options.port.postMessage(message);
  }

  #tellTalking(): void {
    const talking = this.#inlet.talking(performance.now());
    if (talking === this.#talking) return;
    this.#talking = talking;
    this.#options.onTalking(talking);
  }

  // out -----------------------------------------------------------------------------------------------

  #onMessage(message: ToAudio): void {
    if (message.kind === 'session') this.#room.setSession(message.ssrc, message.maxBitrate);
    else if (message.kind !== 'heard') return;
    else if (isRtcp(message.packet)) this.#room.reported(message.packet, performance.now());
    else if (this.#sender) this.#arrivals.push(message);
  }

  #tick(tickNs: bigint): void {
    if (!this.#sender || !this.rtpOut) return; // nobody hears it
    // A stalled thread must not count as late what had come in time: first take in what waits at the port.
    for (let waiting = receiveMessageOnPort(this.#options.port); waiting; ) {
      this.#onMessage(waiting.message as ToAudio);
      waiting = receiveMessageOnPort(this.#options.port);
    }
    this.#arrivals.release(tickNs);
    for (const packet of this.#outlet.push(this.#listener.pull(tickNs, tickNs), tickNs))
      this.#sender.send(packet, this.rtpOut.port, this.rtpOut.host);
    for (const packet of this.#room.reports(() => this.#listener.reports(), performance.now()))
      this.#say(packet, 0);
  }
}
