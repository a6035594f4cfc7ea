/** Where `say` and `tail` go: a room, or the conversation with one person ("host/@bob", or @bob before the text). Pure. */
import { VoiptermError } from '../errors.ts';
import { memberName } from '../net/control/schema.ts';
import { parseTarget, type Target } from '../net/control/target.ts';

export interface TextPlace {
  readonly target: Target;
  /** With whom the conversation is, or null for the target's room. */
  readonly direct: string | null;
  /** What follows. */
  readonly words: readonly string[];
}

/**
 * With a room in the target, words that begin with @bob are text: "@bob" alone, or before the text, means the
 * conversation only where no room is named. Throws 'usage.invalid'.
 */
export function placeOf(text: string, words: readonly string[] = []): TextPlace {
  const [, host, name] = /^(.*[^/])\/@([^/]*)$/.exec(text) ?? [];
  if (host !== undefined && name !== undefined)
    return { target: parseTarget(host), direct: validName(name), words };
  const target = parseTarget(text);
  const [first, ...rest] = words;
  const named = target.room === null ? /^@(\S+)$/.exec(first ?? '')?.[1] : undefined;
  if (named === undefined || !memberName.safeParse(named).success) return { target, direct: null, words };
  return { target, direct: named, words: rest };
}

function validName(name: string): string {
  if (memberName.safeParse(name).success) return name;
  throw new VoiptermError(
    'usage.invalid',
    `the name ${JSON.stringify(name.slice(0, 80))} must be 1 to 32 of A-Z a-z 0-9 . _ - and start with a letter or digit`,
  );
}
