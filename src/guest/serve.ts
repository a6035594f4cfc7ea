/** Which program serves which command. The screen's libraries are loaded when the first guest needs them. */
import type { Serve } from './visit.ts';

export const serve: Serve = async (command, guest) => {
  switch (command.run) {
    case 'tail':
      return (await import('./tail.ts')).tail(guest, command);
    case 'say':
      return (await import('./say.ts')).say(guest, command);
    case 'chat':
      if (guest.kind.screen) return (await import('./chat.ts')).chat(guest, command.room);
      return (await import('./plain.ts')).plain(guest, command.room);
    case 'plain':
      return (await import('./plain.ts')).plain(guest, command.room);
  }
};
