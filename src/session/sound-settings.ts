/** The settings of sound that can be changed while it runs: their keys, and what they are to the audio thread. Pure. */
import type { OpusFrameMs } from '../audio/frame.ts';
import type { AudioChange, AudioOptions, TalkMode } from '../audio/options.ts';

/** What is in force. */
export interface SoundSettings {
  readonly talkMode: TalkMode;
  /** A device's name, or a part of it; "" is the system's. */
  readonly inputDevice: string;
  readonly outputDevice: string;
  /** Opus bitrate, bit/s. */
  readonly bitrate: number;
  /** Length of an Opus frame, ms. */
  readonly frameMs: OpusFrameMs;
  readonly noiseSuppression: boolean;
  readonly autoGain: boolean;
  readonly limiter: boolean;
  /** Level that counts as speech, dB of full scale. */
  readonly thresholdDb: number;
  /** Milliseconds that speech keeps the microphone open. */
  readonly holdMs: number;
}

/** Their keys in the configuration. */
export const SOUND_KEYS = {
  talkMode: 'audio.talk_mode',
  inputDevice: 'audio.input_device',
  outputDevice: 'audio.output_device',
  bitrate: 'audio.bitrate',
  frameMs: 'audio.frame_ms',
  noiseSuppression: 'audio.noise_suppression',
  autoGain: 'audio.auto_gain',
  limiter: 'audio.limiter',
  thresholdDb: 'audio.voice_threshold_db',
  holdMs: 'audio.voice_hold_ms',
} as const satisfies Record<keyof SoundSettings, string>;

export const DEFAULT_SOUND: SoundSettings = {
  talkMode: 'push',
  inputDevice: '',
  outputDevice: '',
  bitrate: 32_000,
  frameMs: 20,
  noiseSuppression: false,
  autoGain: false,
  limiter: false,
  thresholdDb: -45,
  holdMs: 300,
};

/** What the audio thread was started with. */
export function soundSettingsOf({
  talkMode,
  inputDevice,
  outputDevice,
  bitrate,
  sending,
  cleaning,
  activation,
}: AudioOptions): SoundSettings {
  return {
    ...DEFAULT_SOUND,
    ...cleaning,
    ...activation,
    bitrate,
    frameMs: sending?.frameMs ?? DEFAULT_SOUND.frameMs,
    talkMode: talkMode ?? 'push',
    inputDevice: inputDevice ?? '',
    outputDevice: outputDevice ?? '',
  };
}

/** The same change in the audio thread's words. */
export function audioChangeOf(change: Partial<SoundSettings>): AudioChange {
  const { talkMode, inputDevice, outputDevice, noiseSuppression, autoGain, limiter } = change;
  const { thresholdDb, holdMs, bitrate, frameMs } = change;
  const cleaning = defined({ noiseSuppression, autoGain, limiter });
  const activation = defined({ thresholdDb, holdMs });
  const sending = defined({ bitrate, frameMs });
  return {
    ...defined({ talkMode, inputDevice, outputDevice }),
    ...(Object.keys(cleaning).length === 0 ? {} : { cleaning }),
    ...(Object.keys(activation).length === 0 ? {} : { activation }),
    ...(Object.keys(sending).length === 0 ? {} : { sending }),
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
