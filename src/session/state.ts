/** What a client knows, as one immutable value. Types only; reduce.ts changes it. */
import type { VoiceHealth } from '../audio/fault.ts';
import type { AudioDevices, DeviceState } from '../audio/messages.ts';
import type { TalkMode } from '../audio/options.ts';
import type { LoopbackMode } from '../net/control/schema.ts';
import type { Phase, TunnelStats } from '../net/tunnel/messages.ts';
import type { SoundSettings } from './sound-settings.ts';

export type { RecordingFormat } from '../audio/options.ts';
export { TALK_MODES, type TalkMode } from '../audio/options.ts';
export type { LoopbackMode } from '../net/control/schema.ts';
export type { TunnelStats } from '../net/tunnel/messages.ts';

/** Lines that a room keeps in memory; older ones are in the store. */
export const MAX_LINES = 1000;

/** One line of a chat pane. Text comes from others as it was: whoever draws it must clean it. */
export type Line =
  | {
      readonly kind: 'message';
      readonly id: string;
      /** Position in the room, or null while the station has not acknowledged it. */
      readonly seq: number | null;
      readonly from: string;
      /** Milliseconds since 1970: the station's clock once acknowledged, else ours. */
      readonly at: number;
      readonly text: string;
      readonly state: 'pending' | 'sent';
      /** The key of whoever wrote it, if the station said. */
      readonly key?: string | undefined;
    }
  | { readonly kind: 'notice'; readonly id: string; readonly at: number; readonly text: string };

export interface MemberState {
  readonly id: number;
  readonly name: string;
  readonly talking: boolean;
  /** Its key's fingerprint, if the station said. */
  readonly key?: string | undefined;
  /** It records what is said here, or keeps the last seconds. */
  readonly recording?: boolean | undefined;
  readonly replay?: boolean | undefined;
}

/** What the user wants of a person, wherever it is met. */
export interface Person {
  /** What it was called last. */
  readonly name: string;
  /** Volume, dB; 0 is as it comes. */
  readonly db: number;
  /** Not heard. */
  readonly muted: boolean;
  /** Neither heard nor read. */
  readonly blocked: boolean;
  /** Others are quieter while it speaks. */
  readonly priority: boolean;
}

/** What belongs to listening. */
export interface ListeningState {
  /** Of whom something is wanted, by personKey. */
  readonly people: Readonly<Record<string, Person>>;
  /** Directory that we record to, or null. */
  readonly recording: string | null;
  /** Why the last recording ended by itself, or null. */
  readonly recordingFailure: string | null;
  /** We keep the last seconds for /replay. */
  readonly replay: boolean;
  /** How each voice came through in the last seconds. */
  readonly health: readonly PersonHealth[];
  /** What we send against loss, and for whom; null for nothing. */
  readonly redundancy: Redundancy | null;
}

/** A voice over the last seconds, and whose it is. */
export interface PersonHealth extends VoiceHealth {
  readonly name: string;
}

/** Redundancy in what we send: bit/s more than without, and the listener who needs it. */
export interface Redundancy {
  readonly addedBps: number;
  readonly name: string;
  readonly lossPct: number;
}

export interface RoomState {
  readonly name: string;
  /** Joined on this connection; false while offline. */
  readonly joined: boolean;
  readonly members: readonly MemberState[];
  /** In order: acknowledged messages by seq, then pending ones; notices where they happened. */
  readonly lines: readonly Line[];
  /** Messages that came while another room was shown. */
  readonly unread: number;
  /** Highest seq held. */
  readonly lastSeq: number;
  /** Older messages may exist before the first line. */
  readonly older: boolean;
}

export type Link =
  | Extract<Phase, { at: 'connecting' | 'offline' | 'failed' }>
  | { readonly at: 'online'; readonly station: string };

export interface VoiceState {
  /** What opens the microphone. */
  readonly mode: TalkMode;
  /** The user wants to talk (mode 'push'): the talk key, a command, or a program through the local socket. */
  readonly talking: boolean;
  /** Talking goes on without a key that is held. */
  readonly latched: boolean;
  /** Frames are being sent now. */
  readonly sending: boolean;
  readonly muted: boolean;
  /** Somebody speaks into the muted microphone. */
  readonly mutedSpeech: boolean;
  readonly deafened: boolean;
  readonly input: DeviceState;
  readonly output: DeviceState;
}

/** What the settings pane shows of sound. */
export interface SoundState {
  readonly settings: SoundSettings;
  /** As they were when they were last asked for. */
  readonly devices: AudioDevices;
  /** Our own voice goes nowhere but back to us. */
  readonly loopback: LoopbackMode;
  /** How long it takes to, from mouth to ear, ms; null before it came. */
  readonly loopbackMs: number | null;
}

export interface State {
  readonly self: { readonly name: string; readonly member: number | null };
  /** As the user would write it: user@host:port. */
  readonly target: string;
  readonly link: Link;
  readonly rooms: readonly RoomState[];
  /** The room shown, where voice goes. */
  readonly current: string | null;
  readonly voice: VoiceState;
  readonly sound: SoundState;
  readonly listening: ListeningState;
  readonly stats: TunnelStats | null;
}

/** Levels in -dBov (0 loudest, 127 silence): they change too often for State. */
export interface Levels {
  readonly mic: number;
  readonly speaker: number;
}

/** One row of the settings pane: a key of the configuration, its value in force and where that comes from. */
export interface SettingRow {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly source: 'flag' | 'environment' | 'saved' | 'file' | 'default';
  readonly help: string;
}
