/** Puts a session's terminals together: the tabs, and what programs in them need of the station. */
import type { Logger } from '../log.ts';
import type { Forwarding } from './forwarding.ts';
import type { Caller } from './history.ts';
import type { SessionLink } from './link.ts';
import type { LiveState } from './live-state.ts';
import type { Launch } from './shell-program.ts';
import { launchAtStation } from './shell-station.ts';
import { ShellTunnel } from './shell-tunnel.ts';
import { type ShellPrograms, Shells } from './shells.ts';

/** What a program of a terminal may use of the session. */
export interface ShellTools {
  readonly tunnel: ShellTunnel;
  /** A shell on the station's host. */
  readonly station: () => Launch;
}

export interface ShellParts {
  readonly live: LiveState;
  readonly call: Caller;
  readonly log: Logger;
  readonly link: () => SessionLink;
  readonly forwarding: Forwarding;
}

/** @param programs which terminals this user may have; none if left out. */
export function makeShells(
  { live, call, log, link, forwarding }: ShellParts,
  programs: ((tools: ShellTools) => ShellPrograms) | undefined,
): Shells {
  const tunnel = new ShellTunnel({ live, call, open: (ask) => forwarding.openQuietly(ask) });
  const station = (): Launch => launchAtStation(tunnel, link);
  return new Shells(
    {
      state: () => live.now,
      apply: (change) => live.apply({ kind: 'shells', change }),
      notice: (text) => live.notice(text),
      call,
      log,
    },
    programs?.({ tunnel, station }) ?? {},
  );
}
