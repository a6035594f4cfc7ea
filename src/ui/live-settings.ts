/** Follows the settings that the screen takes: tells of those that changed, once each change of the configuration. */
import type { SessionHandle } from '../session/handle.ts';
import type { Timestamps } from './chat-rows.ts';
import { bindKeys, type KeyBindings, type KeyOverrides } from './key-bindings.ts';
import { parseChord } from './key-event.ts';
import type { ThemeChoice } from './looks.ts';
import type { TalkKeyStyle } from './talk-key.ts';

/** What the screen takes of the settings. */
export interface UiSettings {
  /** As the configuration writes it: "ctrl+t", "f8", "ctrl+space". */
  readonly talkKey: string;
  /** The user's keys by the names of their commands. */
  readonly keys: KeyOverrides;
  /** A line at the bottom says which keys matter now. */
  readonly hints: boolean;
  readonly talkKeyStyle: TalkKeyStyle;
  readonly timestamps: Timestamps;
  /** For a terminal without UTF-8. */
  readonly ascii: boolean;
  /** Whose keys edit the input line; readline's unless it is said. */
  readonly editMode?: 'readline' | 'vi';
  /** Clicks and the wheel are ours; not unless it is said. */
  readonly mouse?: boolean;
  /** Addresses can be clicked; not unless it is said. */
  readonly links?: boolean;
  /** Colours; "auto" unless it is said. */
  readonly theme?: ThemeChoice;
}

/** The same with the keys bound; the keys are left out where they cannot be. */
export interface FollowedSettings extends Omit<UiSettings, 'talkKey' | 'keys'> {
  readonly bindings: KeyBindings | undefined;
}

/**
 * Calls back whenever the rows of the settings are others.
 * @param read what the settings in force mean for the screen.
 * @returns what ends it.
 */
export function followSettings(
  session: SessionHandle,
  read: () => UiSettings,
  onChange: (now: FollowedSettings) => void,
): () => void {
  let { rows } = session.state.settings;
  return session.subscribe(() => {
    const { rows: now } = session.state.settings;
    if (now === rows) return;
    const changed = now.some(({ text }, at) => text !== rows[at]?.text);
    rows = now;
    if (changed) onChange(bound(read()));
  });
}

function bound({ talkKey, keys, ...rest }: UiSettings): FollowedSettings {
  const chord = parseChord(talkKey);
  const found = chord === undefined ? undefined : bindKeys(keys, chord);
  return { ...rest, bindings: found && 'bindings' in found ? found.bindings : undefined };
}
