/**
 * The echo room: what a member says there comes back to that member alone, a moment later, so that one can try a
 * microphone without another person. Pure: a delay line, told the time.
 */
import type { Member } from '../net/control/schema.ts';
import { withSsrc } from '../net/protocol/rtp.ts';

export const ECHO_ROOM = 'echo';
/** Who talks in the echo room. Members' ids are larger: see FIRST_MEMBER_ID. */
export const ECHO_SSRC = 1;
/** Ids below are the station's own. */
export const FIRST_MEMBER_ID = 0x10000;
/** The echo as a member of its room. Nobody else may have the name. */
export const ECHO_MEMBER: Member = { id: ECHO_SSRC, name: 'echo', talking: false };
/** Long enough to finish a short sentence, short enough to wait for. */
export const ECHO_DELAY_MS = 1500;
/** Most frames on the line: 40 members who all talk at 100 frames a second. 6,000 x 1.2 KB is 7 MB. */
export const MAX_ECHO_FRAMES = 6000;
/** Frames that have gone out stay in the array until there are this many, so that it is not shifted for each. */
const COMPACT_AT = 256;

interface Held {
  readonly member: number;
  readonly packet: Uint8Array;
  readonly due: number;
}

export class EchoLine {
  #held: Held[] = [];
  #first = 0;

  /** Takes an encoded voice frame at `now` (ms). False if the line is full: the frame is dropped. */
  push(member: number, packet: Uint8Array, now: number): boolean {
    if (this.#held.length - this.#first >= MAX_ECHO_FRAMES) return false;
    this.#held.push({ member, packet: withSsrc(packet, ECHO_SSRC), due: now + ECHO_DELAY_MS });
    return true;
  }

  /** The next frame that is due, until undefined. */
  poll(now: number): { readonly member: number; readonly packet: Uint8Array } | undefined {
    const next = this.#held[this.#first];
    if (!next || next.due > now) return undefined;
    this.#first += 1;
    if (this.#first >= COMPACT_AT) {
      this.#held.splice(0, this.#first);
      this.#first = 0;
    }
    return next;
  }

  /** When poll() has the next one, ms; Infinity if the line is empty. */
  nextDeadline(): number {
    return this.#held[this.#first]?.due ?? Number.POSITIVE_INFINITY;
  }
}
