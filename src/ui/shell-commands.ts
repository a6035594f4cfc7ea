/** The slash commands about terminals: opening them, showing them to others, recording them. Pure: text in, what to do out. */
import type { CommandRow, Entered } from './commands.ts';

const SHELL_USAGE: Entered = {
  kind: 'error',
  text: 'Write /shell, /shell station for one on the station, or /shell ssh user@host for another host by the station',
};
const SHARE_USAGE: Entered = {
  kind: 'error',
  text: 'Write /share-shell @who or /share-shell #room, to be looked at; with rw before it they may type too',
};

function shell(argument: string): Entered {
  const [kind = '', target = '', more] = argument.split(/\s+/);
  if (more !== undefined) return SHELL_USAGE;
  if ((kind === '' || kind === 'local') && target === '') return open('local', '');
  if (kind === 'station' && target === '') return open('station', '');
  if (kind === 'ssh' && target !== '') return open('ssh', target);
  return SHELL_USAGE;
}

function open(kind: 'local' | 'station' | 'ssh' | 'watch', target: string): Entered {
  return { kind: 'command', command: { do: 'shell-open', kind, target } };
}

/** Without ro or rw others only look on: typing is never granted by leaving something out. */
function share(argument: string): Entered {
  const words = argument.split(/\s+/);
  const [mode = '', place = '', more] = words.length === 1 ? ['ro', ...words] : words;
  if (more !== undefined || (mode !== 'ro' && mode !== 'rw') || !/^[@#]./.test(place)) return SHARE_USAGE;
  const to = place.startsWith('@') ? place : place.slice(1).toLowerCase();
  return { kind: 'command', command: { do: 'shell-share', to, write: mode === 'rw' } };
}

export const SHELL_COMMANDS: readonly CommandRow[] = [
  {
    name: 'shell',
    usage: '[local|station|ssh USER@HOST]',
    help: 'open a shell: of this machine, of the station, or of another host by the station',
    run: shell,
  },
  {
    name: 'share-shell',
    usage: '[ro|rw] @WHO|#ROOM',
    help: 'let others see the shell that is shown; with rw those who are there now may type in it',
    completes: ['member', 'member'],
    run: share,
  },
  {
    name: 'unshare',
    usage: '',
    help: 'end every share of a shell at once',
    run: () => ({ kind: 'command', command: { do: 'shell-unshare' } }),
  },
  {
    name: 'watch-shell',
    usage: '[@WHO]',
    help: 'look at a shell that somebody shares with you',
    completes: ['member'],
    run: (argument) => open('watch', argument),
  },
  {
    name: 'record-shell',
    usage: 'FILE|off',
    help: 'record what the shell that is shown prints, as an asciicast; or end that',
    completes: ['path'],
    run: (argument) =>
      argument === ''
        ? { kind: 'error', text: 'Write /record-shell FILE.cast, or /record-shell off' }
        : { kind: 'command', command: { do: 'shell-record', file: argument === 'off' ? null : argument } },
  },
];
