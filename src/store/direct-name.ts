/**
 * What the conversation of two keys is called among a station's rooms: the same from both sides. Pure.
 *
 * No room of a member's making can have such a name: theirs begin with a letter or digit (net/control/schema-fields.ts).
 */

const MARK = '@';

/** The canonical name of the conversation between two keys, given by their fingerprints; of a key with itself too. */
export function directName(one: string, other: string): string {
  return MARK + (one < other ? `${one} ${other}` : `${other} ${one}`);
}

/** Whether a room of the store is a conversation of two keys. */
export function isDirect(name: string): boolean {
  return name.startsWith(MARK);
}
