/** For a station that draws for nobody: who comes with a plain SSH client is told how to come. */
import type { GuestPlace, OpenedGuests, Visit } from './guests.ts';

const NOBODY: Visit = {
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
      return NOBODY;
    },
    close: () => Promise.resolve(),
  };
}
