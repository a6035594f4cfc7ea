/**
 * Which members hear a voice packet. Pure, and the hot path of a station: it looks at the RTP header, never at the
 * payload, and makes nothing new for a listener.
 */
import { decodeReports } from '../net/protocol/rtcp.ts';
import { speakerOf } from '../net/protocol/rtp.ts';
import { ECHO_ROOM } from './echo.ts';
import type { Rooms } from './rooms.ts';

/** Why a packet went nowhere. */
export type VoiceDrop =
  /** Not a voice packet, or not a report. */
  | 'malformed'
  /** It claims to be another member's. */
  | 'spoofed'
  /** The speaker's voice is in no room. */
  | 'roomless';

export type Route = VoiceDrop | 'echo' | 'mirror' | readonly number[];

/**
 * Where a packet from `speaker` goes: everybody whose voice is in the same room, which includes the speaker, who
 * must be left out; or the echo line; or straight back; or nowhere.
 */
export function routeVoice(rooms: Rooms, speaker: number, packet: Uint8Array): Route {
  const named = speakerOf(packet);
  if (named === undefined) return 'malformed';
  if (named !== speaker) return 'spoofed';
  const loopback = rooms.loopbackOf(speaker);
  if (loopback !== 'off') return loopback === 'direct' ? 'mirror' : 'echo';
  const room = rooms.voiceRoomOf(speaker);
  if (room === null) return 'roomless';
  return room === ECHO_ROOM ? 'echo' : rooms.voicesIn(room);
}

/**
 * Where a listener's report goes: to those of its room whom it speaks of. A report that names nobody there goes to no
 * one, which is no fault: a speaker may just have left.
 */
export function routeReport(
  rooms: Rooms,
  listener: number,
  packet: Uint8Array,
): VoiceDrop | readonly number[] {
  const decoded = decodeReports(packet);
  if (!decoded) return 'malformed';
  if (decoded.reporter !== listener) return 'spoofed';
  const room = rooms.voiceRoomOf(listener);
  if (room === null) return 'roomless';
  const named = new Set(decoded.reports.map(({ ssrc }) => ssrc));
  return rooms.voicesIn(room).filter((member) => named.has(member));
}
