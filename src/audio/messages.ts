/** Every word between a client's main thread and its audio worker. Plain data only; see port.ts. */
import type { MessagePort } from 'node:worker_threads';
import type { LogFields, LogLevel } from '../log.ts';
import type { AudioChange, AudioOptions, RecordingFormat } from './options.ts';

/** Signs that something happened, as short sounds. */
export const TONES = ['join', 'leave', 'mute', 'unmute'] as const;
export type Tone = (typeof TONES)[number];

/** Somebody who may be heard, and how. */
export interface HeardVoice {
  readonly ssrc: number;
  readonly name: string;
  /** Volume, dB; null for not at all: it is then neither kept nor recorded either. */
  readonly gainDb: number | null;
  /** Others are quieter while it speaks. */
  readonly priority: boolean;
}

/** What became of a recording. */
export interface RecordingEnd {
  /** Its directory, and the names of the files in it. */
  readonly directory: string;
  readonly files: readonly string[];
  /** Why it is not complete, or null. */
  readonly failure: string | null;
}

/** A sound device that can be chosen. */
export interface AudioDevice {
  /** What `inputDevice` and `outputDevice` take, and what a person recognises. */
  readonly name: string;
  /** It is what the system takes without a choice. */
  readonly standard: boolean;
}

export interface AudioDevices {
  readonly inputs: readonly AudioDevice[];
  readonly outputs: readonly AudioDevice[];
}

export type AudioRequests = {
  /**
   * Opens devices and files. A file that cannot be opened rejects ('audio.file'); a device that cannot be opened
   * does not: a 'device' event says what is missing, and text goes on.
   */
  start: {
    ask: { readonly options: AudioOptions; readonly voicePort: MessagePort };
    answer: { readonly startedAtNs: bigint };
  };
  /** The talk key (mode 'push'). A file or tone input talks by itself as soon as it is told to. */
  talk: { ask: { readonly on: boolean }; answer: undefined };
  /** Nothing is sent while muted, in every mode; the microphone is still looked at, for 'muted-speech'. */
  mute: { ask: { readonly on: boolean }; answer: undefined };
  configure: { ask: AudioChange; answer: undefined };
  /** The devices that can be chosen now; empty where they cannot be listed. */
  devices: { ask: undefined; answer: AudioDevices };
  /** Stops or resumes playing what others say (it is counted all the same). */
  deafen: { ask: { readonly on: boolean }; answer: undefined };
  /** Everybody in the room and how they are to be heard; whoever is not named is heard as they come. */
  voices: { ask: { readonly voices: readonly HeardVoice[] }; answer: undefined };
  /** Plays a sign, if tones are wanted. */
  tone: { ask: { readonly tone: Tone }; answer: undefined };
  /** Begins or stops to keep the last 30 seconds of each voice; stopping forgets them. */
  keep: { ask: { readonly on: boolean }; answer: undefined };
  /** Plays the last seconds again, of one voice or (null) of all; 0 seconds stops it. Answers with what there was, seconds. */
  replay: {
    ask: { readonly seconds: number; readonly ssrc: number | null };
    answer: { readonly seconds: number };
  };
  /**
   * Records every voice in a file of its own, and their mix, into a directory that must not exist yet. Rejects with
   * 'audio.file'. `self` is our name.
   */
  record: {
    ask: { readonly directory: string; readonly format: RecordingFormat; readonly self: string };
    answer: undefined;
  };
  /** Ends the recording; null if there is none. */
  recordStop: { ask: undefined; answer: RecordingEnd | null };
  /** Plays out what is buffered, closes devices, finishes the WAV and the trace, and reports. */
  finish: { ask: undefined; answer: VoiceReport };
};

/** Totals of a call. Frames are those of their senders, of 10 to 60 ms. */
export interface VoiceReport {
  readonly frames: {
    readonly sent: number;
    readonly received: number;
    /** Played from redundant data (RFC 2198): their own packets had not come. */
    readonly recovered: number;
    /** Played as packet loss concealment. */
    readonly concealed: number;
    /** Arrived after their playout time. */
    readonly late: number;
    /** Not played for another reason: duplicate, malformed, over a bound. */
    readonly dropped: number;
  };
  /** Interarrival jitter of the last speaker heard (RFC 3550, 6.4.1), ms; null if nothing was heard. */
  readonly jitterMs: number | null;
  /** Time from receipt to playout of the frames played, ms; null if nothing was heard. */
  readonly playoutDelayMs: { readonly p50: number; readonly p95: number } | null;
  /** Each speaker heard. One who was silent for half a minute and came back has another row. */
  readonly speakers: readonly SpeakerStats[];
  /** process.hrtime.bigint() of sample 0 of the output. */
  readonly startedAtNs: bigint;
}

/** How one speaker comes in. Frames are counted from when they were heard first; loss and burst are of the last seconds. */
export interface SpeakerStats {
  readonly ssrc: number;
  /** Interarrival jitter (RFC 3550, 6.4.1), ms. */
  readonly jitterMs: number;
  /** Packets lost, before any was recovered, percent. */
  readonly lossPct: number;
  /** Packets lost in a row, on average; 0 without loss. */
  readonly burst: number;
  /** As in VoiceReport. */
  readonly received: number;
  readonly recovered: number;
  readonly concealed: number;
  readonly late: number;
  readonly dropped: number;
  /** How long frames are held back now beyond the fastest packet's way, ms. */
  readonly playoutDelayMs: number;
  /** Level of the last packet, dBov: 0 loudest, -127 silence. */
  readonly levelDb: number;
  readonly speaking: boolean;
}

/** What a listener reports of our voice: packets lost before redundancy gave any back, percent of the last seconds. */
export interface HeardBy {
  readonly ssrc: number;
  readonly lossPct: number;
}

/** State of one device, for the UI. `detail` says what is missing and what to install. */
export interface DeviceState {
  readonly state: 'off' | 'ok' | 'missing' | 'lost';
  /** For example "@audio/mic (miniaudio)". */
  readonly name: string;
  readonly detail: string;
}

export type AudioEvent =
  | { readonly event: 'ready' }
  /** Levels in -dBov (0 loudest, 127 silence), ten times a second at most. */
  | { readonly event: 'levels'; readonly mic: number; readonly speaker: number }
  /** Whether frames are being sent now. */
  | { readonly event: 'talking'; readonly on: boolean }
  /** A remote speaker's talk spurt began or ended, as heard. */
  | { readonly event: 'speaking'; readonly ssrc: number; readonly on: boolean }
  /** How each speaker comes in who was heard of late; once a second. */
  | { readonly event: 'speakers'; readonly speakers: readonly SpeakerStats[] }
  /** What listeners said of our voice in the last seconds; told before 'speakers'. */
  | { readonly event: 'heard-by'; readonly listeners: readonly HeardBy[] }
  | { readonly event: 'device'; readonly which: 'input' | 'output'; readonly device: DeviceState }
  /** A sound device came or went, or another became the standard one: `devices` has news. */
  | { readonly event: 'devices-changed' }
  /** Echo cancellation was asked for, and works (on) or does not: `detail` says why, and what to do. */
  | { readonly event: 'echo'; readonly on: boolean; readonly detail: string }
  /** Somebody speaks into a muted microphone (told once a spell of speech), or has stopped to. */
  | { readonly event: 'muted-speech'; readonly on: boolean }
  /**
   * What is sent against loss has changed: copies in each packet, frames between them, Opus bit/s and frame. `addedBps`
   * is what that is more than without loss; `because` the listener who governs and its loss, or null.
   */
  | {
      readonly event: 'redundancy';
      readonly depth: number;
      readonly spacing: number;
      readonly bitrate: number;
      readonly frameMs: number;
      readonly addedBps: number;
      readonly because: { readonly ssrc: number; readonly lossPct: number } | null;
    }
  /** How long our own voice takes to come back through the station (docs/talking.md), ms; told while it does. */
  | { readonly event: 'loopback'; readonly latencyMs: number }
  /** The recording had to end: a full disk, or another failure that it names. */
  | { readonly event: 'recording-ended'; readonly end: RecordingEnd }
  /** A file input came to its end and its last frame was sent. */
  | { readonly event: 'input-ended' }
  | { readonly event: 'log'; readonly level: LogLevel; readonly text: string; readonly fields: LogFields };
