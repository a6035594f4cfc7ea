/** The settings of listening and of what is kept: what the audio thread is told, and where recordings and files go. */
import { join } from 'node:path';
import type { ListeningOptions } from '../audio/options.ts';
import type { FileSettings } from '../session/files.ts';
import type { KeepingSettings } from '../session/keeping.ts';
import type { Context } from './context.ts';
import { configuredPath } from './paths.ts';

/** How others are heard. A headless caller gives no signs: what it hears is for a file or a program. */
export function listeningOptions(
  { config }: Context,
  { headless }: { readonly headless: boolean },
): ListeningOptions {
  const { attenuateDb, attenuateWhenTalking, tones } = config.audio;
  return { attenuateDb, attenuateWhileTalking: attenuateWhenTalking, tones: tones && !headless };
}

export function keepingSettings({ config, paths }: Context): KeepingSettings {
  const { replay, recordings, recordFormat } = config.audio;
  return {
    replay,
    recordings: configuredPath(recordings, join(paths.data, 'recordings'), paths.home),
    format: recordFormat,
  };
}

export function fileSettings({ config, paths }: Context): FileSettings {
  const { directory, maxMb } = config.files;
  return {
    directory: configuredPath(directory, join(paths.home, 'Downloads'), paths.home),
    maxBytes: maxMb * 1024 * 1024,
    home: paths.home,
  };
}
