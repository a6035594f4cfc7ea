/** What a user can tell the session to do with the settings. Plain data. */
import type { SettingChange } from './settings-model.ts';

/** What comes of it is told in State.settings.told; with `say` also as a notice in the current room. */
interface Said {
  readonly say?: true;
}

export type SettingsCommand =
  /** Saves a value and has it count as soon as it can; null drops what was saved. */
  | ({ readonly do: 'setting' } & SettingChange & Said)
  /** Takes the last change back. */
  | ({ readonly do: 'settings-undo' } & Said)
  /** Reads config.toml anew. */
  | ({ readonly do: 'settings-reload' } & Said)
  | ({ readonly do: 'settings-export'; readonly file: string } & Said)
  | ({ readonly do: 'settings-import'; readonly file: string } & Said)
  /** Leaves the station and connects anew, with the settings as they are now. */
  | ({ readonly do: 'reconnect' } & Said)
  /** Asks whether a text could be the value; the answer comes in State.settings.check. */
  | { readonly do: 'setting-check'; readonly path: string; readonly text: string }
  /** Measures the path to the station, into State.settings.pathTest. */
  | { readonly do: 'path-test' };
