/** Looks for secrets in recorded bytes: not only whole ones, any eight bytes in a row of one give it away. Pure. */

const WINDOW = 8;
/** Fewer different bytes in a window stand anywhere (zeros, counters, repeated letters) and prove nothing. */
const MIN_DIFFERENT = 5;

export class Needles {
  /** Each window of each secret, and which secret that is. */
  readonly #windows = new Map<bigint, string>();

  /** Adds a secret; false if no part of it is telling enough to look for. */
  add(name: string, secret: Uint8Array): boolean {
    let added = false;
    for (const { window, bytes } of windowsOf(secret)) {
      if (new Set(bytes).size < MIN_DIFFERENT) continue;
      this.#windows.set(window, name);
      added = true;
    }
    return added;
  }

  /** A text as it is and as base64, which is how bodies stand in a line of the control protocol. */
  addText(name: string, text: string): boolean {
    const bytes = Buffer.from(text);
    this.add(name, Buffer.from(bytes.toString('base64')));
    return this.add(name, bytes);
  }

  /** The names of the secrets of which something is in these bytes. */
  foundIn(records: readonly Uint8Array[]): string[] {
    const found = new Set<string>();
    for (const record of records) {
      for (const { window } of windowsOf(record)) {
        const name = this.#windows.get(window);
        if (name !== undefined) found.add(name);
      }
    }
    return [...found].sort();
  }
}

function* windowsOf(bytes: Uint8Array): Generator<{ window: bigint; bytes: Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + WINDOW <= bytes.length; at++) {
    yield { window: view.getBigUint64(at), bytes: bytes.subarray(at, at + WINDOW) };
  }
}
