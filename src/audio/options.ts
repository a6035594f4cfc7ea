/** What sound is started with, and what can be changed while it runs: sources, devices, sending, listening. Pure data. */
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
 * Where samples go, on the wall clock. 'null' keeps the clock and drops the samples; a file is at 48 kHz; 'raw' is
 * standard output. A speaker and a file have the channels of SendingOptions.
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
  /** Of what is captured and sent, and of what is heard. */
  readonly channels: 1 | 2;
  /** Most that is sent, bit/s of RTP packets with all their redundancy. */
  readonly maxBandwidth: number;
  readonly privacy: PrivacyMode;
}

/** How others are listened to. */
export interface ListeningOptions {
  /** How much quieter others are while one with priority speaks, dB; 0 for not at all. */
  readonly attenuateDb: number;
  /** Others are quieter also while we talk. */
  readonly attenuateWhileTalking: boolean;
  /** Short sounds are played for what happens. */
  readonly tones: boolean;
}

export const RECORDING_FORMATS = ['wav', 'ogg'] as const;
export type RecordingFormat = (typeof RECORDING_FORMATS)[number];

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
  /** Of AudioOptions; both hold for voices that are heard already, too. */
  readonly playoutDelayMs?: number;
  readonly maxPlayoutDelayMs?: number;
  readonly listening?: Partial<ListeningOptions>;
}
