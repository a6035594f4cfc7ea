/**
 * Which members hear a voice packet. Pure, and the hot path of a station: it looks at the RTP header, never at the
 * payload, and makes nothing new for a listener.
 */
import { speakerOf } from '../net/protocol/rtp.ts';
import { ECHO_ROOM } from './echo.ts';
import type { Rooms } from './rooms.ts';

/** Why a packet went nowhere. */
export type VoiceDrop =
  /** Not a voice frame. */
  | 'malformed'
  /** It claims to be another member's. */
  | 'spoofed'
  /** The speaker's voice is in no room. */
  | 'roomless';

export type Route = VoiceDrop | 'echo' | readonly number[];

/**
 * Where a packet from `speaker` goes: everybody whose voice is in the same room, which includes the speaker, who
 * must be left out; or the echo line; or nowhere.
 */
export function routeVoice(rooms: Rooms, speaker: number, packet: Uint8Array): Route {
  const named = speakerOf(packet);
  if (named === undefined) return 'malformed';
  if (named !== speaker) return 'spoofed';
  const room = rooms.voiceRoomOf(speaker);
  if (room === null) return 'roomless';
  return room === ECHO_ROOM ? 'echo' : rooms.voicesIn(room);
}
