/**
 * What a guest types as whole lines, bounded. Without a terminal they come as they are; a dumb one hands over every key, and
 * what the kernel does for a program on the spot is done here: echo, erase, end.
 */
import { PassThrough } from 'node:stream';
import type { Guest } from './guest.ts';

/** Longest line, UTF-16 units: longer than any message, so that the session says that it is too long. What follows is dropped. */
export const MAX_LINE = 9 * 1024;
const KEYS = { interrupt: '\x03', end: '\x04', eraseLine: '\x15', eraseWord: '\x17' } as const;
const ERASE = /^[\b\x7f]$/;

type Typist = Pick<Guest, 'input' | 'output'> & { readonly visitor: Pick<Guest['visitor'], 'terminal'> };

export class LineInput extends PassThrough {
  readonly isTTY: boolean;
  readonly #typist: Typist;
  readonly #decoder = new TextDecoder();
  #line = '';

  constructor(typist: Typist) {
    super();
    this.#typist = typist;
    this.isTTY = typist.visitor.terminal !== null;
    typist.input.on('data', (bytes: Uint8Array) => this.#keys(this.#decoder.decode(bytes, { stream: true })));
    typist.input.on('end', () => this.#finish());
  }

  #keys(text: string): void {
    for (const key of text) {
      if (this.writableEnded) return;
      if (this.isTTY && (key === KEYS.interrupt || (key === KEYS.end && this.#line === ''))) this.end();
      else if (key === '\n' || (this.isTTY && key === '\r')) this.#send();
      else if (this.isTTY) this.#edit(key);
      else this.#add(key);
    }
  }

  #send(): void {
    this.#echo('\n');
    this.write(`${this.#line}\n`);
    this.#line = '';
  }

  /** The input is over; a last line without its end counts. */
  #finish(): void {
    if (this.writableEnded) return;
    if (this.#line !== '') this.write(`${this.#line}\n`);
    this.end();
  }

  #edit(key: string): void {
    if (ERASE.test(key)) this.#erase(1);
    else if (key === KEYS.eraseLine) this.#erase(this.#line.length);
    else if (key === KEYS.eraseWord) this.#erase(/\S*\s*$/.exec(this.#line)?.[0].length ?? 0);
    else if (key >= ' ' && this.#add(key)) this.#echo(key);
  }

  #add(key: string): boolean {
    if (this.#line.length >= MAX_LINE) return false;
    this.#line += key;
    return true;
  }

  #erase(count: number): void {
    const kept = [...this.#line].slice(0, -count);
    const erased = [...this.#line].length - kept.length;
    this.#line = kept.join('');
    this.#echo('\b \b'.repeat(erased));
  }

  #echo(text: string): void {
    if (this.isTTY) this.#typist.output.write(text);
  }
}
