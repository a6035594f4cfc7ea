/** The settings of an interface that runs: what its parts take of them, and what follows them by itself. */
import { sentenceOf } from '../errors.ts';
import type { SettingsInForce } from '../session/settings-home.ts';
import { audioOptions } from './audio-options.ts';
import type { LoadedConfig } from './config-load.ts';
import type { Context } from './context.ts';
import { keepingSettings, listeningOptions } from './listening.ts';
import type { FileLogger } from './logging.ts';
import { ClientSettings, type SavedSettings } from './settings-home.ts';
import { readTheme } from './theme-file.ts';

export interface RunningSettings {
  readonly home: ClientSettings;
  /** The context with the settings as they are now. */
  readonly context: () => Context;
}

/** @param start as the program was started, with the log that follows the settings. */
export function clientSettings(
  start: Context & { readonly log: FileLogger },
  store: SavedSettings,
): RunningSettings {
  const { loaded, log } = start;
  const contextOf = (now: LoadedConfig): Context => ({ ...start, loaded: now, config: now.config });
  const home = new ClientSettings({
    store,
    loaded,
    inForce: (now) => inForce(contextOf(now)),
    judge: themeProblem,
    onChanged: ({ config: { logging } }) =>
      log.configure({ level: logging.level, maxBytes: logging.fileMaxBytes }),
  });
  return { home, context: () => contextOf(home.loaded) };
}

function themeProblem(path: string, text: string, { file }: LoadedConfig): string | undefined {
  if (path !== 'ui.theme') return undefined;
  try {
    readTheme(text, file);
    return undefined;
  } catch (error) {
    return `cannot be ${text}: ${sentenceOf(error)}`;
  }
}

function inForce(context: Context): SettingsInForce {
  const { audio, ui } = context.config;
  const listening = listeningOptions(context, { headless: false });
  return {
    audio: { ...audioOptions(context, null), talkMode: audio.talkMode, listening },
    keeping: keepingSettings(context),
    text: {
      highlight: ui.highlight,
      quiet: ui.quiet,
      notify: ui.notify,
      bell: ui.bell,
      desktop: ui.desktopNotifications,
    },
    talkLimits: { unfocusedMs: ui.talkUnfocusedS * 1000, openMs: ui.talkLimitMin * 60_000 },
  };
}
