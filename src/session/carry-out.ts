/** Which part of a session carries out which command. */
import { carryOutText } from './carry-out-text.ts';
import type { Chat } from './chat.ts';
import type { Command } from './commands.ts';
import type { Files } from './files.ts';
import type { Forwarding } from './forwarding.ts';
import type { Keeping } from './keeping.ts';
import type { Listening } from './listening.ts';
import type { LiveState } from './live-state.ts';
import type { Membership } from './membership.ts';
import type { Moderating } from './moderation.ts';
import type { Settings } from './settings.ts';
import type { Shells } from './shells.ts';
import type { Sound } from './sound.ts';
import type { Text } from './text.ts';
import type { VoiceLink } from './voice.ts';

export interface CommandedParts {
  readonly live: LiveState;
  readonly chat: Chat;
  readonly membership: Membership;
  readonly text: Text;
  readonly forwarding: Forwarding;
  readonly voice: VoiceLink;
  readonly sound: Sound;
  readonly settings: Settings;
  readonly listening: Listening;
  readonly keeping: Keeping;
  readonly shells: Shells;
  readonly files: Files;
  readonly moderating: Moderating;
}

/** Carries a command out; rejects with what went wrong. */
export async function carryOut(command: Command, parts: CommandedParts): Promise<void> {
  const { live, chat, membership, forwarding, sound, listening, keeping } = parts;
  switch (command.do) {
    case 'post':
      return chat.post(command.room, command.text, command);
    case 'join':
      return membership.join(command.room);
    case 'leave':
      return membership.leave(command.room);
    case 'show':
      return membership.show(command.room);
    case 'rooms':
      return membership.listRooms();
    case 'who':
      return membership.listMembers(command.room);
    case 'forward':
      return forwarding.add(command.option, command.spec);
    case 'unforward':
      return forwarding.remove(command.id);
    case 'forwards':
      return forwarding.list();
    case 'talk':
    case 'push':
    case 'talk-mode':
    case 'focus':
    case 'mute':
    case 'deafen':
      return switchVoice(command, parts);
    case 'devices':
      return sound.listDevices();
    case 'loopback':
      return sound.loop(command.mode);
    case 'setting':
    case 'setting-check':
    case 'settings-undo':
    case 'settings-reload':
    case 'settings-export':
    case 'settings-import':
    case 'reconnect':
    case 'path-test':
      return parts.settings.do(command);
    case 'volume':
    case 'hear':
    case 'people':
      return listening.do(command);
    case 'record':
    case 'record-stop':
    case 'keep':
    case 'replay':
      return keeping.do(command);
    case 'shell-open':
    case 'shell-tab':
    case 'shell-show':
    case 'shell-close':
    case 'shell-name':
    case 'shell-share':
    case 'shell-unshare':
    case 'shell-record':
      return parts.shells.do(command);
    case 'kick':
    case 'ban':
    case 'unban':
    case 'silence':
    case 'role':
    case 'bans':
    case 'room-rules':
    case 'invite':
    case 'invites':
    case 'uninvite':
    case 'redeem':
    case 'audit':
    case 'trust':
      return parts.moderating.do(command);
    case 'file-send':
    case 'file-accept':
    case 'file-decline':
    case 'file-cancel':
    case 'files':
      return parts.files.do(command);
    case 'notice':
      return live.notice(command.text);
    default:
      return carryOutText(command, parts);
  }
}

type SwitchCommand = Extract<
  Command,
  { readonly do: 'talk' | 'push' | 'talk-mode' | 'focus' | 'mute' | 'deafen' }
>;

async function switchVoice(
  command: SwitchCommand,
  { voice, listening, text }: CommandedParts,
): Promise<void> {
  switch (command.do) {
    case 'talk':
      return voice.talk(command.on, command.latched, command.latched === undefined ? 'command' : 'key');
    case 'push':
      return voice.push(command.how);
    case 'talk-mode':
      return voice.setMode(command.mode);
    case 'focus':
      text.attend({ focused: command.gained });
      return voice.focus(command.gained);
    case 'mute':
      await voice.mute(command.on);
      return listening.tone(command.on ? 'mute' : 'unmute');
    case 'deafen':
      await voice.deafen(command.on);
      return listening.tone(command.on ? 'mute' : 'unmute');
  }
}
