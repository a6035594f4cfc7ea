/** From settings to what the audio thread is started with. Pure. */
import type { AudioOptions, InputSpec, OutputSpec, RawSamples } from '../audio/options.ts';
import type { Context } from './context.ts';
import { listeningOptions } from './listening.ts';
import { sendingOptions } from './sending-options.ts';

/** Raw sound without options. */
const RAW: RawSamples = { rate: 48_000, channels: 1 };

/** The audio settings in force. */
export function audioOptions(context: Context, trace: string | null, raw: RawSamples = RAW): AudioOptions {
  const { backend, bitrate, complexity, playoutDelayMs, maxPlayoutDelayMs, input, output, ...rest } =
    context.config.audio;
  const { inputDevice, outputDevice, noiseSuppression, autoGain, limiter, echoCancel } = rest;
  return {
    backend,
    bitrate,
    complexity,
    playoutDelayMs,
    maxPlayoutDelayMs,
    input: inputSpec(input, raw),
    output: outputSpec(output, raw),
    inputDevice,
    outputDevice,
    cleaning: { noiseSuppression, autoGain, limiter },
    activation: { thresholdDb: rest.voiceThresholdDb, holdMs: rest.voiceHoldMs },
    echoCancel,
    trace,
    sending: sendingOptions(context.config),
    listening: listeningOptions(context, { headless: true }),
  };
}

function inputSpec(text: string, raw: RawSamples): InputSpec {
  if (text === '-') return { kind: 'raw', ...raw };
  return text === 'mic' || text === 'tone' || text === 'silence'
    ? { kind: text }
    : { kind: 'file', path: text };
}

function outputSpec(text: string, raw: RawSamples): OutputSpec {
  if (text === '-') return { kind: 'raw', ...raw };
  return text === 'speaker' || text === 'null' ? { kind: text } : { kind: 'file', path: text };
}

/** What raw sound is like, by the options of a command. */
export function rawSamples(rate: number = RAW.rate, channels: number = RAW.channels): RawSamples {
  return { rate, channels: channels === 2 ? 2 : 1 };
}
