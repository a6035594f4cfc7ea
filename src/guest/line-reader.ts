/**
 * Lines that a guest types. Without a terminal they come as they are; with one, its SSH client hands over every key, and
 * what the kernel does for a program on the spot is done here: echo, erase, end.
 */
import type { Guest } from './guest.ts';

/** Longest line, UTF-16 units: the longest message. */
const MAX_LINE = 8 * 1024;
const KEYS = { interrupt: '\x03', end: '\x04', eraseLine: '\x15', eraseWord: '\x17' } as const;
const ERASE = /^[\b\x7f]$/;

type Typist = Pick<Guest, 'input' | 'output'> & { readonly visitor: Pick<Guest['visitor'], 'terminal'> };

export class LineReader {
  readonly #guest: Typist;
  #line = '';

  constructor(guest: Typist) {
    this.#guest = guest;
  }

  /** Each line without its end; ends with the input, ^D on an empty line, or ^C. */
  async *lines(): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#guest.input) {
      for (const key of decoder.decode(chunk as Uint8Array, { stream: true })) {
        if (key === KEYS.interrupt || (key === KEYS.end && this.#line === '')) return;
        if (key === '\r' || key === '\n') yield this.#finish();
        else this.#edit(key);
      }
    }
    if (this.#line !== '') yield this.#finish();
  }

  #finish(): string {
    const line = this.#line;
    this.#line = '';
    this.#echo('\n');
    return line;
  }

  #edit(key: string): void {
    if (ERASE.test(key)) this.#erase(1);
    else if (key === KEYS.eraseLine) this.#erase(this.#line.length);
    else if (key === KEYS.eraseWord)
      this.#erase(this.#line.length - this.#line.trimEnd().lastIndexOf(' ') - 1);
    else if (key >= ' ' && this.#line.length < MAX_LINE) {
      this.#line += key;
      this.#echo(key);
    }
  }

  #erase(count: number): void {
    const erased = [...this.#line].slice(-count).length;
    this.#line = [...this.#line].slice(0, -count).join('');
    this.#echo('\b \b'.repeat(erased));
  }

  #echo(text: string): void {
    if (this.#guest.visitor.terminal) this.#guest.output.write(text);
  }
}
