/**
 * Keeps what the program writes to stderr off the screen while the user interface owns it.
 *
 * A warning of Node or of a library would tear the screen; it is kept and written once the terminal is given back.
 * A stderr that is no terminal (2>file) is left alone.
 */

/** Text kept, UTF-16 units; more would bury the shell's own lines. The first part is the one that explains. */
const MAX_HELD = 16 * 1024;

export class HeldStderr {
  #held = '';
  #write: typeof process.stderr.write | undefined;

  hold(): void {
    if (!process.stderr.isTTY || this.#write) return;
    this.#write = process.stderr.write;
    process.stderr.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      this.#held = (this.#held + text).slice(0, MAX_HELD);
      for (const done of rest) if (typeof done === 'function') done();
      return true;
    };
  }

  /** Writes what was held. Calling it again does nothing. */
  release(): void {
    if (!this.#write) return;
    process.stderr.write = this.#write;
    this.#write = undefined;
    if (this.#held !== '') process.stderr.write(this.#held);
    this.#held = '';
  }
}
