/** What the arguments of a command are, read from its usage: the help and the completion say the same. Pure. */
import type { Argument } from './completion.ts';

/** Words in capitals that stand for something, and what. */
const KINDS: readonly (readonly [RegExp, Argument])[] = [
  [/^@|^(NAME|WHO|MEMBER|PERSON)$/, 'member'],
  [/^#|^ROOM$/, 'room'],
  [/^(PATH|FILE|DIR|DIRECTORY)$/, 'path'],
  [/^(KEY|SETTING)$/, 'setting'],
  [/^THEME$/, 'theme'],
  [/^\/?COMMAND$/, 'command'],
];

/** By position, each with all that it may be: "[wav|ogg] [DIR], stop" has wav, ogg, a path or stop first, then a path. */
export function argumentsOf(usage: string): readonly (readonly Argument[])[] {
  const positions: Argument[][] = [];
  for (const alternative of usage.split(/,\s*/)) {
    const tokens = alternative.split(/\s+/).filter((token) => token !== '');
    for (const [index, token] of tokens.entries()) {
      // What may be left out leaves its place to what follows.
      let earliest = index;
      while (earliest > 0 && tokens[earliest - 1]?.startsWith('[')) earliest--;
      for (let at = earliest; at <= index; at++) {
        positions[at] ??= [];
        positions[at]?.push(...kindsOf(token));
      }
    }
  }
  return Array.from(positions, (kinds) => kinds ?? []);
}

function kindsOf(token: string): readonly Argument[] {
  const words = token.replaceAll(/[[\]<>]/g, '').split('|');
  const kinds = words.flatMap((word): Argument[] => {
    const known = KINDS.find(([pattern]) => pattern.test(word));
    return known ? [known[1]] : [];
  });
  const literal = words.filter((word) => /^[a-z][a-z-]+$/.test(word));
  return literal.length > 0 ? [...kinds, literal] : kinds;
}
