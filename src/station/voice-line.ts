/** Voice through a station: what a member may send, who hears it, and the echo room's line with its timer. */
import { isRtcp } from '../net/protocol/rtcp.ts';
import { withSsrc } from '../net/protocol/rtp.ts';
import type { Counters } from './counters.ts';
import { ECHO_SSRC, EchoLine } from './echo.ts';
import { TokenBucket, VOICE_FRAMES, VOICE_REPORTS, voiceBytes } from './limits.ts';
import { type Route, routeReport, routeVoice, type VoiceDrop } from './relay.ts';
import type { Rooms } from './rooms.ts';

const DROP_COUNTERS = {
  malformed: 'voiceMalformed',
  spoofed: 'voiceSpoofed',
  roomless: 'voiceRoomless',
} as const satisfies Record<VoiceDrop, keyof Counters>;

/** What one member's voice may take. */
export class VoiceAllowance {
  readonly #frames: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #reports: TokenBucket;

  /** @param maxBitrate most bit/s; 0 for no bound of the operator's. */
  constructor(maxBitrate: number, now: number) {
    this.#frames = new TokenBucket(VOICE_FRAMES, now);
    this.#bytes = new TokenBucket(voiceBytes(maxBitrate), now);
    this.#reports = new TokenBucket(VOICE_REPORTS, now);
  }

  takeReport(now: number): boolean {
    return this.#reports.take(1, now);
  }

  take(bytes: number, now: number): boolean {
    return this.#frames.take(1, now) && this.#bytes.take(bytes, now);
  }
}

export class VoiceLine {
  readonly #rooms: Rooms;
  readonly #counters: Counters;
  readonly #send: (member: number, packet: Uint8Array, now: number) => boolean;
  readonly #echo = new EchoLine();
  #echoTimer: NodeJS.Timeout | undefined;

  /** @param send seals one voice packet for a member; true if it went out. */
  constructor(
    rooms: Rooms,
    counters: Counters,
    send: (member: number, packet: Uint8Array, now: number) => boolean,
  ) {
    this.#rooms = rooms;
    this.#counters = counters;
    this.#send = send;
  }

  /** Takes a packet of a member and gives it to those who hear it, or whom it reports on. */
  hear(speaker: number, allowance: VoiceAllowance, packet: Uint8Array, now: number): void {
    if (isRtcp(packet)) return this.#report(speaker, allowance, packet, now);
    this.#counters.voiceIn += 1;
    if (!allowance.take(packet.length, now)) {
      this.#counters.voiceLimited += 1;
      return;
    }
    if (this.#rooms.hushed.has(speaker, this.#rooms.voiceRoomOf(speaker), now)) {
      this.#counters.voiceSilenced += 1;
      return;
    }
    const route: Route = routeVoice(this.#rooms, speaker, packet);
    if (route === 'echo') this.#startEcho(speaker, packet, now);
    else if (route === 'mirror') this.#say(speaker, withSsrc(packet, ECHO_SSRC), now);
    else if (typeof route === 'string') this.#counters[DROP_COUNTERS[route]] += 1;
    else for (const member of route) if (member !== speaker) this.#say(member, packet, now);
  }

  #report(listener: number, allowance: VoiceAllowance, packet: Uint8Array, now: number): void {
    this.#counters.reportsIn += 1;
    if (!allowance.takeReport(now)) {
      this.#counters.voiceLimited += 1;
      return;
    }
    const route = routeReport(this.#rooms, listener, packet);
    if (typeof route === 'string') this.#counters[DROP_COUNTERS[route]] += 1;
    else
      for (const member of route)
        if (member !== listener && this.#send(member, packet, now)) this.#counters.reportsOut += 1;
  }

  close(): void {
    clearTimeout(this.#echoTimer);
  }

  #say(member: number, packet: Uint8Array, now: number): void {
    if (this.#send(member, packet, now)) this.#counters.voiceOut += 1;
  }

  #startEcho(member: number, packet: Uint8Array, now: number): void {
    if (!this.#echo.push(member, packet, now)) this.#counters.voiceLimited += 1;
    else if (!this.#echoTimer) this.#armEcho(now);
  }

  #armEcho(now: number): void {
    const due = this.#echo.nextDeadline();
    this.#echoTimer =
      due === Number.POSITIVE_INFINITY
        ? undefined
        : setTimeout(() => this.#emitEcho(), Math.max(1, due - now));
  }

  #emitEcho(): void {
    const now = performance.now();
    for (let frame = this.#echo.poll(now); frame; frame = this.#echo.poll(now)) {
      this.#say(frame.member, frame.packet, now);
    }
    this.#armEcho(now);
  }
}
