/** Which part of a session takes which notification of the station. */
import { assertNever } from '../errors.ts';
import type { StationNotification } from '../net/control/schema.ts';
import type { CommandedParts } from './carry-out.ts';

type NotifiedParts = Pick<
  CommandedParts,
  'live' | 'text' | 'listening' | 'keeping' | 'shells' | 'files' | 'moderating'
>;

export function takeNotification(notification: StationNotification, parts: NotifiedParts): void {
  const { live, text, listening, keeping, shells, files, moderating } = parts;
  const { method, params } = notification;
  listening.notified(notification);
  switch (method) {
    case 'room.message':
      return text.heard(params);
    case 'room.joined':
      text.presence.joined(params);
      return live.apply({ kind: 'member-joined', room: params.room, member: params.member });
    case 'room.left':
      text.presence.left(params);
      return live.apply({ kind: 'member-left', room: params.room, id: params.id });
    case 'member.talking': {
      const { room, id, talking } = params;
      return live.apply({ kind: 'member-talking', room, id, talking });
    }
    case 'voice.recording':
    case 'voice.replay':
      return keeping.notified(notification);
    case 'shell.offered':
    case 'shell.ended':
    case 'shell.frame':
    case 'shell.watching':
    case 'shell.refresh':
    case 'shell.input':
      return shells.notified(notification);
    case 'file.offered':
    case 'file.withdrawn':
    case 'file.taken':
    case 'file.refused':
    case 'file.data':
    case 'file.ack':
      return files.notified(notification);
    case 'room.changed':
      return text.changes.changed(params);
    case 'room.read':
      return text.reading.elsewhere(params.room, params.seq);
    case 'room.topic':
      return text.presence.topicChanged(params);
    case 'member.away':
      return text.presence.wentAway(params);
    case 'member.renamed':
      return text.presence.renamed(params);
    case 'room.moderated':
    case 'room.removed':
    case 'removed':
      return moderating.notified(notification);
    case 'notice':
      return live.notice(params.text);
    default:
      return assertNever(method);
  }
}
