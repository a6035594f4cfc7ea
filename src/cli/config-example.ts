/** Writes config.example.toml from the table of settings. Pure; a test keeps the file equal to it. */
import { SETTINGS, type Setting, type SettingValue } from './config.ts';

const PREFACE = `# voipterm's settings: every key with its default. Copy what you change to $XDG_CONFIG_HOME/voipterm/config.toml
# (mostly ~/.config/voipterm/config.toml). Options on the command line go before the environment
# (VOIPTERM_AUDIO_BITRATE=24000), that before what the settings pane saved, and that before this file.
`;

const KEYS = `
# Keys of your own, by the names that docs/keys.md lists: in place of a command's defaults. A list gives several, two keys with
# a space between them are pressed one after the other, "" is none.
#
# [keys]
# send = ["enter", "ctrl+s"]
# newline = "ctrl+x ctrl+n"
# redraw = ""
`;

const FORWARDS = `
# Forwards to open with the interface, and with "voipterm forward" without -L, -R and -D. Each is a table of its own with
# local, remote or dynamic, as -L, -R and -D have it; target limits it to one station.
#
# [[forward]]
# local = "5300:10.0.0.2:53/udp"
# idle_timeout_s = 60
#
# [[forward]]
# dynamic = "1080"
# auth = "user:password"
# target = "voice.example.org"
`;

/** The whole text of config.example.toml. */
export function exampleConfig(): string {
  const sections = Object.entries<Record<string, Setting>>(SETTINGS).map(
    ([section, settings]) => `\n[${section}]\n${Object.entries(settings).map(entry).join('')}`,
  );
  return PREFACE + sections.join('') + KEYS + FORWARDS;
}

function entry([key, setting]: [string, Setting]): string {
  return `# ${setting.help}\n${key} = ${toml(setting.default)}\n`;
}

/** JSON's strings without control characters, numbers and booleans are TOML's too. */
function toml(value: SettingValue): string {
  if (typeof value === 'object') return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  return JSON.stringify(value);
}
