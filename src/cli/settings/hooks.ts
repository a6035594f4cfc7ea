/** [hooks]: programs that are started for messages. Pure data; config.ts joins the sections. */
import { z } from 'zod';
import { list, live, MAX_TEXT, type Setting } from '../setting.ts';

/** Most words of a program's command line: more belongs into a script. */
const MAX_WORDS = 32;

function program(help: string): Setting<readonly string[]> {
  const word = z
    .string()
    .max(MAX_TEXT)
    .refine((text) => !/\p{Cc}/u.test(text));
  const expected = 'a list of a program and its arguments, such as ["notify-send", "voipterm"]';
  // Unlike in other lists a word may come twice.
  const schema = z.array(word).max(MAX_WORDS);
  return live({ ...list(word, { min: 0, max: MAX_WORDS }, expected, [], help), schema });
}

export const HOOKS = {
  on_message: program(
    'Program and arguments, started without a shell for each message of others; the message is JSON on its input.',
  ),
  on_mention: program('The same for messages that name you, or are for you alone.'),
} as const satisfies Record<string, Setting>;
