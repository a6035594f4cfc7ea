/** [logging]: which lines are logged, and how they look. Pure data; config.ts joins the sections. */
import { LOG_LEVELS } from '../../log.ts';
import { choice, live, quoted, whole, type Setting } from '../setting.ts';

export const LOG_FORMATS = ['pretty', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export const LOGGING = {
  level: live(choice(LOG_LEVELS, 'info', `Least important line that is logged: ${quoted(LOG_LEVELS)}.`)),
  format: choice(LOG_FORMATS, 'pretty', 'Log lines on stderr: "pretty" for people, "json" for programs.'),
  file_max_bytes: live(
    whole(
      65_536,
      1_073_741_824,
      1_048_576,
      'Bytes of the log file of the terminal interface, which keeps one older file beside it.',
    ),
  ),
} as const satisfies Record<string, Setting>;
