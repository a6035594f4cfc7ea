/** The slash commands of listening: people, recordings, replays. Pure: text in, what to do out. */
import { MAX_VOLUME_DB, MIN_VOLUME_DB, parseVolume } from '../session/people.ts';
import type { CommandRow, Entered } from './commands.ts';
import { does, words, wrong } from './entered.ts';

/** As much as is kept, seconds. */
const MAX_REPLAY_S = 30;
/** Without a number: the last sentence. */
const REPLAY_S = 10;

/** With a name it is about that person, without one about ourselves. */
function mute(on: boolean): CommandRow['run'] {
  return (argument) => {
    const [name, ...rest] = words(argument);
    if (rest.length > 0)
      return wrong(`Whom? Write /${on ? 'mute' : 'unmute'} @NAME, or without a name for yourself`);
    return name === undefined ? does({ do: 'mute', on }) : does({ do: 'hear', name, what: 'muted', on });
  };
}

function block(on: boolean): CommandRow['run'] {
  return (argument) => {
    const [name, ...rest] = words(argument);
    if (name === undefined || rest.length > 0) return wrong(`Whom? Write /${on ? 'block' : 'unblock'} @NAME`);
    return does({ do: 'hear', name, what: 'blocked', on });
  };
}

function volume(argument: string): Entered {
  const [name, value, ...rest] = words(argument.replace(/\s+(db)$/i, '$1'));
  if (name === undefined) return does({ do: 'people' });
  const db = value === undefined || rest.length > 0 ? undefined : parseVolume(value);
  if (db === undefined) {
    return wrong(
      `How loud? Write /volume @NAME +6, -6 or 0 (dB, ${MIN_VOLUME_DB} to +${MAX_VOLUME_DB}) or 50%; /mute @NAME for not at all`,
    );
  }
  return does({ do: 'volume', name, db });
}

function priority(argument: string): Entered {
  const [name, on = 'on', ...rest] = words(argument);
  if (name === undefined || rest.length > 0 || !/^(on|off)$/.test(on))
    return wrong('Whose? Write /priority @NAME, or /priority @NAME off');
  return does({ do: 'hear', name, what: 'priority', on: on === 'on' });
}

function record(argument: string): Entered {
  if (argument === 'stop') return does({ do: 'record-stop' });
  const [, format, directory = ''] = /^(?:(wav|ogg)(?=\s|$))?\s*(.*)$/i.exec(argument) ?? [];
  return does({
    do: 'record',
    format: format?.toLowerCase() === 'wav' ? 'wav' : format ? 'ogg' : null,
    directory: directory === '' ? null : directory,
  });
}

function replay(argument: string): Entered {
  const given = words(argument.toLowerCase());
  const [first] = given;
  if (given.length === 1 && (first === 'on' || first === 'off'))
    return does({ do: 'keep', on: first === 'on' });
  if (given.length === 1 && first === 'stop') return does({ do: 'replay', seconds: 0, name: null });
  const [number, name, ...rest] = /^[0-9]+$/.test(first ?? '') ? given : [String(REPLAY_S), ...given];
  const seconds = Number(number);
  if (rest.length > 0 || seconds < 1 || seconds > MAX_REPLAY_S)
    return wrong(`Write /replay SECONDS @NAME with at most ${MAX_REPLAY_S} seconds, /replay on, off or stop`);
  return does({ do: 'replay', seconds, name: name ?? null });
}

export const LISTENING_COMMANDS: readonly CommandRow[] = [
  {
    name: 'mute',
    usage: '[@NAME]',
    completes: ['member'],
    help: 'send no voice, whatever the talk key says; or do not hear somebody',
    run: mute(true),
  },
  {
    name: 'unmute',
    usage: '[@NAME]',
    completes: ['member'],
    help: 'let the talk key work again; or hear somebody again',
    run: mute(false),
  },
  {
    name: 'volume',
    usage: '@NAME +6|-6|0|50%',
    completes: ['member'],
    help: 'how loud somebody is, remembered by their key; without a name, list who is heard in another way',
    run: volume,
  },
  {
    name: 'priority',
    usage: '@NAME [off]',
    help: 'others are quieter while somebody speaks',
    completes: ['member'],
    run: priority,
  },
  {
    name: 'block',
    usage: '@NAME',
    help: 'neither hear nor read somebody',
    completes: ['member'],
    run: block(true),
  },
  {
    name: 'unblock',
    usage: '@NAME',
    help: 'hear and read somebody again',
    completes: ['member'],
    run: block(false),
  },
  {
    name: 'voice',
    usage: '',
    help: 'show how each voice comes through, and where the fault is if it does not; again to close',
    run: () => ({ kind: 'voices' }),
  },
  {
    name: 'replay',
    usage: '[SECONDS] [@NAME], on, off, stop',
    completes: ['member'],
    help: 'hear the last seconds again, of one or of all; keep them (everybody sees that) or not',
    run: replay,
  },
  {
    name: 'record',
    usage: '[wav|ogg] [DIR], stop',
    completes: ['path'],
    help: 'record each voice and the mix to files in a new directory (everybody sees that); end it',
    run: record,
  },
];
