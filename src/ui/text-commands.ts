/** The slash commands of text: conversations, edits, answers, searches, being away. Pure: text in, what to do out. */
import type { Command } from '../session/commands.ts';
import type { Which } from '../session/text-commands.ts';
import type { CommandContext, CommandRow, Entered } from './commands.ts';
import { does, wrong } from './entered.ts';

/** As far back as /reply N goes: further ones are not on a screen. */
const MAX_BACK = 99;

const NOWHERE = wrong('You are in no room. Enter one: /join ROOM');

/** Runs where the user looks. */
function here(run: (argument: string, room: string) => Entered): CommandRow['run'] {
  return (argument, { current }: CommandContext) => (current === null ? NOWHERE : run(argument, current));
}

/** One name and nothing else. */
function named(usage: string, make: (name: string) => Command): CommandRow['run'] {
  return (argument) => {
    const [name, ...rest] = argument.split(/\s+/);
    return name && rest.length === 0 ? does(make(name)) : wrong(`Whom? Write ${usage}`);
  };
}

function msg(argument: string): Entered {
  const [, name, text = ''] = /^@?([^\s@]+)\s*([\s\S]*)$/.exec(argument) ?? [];
  return name === undefined ? wrong('To whom? Write /msg NAME TEXT') : does({ do: 'msg', name, text });
}

/** "text", "2 text" for the one before the last, "@bob text" for bob's last one, or both. */
function reply(argument: string, room: string): Entered {
  const [, name, back, text = ''] = /^(?:@(\S+)\s+)?(?:([0-9]{1,2})\s+)?([\s\S]*)$/.exec(argument) ?? [];
  if (text.trim() === '')
    return wrong(
      'What do you answer? Write /reply TEXT, /reply 2 TEXT to the one before the last, or /reply @NAME TEXT',
    );
  const which: Which = {
    ...(name === undefined ? {} : { from: name }),
    ...(back === undefined ? {} : { back: Math.min(MAX_BACK, Math.max(1, Number(back))) }),
  };
  return does({ do: 'reply', room, text, which });
}

/** In all places, or in the one that is named first. */
function search(argument: string): Entered {
  const [, place, words = ''] = /^(?:([#@]\S+)(?:\s+|$))?([\s\S]*)$/.exec(argument) ?? [];
  if (words.trim() === '') return wrong('Search for what? Write /search WORDS, or /search #ROOM WORDS');
  const room = place === undefined ? null : place.startsWith('#') ? place.slice(1).toLowerCase() : place;
  return does({ do: 'search', query: words.trim(), room });
}

function focus(argument: string): Entered {
  const names = argument.split(/[\s,]+/).filter((name) => name !== '');
  if (names.length === 0) return wrong('On whom? Write /focus NAME NAME..., or /focus off');
  return does({ do: 'focus-people', names: names.length === 1 && names[0] === 'off' ? null : names });
}

function quiet(argument: string): Entered {
  const on = { '': true, on: true, off: false }[argument.toLowerCase()];
  return on === undefined ? wrong('Write /quiet, or /quiet off') : does({ do: 'quiet', on });
}

export const TEXT_COMMANDS: readonly CommandRow[] = [
  {
    name: 'msg',
    usage: 'NAME [TEXT]',
    help: 'write to one person alone, or open the conversation',
    completes: ['member'],
    run: msg,
  },
  {
    name: 'query',
    usage: 'NAME',
    help: 'open the conversation with one person',
    completes: ['member'],
    run: msg,
  },
  {
    name: 'me',
    usage: 'TEXT',
    help: 'say what you do: "* you TEXT"',
    run: here((text, room) =>
      text === '' ? wrong('What do you do? Write /me TEXT') : does({ do: 'post', room, text, action: true }),
    ),
  },
  {
    name: 'reply',
    usage: '[@NAME] [N] TEXT',
    help: 'answer the last message of another, or the Nth before the end, with a quote of it',
    completes: ['member'],
    run: here(reply),
  },
  {
    name: 'edit',
    usage: 'TEXT',
    help: 'give your last message another text',
    run: here((text, room) =>
      text === '' ? wrong('What should it say? Write /edit TEXT') : does({ do: 'edit', room, text }),
    ),
  },
  {
    name: 'delete',
    usage: '',
    help: 'delete your last message',
    run: here((argument, room) =>
      argument === ''
        ? does({ do: 'delete', room })
        : wrong('/delete takes nothing: it deletes your last message'),
    ),
  },
  {
    name: 'search',
    usage: '[#ROOM|@NAME] WORDS',
    help: 'search what was said, here and at the station',
    completes: ['room'],
    run: search,
  },
  {
    name: 'topic',
    usage: '[TEXT|-]',
    help: "tell the room's topic, change it, or take it away (-)",
    run: here((text, room) =>
      does({ do: 'topic', room, text: text === '' ? null : text === '-' ? '' : text }),
    ),
  },
  {
    name: 'away',
    usage: '[TEXT]',
    help: 'tell others that you are away, and why',
    run: (text) => does({ do: 'away', text }),
  },
  {
    name: 'back',
    usage: '',
    help: 'tell others that you are here again',
    run: () => does({ do: 'away', text: null }),
  },
  {
    name: 'nick',
    usage: 'NAME',
    help: 'go by another name',
    run: named('/nick NAME', (name) => ({ do: 'nick', name })),
  },
  {
    name: 'whois',
    usage: 'NAME',
    help: "tell a person's key, since when it is known, and how far away it is",
    completes: ['member'],
    run: named('/whois NAME', (name) => ({ do: 'whois', name })),
  },
  {
    name: 'ignore',
    usage: 'NAME',
    help: 'hide what somebody writes; they are still heard (/block hides both)',
    completes: ['member'],
    run: named('/ignore NAME', (name) => ({ do: 'hear', name, what: 'ignored', on: true })),
  },
  {
    name: 'unignore',
    usage: 'NAME',
    help: 'show what somebody writes again',
    completes: ['member'],
    run: named('/unignore NAME', (name) => ({ do: 'hear', name, what: 'ignored', on: false })),
  },
  {
    name: 'focus',
    usage: 'NAMES|off',
    help: 'show only what these people write, or everybody again',
    completes: ['member'],
    run: focus,
  },
  { name: 'quiet', usage: '[off]', help: 'do not tell who comes and goes', run: quiet },
  {
    name: 'outbox',
    usage: '',
    help: 'list what the station has not acknowledged yet',
    run: () => does({ do: 'outbox' }),
  },
];
