/** [crypto]: ciphers. Pure data; config.ts joins the sections. */
import { z } from 'zod';
import { SUITES } from '../../net/protocol/constants.ts';
import { list, quoted, reconnect, type Setting } from '../setting.ts';

export const CRYPTO = {
  suites: reconnect(
    list(
      z.enum(SUITES),
      { min: 1, max: SUITES.length },
      `a list of different suites, at least one of ${quoted(SUITES)}`,
      SUITES,
      'Ciphers that you accept for voice, preferred first.',
    ),
  ),
} as const satisfies Record<string, Setting>;
