/** [shell]: the terminals of the shell pane; a change counts for the next one that is opened. Pure data; config.ts joins the sections. */
import { choice, live, type Setting, whole } from '../setting.ts';

export const TUNNEL_MODES = ['auto', 'on', 'off'] as const;

export const SHELL = {
  tunnel: live(
    choice(
      TUNNEL_MODES,
      'auto',
      'Connections of the shell leave from the station: where it lets your key, always (or no shell starts), or never.',
    ),
  ),
  scrollback: live(whole(0, 100_000, 2000, 'Rows of a shell that are kept above its screen.')),
} as const satisfies Record<string, Setting>;
