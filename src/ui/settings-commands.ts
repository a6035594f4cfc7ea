/** The slash commands of the settings, as rows of the command table. Pure. */
import type { Command } from '../session/commands.ts';
import type { CommandRow, Entered } from './commands.ts';

const say = true as const;

function command(what: Command): Entered {
  return { kind: 'command', command: what };
}

function usage(text: string): Entered {
  return { kind: 'error', text: `Write ${text}` };
}

/** "audio.bitrate 48000", also with "=" between. */
function set(argument: string): Entered {
  const [, path = '', text = ''] = /^([a-z][a-z0-9_]*\.[a-z0-9_-]+)\s*(?:=\s*|\s)(.*)$/s.exec(argument) ?? [];
  if (path === '') return usage('/set KEY VALUE, such as /set audio.bitrate 48000; F2 shows all keys');
  return command({ do: 'setting', path, text: text.trim(), say });
}

function settings(argument: string): Entered {
  const [, what = '', file = ''] = /^(\S*)\s*(.*)$/s.exec(argument) ?? [];
  if (what === 'export' && file !== '') return command({ do: 'settings-export', file, say });
  if (what === 'import' && file !== '') return command({ do: 'settings-import', file, say });
  if (what === 'reload') return command({ do: 'settings-reload', say });
  if (what === 'undo') return command({ do: 'settings-undo', say });
  return usage(
    '/settings export PATH, /settings import PATH, /settings reload or /settings undo; F2 shows them',
  );
}

export const SETTINGS_COMMANDS: readonly CommandRow[] = [
  {
    name: 'set',
    usage: 'KEY VALUE',
    help: 'save a setting, and have it count where it can; F2 shows all of them',
    run: set,
  },
  {
    name: 'unset',
    usage: 'KEY',
    help: 'drop what was saved of a setting: config.toml or the default counts again',
    run: (path) => (path === '' ? usage('/unset KEY') : command({ do: 'setting', path, text: null, say })),
  },
  {
    name: 'settings',
    usage: 'export PATH, import PATH, reload, undo',
    help: 'write settings to a TOML file or take them from one; read config.toml anew; take the last change back',
    run: settings,
  },
  {
    name: 'reconnect',
    usage: '',
    help: 'leave the station and connect anew, with the settings as they are now',
    run: () => command({ do: 'reconnect', say }),
  },
];
