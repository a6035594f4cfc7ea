/** The slash commands of files. Pure: text in, what to do out. */
import type { CommandContext, CommandRow, Entered } from './commands.ts';
import { does, wrong } from './entered.ts';

/** A path may have spaces; whom it is for stands behind it, as @name or #room. */
function send(argument: string, { current }: CommandContext): Entered {
  const [, path = '', place] = /^(.*?)(?:\s+([@#]\S+))?$/s.exec(argument.trim()) ?? [];
  const to = place === undefined ? current : place.replace(/^#/, '').replace(/[,:]$/, '');
  if (path === '') return wrong('Which file? Write /send PATH, or /send PATH @NAME');
  if (to === null) return wrong('You are in no room. Write /send PATH @NAME, or enter a room: /join ROOM');
  return does({ do: 'file-send', path: unquoted(path), to: to.startsWith('@') ? to : to.toLowerCase() });
}

/** As a shell or a file manager pastes it. */
function unquoted(path: string): string {
  const [, quoted] = /^(?:"(.*)"|'(.*)')$/s.exec(path) ?? [];
  return quoted ?? /^'(.*)'$/s.exec(path)?.[1] ?? path;
}

function accept(argument: string): Entered {
  const [, number, directory = ''] = /^([0-9]{1,9})?(?:(?:^|\s+)(\S.*))?$/s.exec(argument.trim()) ?? [];
  return does({
    do: 'file-accept',
    number: number === undefined ? null : Number(number),
    directory: directory === '' ? null : unquoted(directory),
  });
}

function numbered(what: 'file-decline' | 'file-cancel', usage: string): CommandRow['run'] {
  return (argument) => {
    const text = argument.trim();
    if (!/^[0-9]{0,9}$/.test(text)) return wrong(`Write ${usage} or ${usage} NUMBER; /files lists them`);
    return does({ do: what, number: text === '' ? null : Number(text) });
  };
}

export const FILE_COMMANDS: readonly CommandRow[] = [
  {
    name: 'send',
    usage: 'PATH [@NAME]',
    help: 'offer a file to this room, to a conversation or to somebody; each who takes it gets it',
    completes: ['path', 'member'],
    run: send,
  },
  {
    name: 'accept',
    usage: '[NUMBER] [DIRECTORY]',
    help: 'take the file that is offered, into a directory or where files go; nothing is overwritten',
    completes: ['path'],
    run: accept,
  },
  {
    name: 'decline',
    usage: '[NUMBER]',
    help: 'do not take the file that is offered',
    run: numbered('file-decline', '/decline'),
  },
  {
    name: 'cancel',
    usage: '[NUMBER]',
    help: 'end a file that is on its way, or take back one that you offer',
    run: numbered('file-cancel', '/cancel'),
  },
  {
    name: 'files',
    usage: '',
    help: 'list files that are offered or on their way',
    run: () => does({ do: 'files' }),
  },
];
