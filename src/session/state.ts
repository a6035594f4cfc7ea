/** What a client knows, as one immutable value. Types only; reduce.ts changes it. */
import type { VoiceHealth } from '../audio/fault.ts';
import type { AudioDevices, DeviceState } from '../audio/messages.ts';
import type { TalkMode } from '../audio/options.ts';
import type { Role } from '../net/control/roles.ts';
import type { LoopbackMode } from '../net/control/schema.ts';
import type { Phase, TunnelStats } from '../net/tunnel/messages.ts';
import type { FilesState } from './file-state.ts';
import type { SettingsState } from './settings-model.ts';
import type { ShellsState } from './shell-state.ts';
import type { Quote, TextState } from './text-state.ts';

export type { RecordingFormat } from '../audio/options.ts';
export { TALK_MODES, type TalkMode } from '../audio/options.ts';
export type { LoopbackMode } from '../net/control/schema.ts';
export type { TunnelStats } from '../net/tunnel/messages.ts';

/** Lines that a room keeps in memory: a window that slides over what the store and the station have. */
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
      /** 'refused' is one of ours that the station will never take: it stands where it was said until the end. */
      readonly state: 'pending' | 'sent' | 'refused';
      /** The key of whoever wrote it, if the station said. */
      readonly key?: string | undefined;
      /** What its author does (/me): shown as "* ann waves". */
      readonly action?: true | undefined;
      /** It names us, or a word that the user watches for. */
      readonly mention?: true | undefined;
      /** The seq of the message that it answers. */
      readonly replyTo?: number | undefined;
      /** The beginning of that message, where it is known: see quoteOf, which prefers the message itself. */
      readonly quote?: Quote | undefined;
      /** When it was last edited, ms since 1970 on the station's clock. */
      readonly edited?: number | undefined;
      /** It was deleted: `text` is "". */
      readonly deleted?: true | undefined;
      /** The place's revision that made it what it is, 0 or absent for as it was written: of two copies the higher is right. */
      readonly revision?: number | undefined;
    }
  | {
      readonly kind: 'notice';
      readonly id: string;
      readonly at: number;
      readonly text: string;
      /** Somebody came, went or is away: less important than what else a notice says. */
      readonly about?: 'presence' | undefined;
    };

export interface MemberState {
  readonly id: number;
  readonly name: string;
  readonly talking: boolean;
  /** Its key's fingerprint, if the station said. */
  readonly key?: string | undefined;
  /** It records what is said here, or keeps the last seconds. */
  readonly recording?: boolean | undefined;
  readonly replay?: boolean | undefined;
  /** Why it is away ("" without a reason); absent while it is here. */
  readonly away?: string | undefined;
  /** In this room; absent for a member like any other. */
  readonly role?: Role | undefined;
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
  /** Not read, but heard. */
  readonly ignored: boolean;
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

/** The message that was jumped to; the serial grows with each jump, also to the same one. */
export interface Jump {
  readonly seq: number;
  readonly serial: number;
}

/** The other one of a conversation. */
export interface Peer {
  /** What it is called now; the place keeps the name that the conversation began with. */
  readonly name: string;
  readonly key: string;
  readonly online: boolean;
}

/** A place: a room, or the conversation with one person. */
export interface RoomState {
  /** What the station calls the place: a room's name, or '@name' for the conversation with somebody. */
  readonly name: string;
  readonly kind: 'room' | 'direct';
  /** Of a conversation: with whom. Null in a room, and until it is known. */
  readonly peer: Peer | null;
  /** Joined on this connection; false while offline. A conversation is joined whenever we are online. */
  readonly joined: boolean;
  /** "" for none. As it was written: whoever draws it must clean it. */
  readonly topic: string;
  readonly members: readonly MemberState[];
  /**
   * In order: acknowledged messages by seq, without a gap between them, then pending ones; notices where they happened.
   * At most MAX_LINES: a window, see `older` and `newer`.
   */
  readonly lines: readonly Line[];
  /** Messages of others after the marker, as far as they are known and not hidden. */
  readonly unread: number;
  /** Those of them that mention us; in a conversation all. */
  readonly mentions: number;
  /** Highest seq that we have read, here or on another client of ours: never goes back. */
  readonly marker: number;
  /**
   * Where the 'new messages' line goes: after the message with this seq, if others wrote anything after it. It stays while
   * the place is shown, so that what is new can be found, and moves up when we write or come back.
   */
  readonly readTo: number;
  /** Highest seq known. */
  readonly lastSeq: number;
  /** Older messages may exist before the first line: {do: 'older'} loads them, and cuts the newest lines off if there are too many. */
  readonly older: boolean;
  /** Newer messages exist after the last line, as the window slid away from the end: {do: 'newer'} or {do: 'newest'}. */
  readonly newer: boolean;
  /** Set when the user jumped to a message, from a search for example: show it. */
  readonly jump: Jump | null;
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
  /** There is no sound in this session and never will be: who talks is seen only. */
  readonly absent?: true;
  readonly input: DeviceState;
  readonly output: DeviceState;
}

/** What the settings pane shows of sound besides its settings. */
export interface SoundState {
  /** As they were when they were last asked for. */
  readonly devices: AudioDevices;
  /** Our own voice goes nowhere but back to us. */
  readonly loopback: LoopbackMode;
  /** How long it takes to, from mouth to ear, ms; null before it came. */
  readonly loopbackMs: number | null;
}

export interface State {
  readonly self: {
    readonly name: string;
    readonly member: number | null;
    /** Our key's fingerprint, if the station said. */
    readonly key?: string | undefined;
  };
  /** As the user would write it: user@host:port. */
  readonly target: string;
  readonly link: Link;
  readonly rooms: readonly RoomState[];
  /** The place shown. */
  readonly current: string | null;
  /** Where voice goes: the room shown, or the one shown last while that is a conversation. */
  readonly voiceRoom: string | null;
  readonly voice: VoiceState;
  readonly sound: SoundState;
  readonly listening: ListeningState;
  readonly shells: ShellsState;
  readonly files: FilesState;
  readonly text: TextState;
  readonly settings: SettingsState;
  readonly stats: TunnelStats | null;
}

/** Levels in -dBov (0 loudest, 127 silence): they change too often for State. */
export interface Levels {
  readonly mic: number;
  readonly speaker: number;
}
