/** What the settings mean for the screen: at the start, and each time that they change. */
import type { SessionHandle } from '../session/handle.ts';
import { knowsHyperlinks } from '../ui/links.ts';
import type { UiSettings } from '../ui/live-settings.ts';
import type { ThemeChoice } from '../ui/looks.ts';
import { KEYS } from './config-keys.ts';
import { type LoadedConfig, mergeConfig } from './config-load.ts';
import { wantsAscii } from './locale.ts';
import { readTheme } from './theme-file.ts';

/** Throws 'config.invalid' for a theme that is none. */
export function uiSettings(loaded: LoadedConfig): UiSettings & { readonly theme: ThemeChoice } {
  return { ...plainly(loaded), theme: themeOf(loaded) };
}

/**
 * The same for a screen that follows its session's settings, wherever these are kept. A theme whose file went away stays
 * as it was.
 */
export function followedUiSettings(session: SessionHandle, start: LoadedConfig): () => UiSettings {
  let { theme } = uiSettings(start);
  return () => {
    const loaded = inForce(session, start.file);
    try {
      theme = themeOf(loaded);
    } catch {
      // A name without a theme is refused where it is changed: this is a file that was taken away since.
    }
    return { ...plainly(loaded), theme };
  };
}

function themeOf({ config, file }: LoadedConfig): ThemeChoice {
  const { theme, accentColor, mentionColor } = config.ui;
  return { ...readTheme(theme, file), instead: { accent: accentColor, mention: mentionColor } };
}

/** The configuration that the session's rows say is in force. */
function inForce(session: SessionHandle, path: string): LoadedConfig {
  const rows = session.state.settings.rows.filter(
    ({ applies, section, text, default: standard }) =>
      applies !== 'station' && (section !== KEYS || text !== standard),
  );
  const saved = new Map(rows.map((row) => [row.path, row.text]));
  return mergeConfig({ flags: {}, env: {}, saved, written: undefined, path });
}

function plainly({ config, keys }: LoadedConfig): UiSettings {
  const { talkKey, talkKeyStyle, hints, timestamps, ascii, editMode, mouse, hyperlinks } = config.ui;
  const links = hyperlinks === 'auto' ? knowsHyperlinks(process.env) : hyperlinks === 'on';
  return {
    ...{ talkKey, talkKeyStyle, keys, hints, timestamps, editMode, mouse, links },
    ascii: wantsAscii(ascii, process.env),
  };
}
