/** What two sets of audio settings differ in, as a change that the audio thread can make while it runs. Pure. */
import type { AudioChange, AudioOptions, ListeningOptions, SendingOptions } from '../audio/options.ts';

/**
 * The change that leads from one to the other; an empty one if there is nothing to do. What cannot change while sound
 * runs (input, output, backend, channels, privacy) is no part of it.
 */
export function audioChange(before: AudioOptions, after: AudioOptions): AudioChange {
  const sending = {
    ...differences<SendingOptions>(before.sending, after.sending, ['frameMs', 'vbr', 'dtx', 'maxBandwidth']),
    ...differences<AudioOptions>(before, after, ['bitrate', 'complexity']),
  };
  const parts = {
    sending,
    cleaning: differences(before.cleaning, after.cleaning, ['noiseSuppression', 'autoGain', 'limiter']),
    activation: differences(before.activation, after.activation, ['thresholdDb', 'holdMs']),
    listening: differences<ListeningOptions>(before.listening, after.listening, [
      'attenuateDb',
      'attenuateWhileTalking',
      'tones',
    ]),
  };
  const filled = Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0);
  return {
    ...differences(before, after, ['talkMode', 'inputDevice', 'outputDevice', 'echoCancel']),
    ...differences(before, after, ['playoutDelayMs', 'maxPlayoutDelayMs']),
    ...Object.fromEntries(filled),
  };
}

/** Those of the keys whose values differ, with the later value. */
function differences<T extends object>(
  before: T | undefined,
  after: T | undefined,
  keys: readonly (keyof T)[],
): Partial<T> {
  const changed = keys.filter((key) => after?.[key] !== undefined && after[key] !== before?.[key]);
  return Object.fromEntries(changed.map((key) => [key, after?.[key]])) as Partial<T>;
}
