/** What is asked of the same texts again and again, as a screen's parts at each frame, and answered once. */

/** The same function, which remembers its answers for `most` texts and then forgets all of them. */
export function remembered<T>(work: (text: string) => T, most: number): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const answer = work(text);
    if (known.size >= most) known.clear();
    known.set(text, answer);
    return answer;
  };
}
