/** Which part of a session carries out which command about text. */
import { assertNever } from '../errors.ts';
import { firstLine } from './first-line.ts';
import type { LiveState } from './live-state.ts';
import { placeWords } from './places.ts';
import type { Text } from './text.ts';
import type { TextCommand } from './text-commands.ts';

/** Lines of the outbox that are told; the rest is counted. */
const MAX_TOLD = 20;
/** Characters of each. */
const TOLD_CHARS = 60;

interface TextParts {
  readonly text: Text;
  readonly live: LiveState;
}

/** Carries a command out; rejects with what went wrong. */
export async function carryOutText(command: TextCommand, parts: TextParts): Promise<void> {
  const { text } = parts;
  switch (command.do) {
    case 'msg':
      return text.directs.msg(command.name, command.text);
    case 'edit':
      return text.changes.edit(command.room, command.text, command.which);
    case 'delete':
      return text.changes.delete(command.room, command.which);
    case 'reply':
      return text.changes.reply(command.room, command.text, command.which);
    case 'older':
    case 'newer':
    case 'newest':
      return text.paging[command.do](command.room);
    case 'jump':
      return jump(command.room, command.seq, parts);
    case 'search':
      return text.searching.search(command.query, command.room);
    case 'search-more':
      return text.searching.more();
    case 'search-close':
      return text.searching.close();
    case 'away':
      return text.presence.away(command.text);
    case 'focus-people':
      return text.presence.focus(command.names);
    case 'quiet':
      return text.presence.quiet(command.on);
    case 'look':
      return text.attend({ looking: command.on });
    case 'whois':
      return text.presence.whois(command.name);
    case 'nick':
      return text.presence.nick(command.name);
    case 'topic':
      return text.presence.topic(command.room, command.text);
    case 'outbox':
      return tellOutbox(parts);
    default:
      return assertNever(command);
  }
}

/** A search finds places that are not open as well. */
async function jump(room: string, seq: number, { text, live }: TextParts): Promise<void> {
  const open = live.now.rooms.some(({ name }) => name === room);
  if (open) await text.membership.show(room);
  else if (room.startsWith('@')) await text.directs.msg(room, '');
  else await text.membership.join(room);
  await text.paging.jump(room, seq);
}

function tellOutbox({ text, live }: TextParts): void {
  const waiting = text.chat.unacknowledged;
  const told = waiting
    .slice(0, MAX_TOLD)
    .map((post) => `${placeWords(post.room)}: ${firstLine(post.text, TOLD_CHARS)}`);
  const more = waiting.length > told.length ? [`and ${waiting.length - told.length} more`] : [];
  const count = waiting.length === 1 ? '1 message waits' : `${waiting.length} messages wait`;
  live.notice(
    waiting.length === 0
      ? 'the station has acknowledged everything'
      : [`${count} for the station:`, ...told, ...more].join('\n'),
  );
}
