/** A shell on the station's host, where its operator lets our key have one, over the connection that is there. */
import { VoiptermError } from '../errors.ts';
import type { SessionLink } from './link.ts';
import type { Launch } from './shell-program.ts';
import type { ShellTunnel } from './shell-tunnel.ts';

export function launchAtStation(tunnel: ShellTunnel, link: () => SessionLink): Launch {
  return async (size, events) => {
    const { station } = await tunnel.rights();
    const { openShell } = link();
    if (!station || !openShell) {
      throw new VoiptermError(
        'control.forbidden',
        'this station gives your key no shell on its host; its operator allows that with station.shell.',
      );
    }
    return openShell(size, events);
  };
}
