/** [files]: what others send. Pure data; config.ts joins the sections. */
import { live, type Setting, text, whole } from '../setting.ts';

export const FILES = {
  directory: live(text('', 'Where files go that others send you; "" is Downloads in your home directory.')),
  max_mb: live(
    whole(0, 1_000_000, 1024, 'Largest file that you are asked about, megabytes; 0 to be asked about none.'),
  ),
} as const satisfies Record<string, Setting>;
