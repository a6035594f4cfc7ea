/** Which part of a session takes which notification of the station. */
import { assertNever } from '../errors.ts';
import type { StationNotification } from '../net/control/schema.ts';
import type { CommandedParts } from './carry-out.ts';

type NotifiedParts = Pick<CommandedParts, 'live' | 'chat' | 'listening' | 'keeping'>;

export function takeNotification(notification: StationNotification, parts: NotifiedParts): void {
  const { live, chat, listening, keeping } = parts;
  const { method, params } = notification;
  listening.notified(notification);
  switch (method) {
    case 'room.message':
      return chat.live(params);
    case 'room.joined':
      return live.apply({ kind: 'member-joined', room: params.room, member: params.member });
    case 'room.left':
      return live.apply({ kind: 'member-left', room: params.room, id: params.id });
    case 'member.talking': {
      const { room, id, talking } = params;
      return live.apply({ kind: 'member-talking', room, id, talking });
    }
    case 'voice.recording':
    case 'voice.replay':
      return keeping.notified(notification);
    case 'room.changed':
    case 'room.read':
    case 'room.topic':
    case 'member.away':
    case 'member.renamed':
      return;
    case 'room.moderated':
    case 'room.removed':
    case 'removed':
      return;
    case 'notice':
      return live.notice(params.text);
    default:
      return assertNever(method);
  }
}
