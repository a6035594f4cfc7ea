/** For a station that draws for nobody: who comes with a plain SSH client is told how to come. */
import type { GuestPlace, OpenedGuests, Visit } from './guests.ts';

/** Of one who was turned away: the channel is ended, and nothing more is done for it. */
export const TURNED_AWAY: Visit = {
  typed: () => undefined,
  typedAll: () => undefined,
  resized: () => undefined,
  signalled: () => undefined,
  dismiss: () => Promise.resolve(),
  gone: () => undefined,
};

export function noGuests({ target }: GuestPlace): OpenedGuests {
  return {
    receive: (_visitor, channel) => {
      channel.writeError(`This is a voipterm station; connect with: voipterm ${target}\r\n`);
      channel.end(1);
      return TURNED_AWAY;
    },
    close: () => Promise.resolve(),
  };
}
