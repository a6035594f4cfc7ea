/** How far a byte stream has arrived, from acknowledgements that count its bytes modulo 2^32. Pure. */

const MODULUS = 2 ** 32;

/** A count of bytes as it is acknowledged. */
export function acknowledgement(bytes: number): number {
  return bytes % MODULUS;
}

/** Bytes that an acknowledgement tells of beyond `delivered`; 0 for one that is old or cannot be, with so many written. */
export function freshBytes(acknowledged: number, delivered: number, written: number): number {
  const fresh = (acknowledged - (delivered % MODULUS) + MODULUS) % MODULUS;
  return delivered + fresh > written ? 0 : fresh;
}

/** Takes the marks out that `delivered` has reached, oldest first; answers the last of them. */
export function takeReached<T extends { readonly end: number }>(
  marks: T[],
  delivered: number,
): T | undefined {
  let last: T | undefined;
  while (marks[0] && marks[0].end <= delivered) last = marks.shift();
  return last;
}
