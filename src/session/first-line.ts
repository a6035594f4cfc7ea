/** What stands for a text where there is one row for it. Pure. */

/** Its first line, at most so many characters; a cut shows as the ellipsis. */
export function firstLine(text: string, characters: number): string {
  const [first = ''] = text.split('\n', 1);
  return first.length > characters ? `${first.slice(0, characters - 1)}…` : first;
}
