/** Every word between a client's main thread and its audio worker. Plain data only; see port.ts. */
import type { MessagePort } from 'node:worker_threads';
import type { LogFields, LogLevel } from '../log.ts';
import type { OpusFrameMs } from './frame.ts';

/** Which packages reach the sound devices. 'auto' takes the one with the lowest latency that works here. */
export const AUDIO_BACKENDS = ['auto', 'pulse', 'miniaudio', 'process', 'packages'] as const;
export type AudioBackend = (typeof AUDIO_BACKENDS)[number];

/**
 * When what the microphone hears is sent: while the talk key says so, while somebody speaks into it, or always. Muted,
 * it never is.
 */
export const TALK_MODES = ['push', 'voice', 'continuous'] as const;
export type TalkMode = (typeof TALK_MODES)[number];

/** Raw 16-bit samples, little endian: 8,000..192,000 Hz, 1 or 2 channels. */
export interface RawSamples {
  readonly rate: number;
  readonly channels: 1 | 2;
}

/**
 * Where samples come from. 'silence' listens only: it never talks. 'tone' is a 440 Hz test tone, 'raw' standard input.
 */
export type InputSpec =
  | { readonly kind: 'mic' }
  | { readonly kind: 'tone' }
  | { readonly kind: 'silence' }
  | ({ readonly kind: 'raw' } & RawSamples)
  | { readonly kind: 'file'; readonly path: string };

/**
 * Where samples go, on the wall clock. 'null' keeps the clock and drops the samples; a file is 48 kHz mono; 'raw' is
 * standard output.
 */
export type OutputSpec =
  | { readonly kind: 'speaker' }
  | { readonly kind: 'null' }
  | ({ readonly kind: 'raw' } & RawSamples)
  | { readonly kind: 'file'; readonly path: string };

/** What an observer of the network may learn: 'constant' hides when one talks, at the cost of sending all the time. */
export const PRIVACY_MODES = ['off', 'constant'] as const;
export type PrivacyMode = (typeof PRIVACY_MODES)[number];

/** How what we say is sent. */
export interface SendingOptions {
  /** Length of an Opus frame, ms; against long runs of loss it may be made shorter. */
  readonly frameMs: OpusFrameMs;
  /** Variable bitrate. */
  readonly vbr: boolean;
  /** Silence within the talk is not sent. */
  readonly dtx: boolean;
  readonly channels: 1 | 2;
  /** Most that is sent, bit/s of RTP packets with all their redundancy. */
  readonly maxBandwidth: number;
  readonly privacy: PrivacyMode;
}

/** Signs that something happened, as short sounds. */
export const TONES = ['join', 'leave', 'mute', 'unmute'] as const;
export type Tone = (typeof TONES)[number];

/** How others are listened to. */
export interface ListeningOptions {
  /** How much quieter others are while one with priority speaks, dB; 0 for not at all. */
  readonly attenuateDb: number;
  /** Others are quieter also while we talk. */
  readonly attenuateWhileTalking: boolean;
  /** Short sounds are played for what happens. */
  readonly tones: boolean;
}

/** Somebody who may be heard, and how. */
export interface HeardVoice {
  readonly ssrc: number;
  readonly name: string;
  /** Volume, dB; null for not at all: it is then neither kept nor recorded either. */
  readonly gainDb: number | null;
  /** Others are quieter while it speaks. */
  readonly priority: boolean;
}

export const RECORDING_FORMATS = ['wav', 'ogg'] as const;
export type RecordingFormat = (typeof RECORDING_FORMATS)[number];

/** What became of a recording. */
export interface RecordingEnd {
  /** Its directory, and the names of the files in it. */
  readonly directory: string;
  readonly files: readonly string[];
  /** Why it is not complete, or null. */
  readonly failure: string | null;
}

/** What is done to a microphone's sound; a file, a tone or a pipe is sent as it is. */
export interface CleaningOptions {
  /** RNNoise: takes noise away, and tells speech from noise for voice activation. It costs 10 ms of delay. */
  readonly noiseSuppression: boolean;
  /** Brings speech to one level. */
  readonly autoGain: boolean;
  /** Turns down what would clip. */
  readonly limiter: boolean;
}

/** When sound counts as speech (mode 'voice'). */
export interface ActivationSettings {
  /** From this level on, dB of full scale, -80..-10. */
  readonly thresholdDb: number;
  /** The microphone stays open for so long after the last of it, ms. */
  readonly holdMs: number;
}

export interface AudioOptions {
  readonly input: InputSpec;
  readonly output: OutputSpec;
  readonly backend: AudioBackend;
  /** Opus bitrate, bit/s, 6,000..128,000. */
  readonly bitrate: number;
  /** Opus complexity, 0..10. */
  readonly complexity: number;
  /** Shortest playout delay that the jitter buffers aim at, ms, 0..500. */
  readonly playoutDelayMs: number;
  /** Longest playout delay, ms, 50..1000; 250 if it is not given. */
  readonly maxPlayoutDelayMs?: number;
  /** Path of the NDJSON trace, or null. */
  readonly trace: string | null;
  /** Names as `devices` has them, or parts of them; "" or nothing for the system's standard device. */
  readonly inputDevice?: string;
  readonly outputDevice?: string;
  /** Without it a microphone's sound is sent as it is. */
  readonly cleaning?: CleaningOptions;
  /** Without it -45 dB and 300 ms. */
  readonly activation?: ActivationSettings;
  /** 'push' without it. */
  readonly talkMode?: TalkMode;
  /** The sound server takes the echo of our speaker out of what our microphone hears. */
  readonly echoCancel?: boolean;
  /** Without it 20 ms mono, variable, with redundancy up to 160 kbit/s. */
  readonly sending?: SendingOptions;
  /** Without it everybody is heard as they come, and there are no tones. */
  readonly listening?: ListeningOptions;
}

/** What can be changed while sound runs; what is left out stays as it is. */
export interface AudioChange {
  /** Channels and privacy stay as they were. */
  readonly sending?: Partial<SendingOptions> & { readonly bitrate?: number; readonly complexity?: number };
  readonly cleaning?: Partial<CleaningOptions>;
  readonly activation?: Partial<ActivationSettings>;
  readonly talkMode?: TalkMode;
  /** A device's name as `devices` lists it, "" for the system's default. The device in use is changed at once. */
  readonly inputDevice?: string;
  readonly outputDevice?: string;
  readonly echoCancel?: boolean;
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
