/** The slash commands, as a table that also writes the help. Pure: text in, what to do out. */
import type { Command } from '../session/commands.ts';
import { type State, TALK_MODES } from '../session/state.ts';
import { FILE_COMMANDS } from './file-commands.ts';
import { LISTENING_COMMANDS } from './listening-commands.ts';
import { SETTINGS_COMMANDS } from './settings-commands.ts';
import { MODERATION_COMMANDS } from './moderation-commands.ts';
import { SHELL_COMMANDS } from './shell-commands.ts';
import { TEXT_COMMANDS } from './text-commands.ts';

/** What a sent line means. */
export type Entered =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'quit' }
  /** The help pane, or what is known of one command or key. */
  | { readonly kind: 'help'; readonly about: string }
  /** Shows the panel of voices, or closes it. */
  | { readonly kind: 'voices' }
  /** How it stands, in words. */
  | { readonly kind: 'status' }
  /** Older lines of the room shown. */
  | { readonly kind: 'older' }
  /** A sentence for whoever typed it. */
  | { readonly kind: 'error'; readonly text: string }
  /** Nothing but spaces. */
  | { readonly kind: 'nothing' };

/** What a command may look at. */
export type CommandContext = State;

/** What an argument of a command is, for completion. */
export type Completes = 'member' | 'room' | 'setting' | 'path' | 'theme' | 'command';

export interface CommandRow {
  readonly name: string;
  /** How arguments are written, "" for none. */
  readonly usage: string;
  readonly help: string;
  /** What its arguments are, the first one first; the last goes for all further ones. */
  readonly completes?: readonly Completes[];
  readonly run: (argument: string, context: CommandContext) => Entered;
}

function deafen(on: boolean): () => Entered {
  return () => ({ kind: 'command', command: { do: 'deafen', on } });
}

/** Where the microphone is open by itself, starting and stopping is unmuting and muting, as the talk key has it. */
function talk(argument: string, { mode: now, talking, muted }: CommandContext['voice']): Entered {
  if (argument === '' && now !== 'push') return { kind: 'command', command: { do: 'mute', on: !muted } };
  if (argument === '') return { kind: 'command', command: { do: 'talk', on: !talking } };
  const mode = TALK_MODES.find((name) => name === argument);
  if (mode) return { kind: 'command', command: { do: 'talk-mode', mode } };
  return {
    kind: 'error',
    text: 'Write /talk push, /talk voice, /talk continuous, or /talk alone to start or stop',
  };
}

const FORWARD_USAGE: Entered = {
  kind: 'error',
  text: 'Write /forward -L 8080:host:80, /forward -R ..., /forward -D 1080, /forward list or /forward remove NUMBER',
};

/** "add" may be left out, and without any word the forwards are listed. */
function forward(words: readonly string[]): Entered {
  const [first = '', second = '', third = ''] = words[0] === 'add' ? words.slice(1) : words;
  if (/^-[LRD]$/.test(first) && second !== '' && third === '')
    return { kind: 'command', command: { do: 'forward', option: first, spec: second } };
  if (first === 'remove' && /^[0-9]{1,9}$/.test(second))
    return { kind: 'command', command: { do: 'unforward', id: Number(second) } };
  if (first === 'list' || words.join('') === '') return { kind: 'command', command: { do: 'forwards' } };
  return FORWARD_USAGE;
}

const NO_ROOM: Entered = { kind: 'error', text: 'You are in no room. Enter one: /join ROOM' };

/** Runs with the named room, else with the room shown. */
function withRoom(make: (room: string) => Command): CommandRow['run'] {
  return (argument, { current }) => {
    const room = roomOf(argument) || current;
    return room ? { kind: 'command', command: make(room) } : NO_ROOM;
  };
}

/** Rooms are written with or without '#'; names have no capitals. */
function roomOf(argument: string): string {
  return argument.replace(/^#/, '').toLowerCase();
}

export const COMMAND_TABLE: readonly CommandRow[] = [
  {
    name: 'help',
    usage: '[COMMAND]',
    help: 'keys and commands, or one of them',
    completes: ['command'],
    run: (about) => ({ kind: 'help', about }),
  },
  {
    name: 'keys',
    usage: '[KEY|COMMAND]',
    help: 'the keys; or what a key such as ctrl+k does, or which keys a command has',
    run: (about) => ({ kind: 'help', about }),
  },
  {
    name: 'join',
    usage: 'ROOM',
    help: 'enter a room, which makes it if it is new; or follow an invitation to this station',
    completes: ['room'],
    run: (argument) => {
      if (/^voipterm:\/\//i.test(argument))
        return { kind: 'command', command: { do: 'redeem', line: argument } };
      const room = roomOf(argument);
      if (room === '') return { kind: 'error', text: 'Which room? Write /join ROOM' };
      return { kind: 'command', command: { do: 'join', room } };
    },
  },
  {
    name: 'leave',
    usage: '[ROOM]',
    help: 'leave this room or another',
    completes: ['room'],
    run: withRoom((room) => ({ do: 'leave', room })),
  },
  {
    name: 'rooms',
    usage: '',
    help: "list the station's rooms",
    run: () => ({ kind: 'command', command: { do: 'rooms' } }),
  },
  {
    name: 'who',
    usage: '[ROOM]',
    help: 'list who is in this room or another',
    completes: ['room'],
    run: withRoom((room) => ({ do: 'who', room })),
  },
  {
    name: 'forward',
    usage: 'add -L|-R|-D SPEC, list, remove N',
    help: 'forward ports: as ssh has them, /udp at the end of SPEC for UDP; list them; end one',
    run: (argument) => forward(argument.split(/\s+/)),
  },
  {
    name: 'talk',
    usage: '[push|voice|continuous]',
    help: 'start or stop talking; or what opens the microphone: the talk key, your voice, nothing as it is open',
    run: (argument, { voice }) => talk(argument.toLowerCase(), voice),
  },
  { name: 'deafen', usage: '', help: 'play no voice', run: deafen(true) },
  { name: 'undeafen', usage: '', help: 'play voice again', run: deafen(false) },
  ...TEXT_COMMANDS,
  ...LISTENING_COMMANDS,
  ...FILE_COMMANDS,
  ...SETTINGS_COMMANDS,
  ...SHELL_COMMANDS,
  ...MODERATION_COMMANDS,
  {
    name: 'status',
    usage: '',
    help: 'tell in words how it stands: link, microphone, who is here',
    run: () => ({ kind: 'status' }),
  },
  { name: 'older', usage: '', help: 'older lines of this room', run: () => ({ kind: 'older' }) },
  { name: 'quit', usage: '', help: 'leave voipterm', run: () => ({ kind: 'quit' }) },
];

/** Reads a sent line: a command, or a message for the room shown. "//text" posts "/text". */
export function parseEntered(text: string, context: CommandContext): Entered {
  if (text.trim() === '') return { kind: 'nothing' };
  if (!text.startsWith('/') || text.startsWith('//')) return post(text.replace(/^\/\//, '/'), context);
  const [, name = '', argument = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  const row = COMMAND_TABLE.find((command) => command.name === name.toLowerCase());
  return row ? row.run(argument.trim(), context) : { kind: 'error', text: unknownCommand(name) };
}

function post(text: string, { current }: CommandContext): Entered {
  if (current === null) return NO_ROOM;
  return { kind: 'command', command: { do: 'post', room: current, text } };
}

function unknownCommand(name: string): string {
  const near = nearest(name.toLowerCase());
  const guess =
    near === undefined
      ? '/help lists them all. (To post a line that starts with /, write //.)'
      : `Did you mean /${near}?`;
  return `There is no command /${name.slice(0, 32)}. ${guess}`;
}

/** The command that a typing error of at most two steps leads to. */
function nearest(name: string): string | undefined {
  let best: string | undefined;
  // Of a short word, two wrong letters leave nothing to recognise.
  let bestDistance = name.length > 3 ? 3 : 2;
  for (const { name: candidate } of COMMAND_TABLE) {
    const distance =
      name !== '' && candidate.startsWith(name) ? 1 : editDistance(name.slice(0, 32), candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
