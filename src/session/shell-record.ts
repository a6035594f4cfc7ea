/**
 * A terminal's output as an asciicast v2 file (docs.asciinema.org/manual/asciicast/v2): what was printed and when, and
 * every size; never what was typed. The file is new, and only its owner may read it.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { sentenceOf, VoiptermError } from '../errors.ts';
import { changeTab, type OwnTab, type ShellContext } from './shell-context.ts';
import type { ShellScreen } from './shell-screen.ts';

/** Where a recording ends by itself, bytes: a day of ordinary work, not a disk. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Unwritten bytes at which output is left out: a disk that is slower than `yes` must not fill memory. */
const MAX_UNWRITTEN = 8 * 1024 * 1024;

/** The first line: what a player must know. `at` in ms since 1970. */
export function castHeader(columns: number, rows: number, at: number): string {
  const header = { version: 2, width: columns, height: rows, timestamp: Math.floor(at / 1000) };
  return `${JSON.stringify({ ...header, env: { TERM: 'xterm-256color' } })}\n`;
}

/** One event: output ('o') or a new size ('r'), `ms` after the header. */
export function castEvent(ms: number, kind: 'o' | 'r', text: string): string {
  return `${JSON.stringify([Math.round(ms) / 1000, kind, text])}\n`;
}

interface Recording {
  readonly file: string;
  readonly stream: WriteStream;
  readonly stop: () => void;
}

export class Recordings {
  readonly #context: ShellContext;
  readonly #running = new Map<number, Recording>();
  readonly #ending = new Set<Promise<void>>();

  constructor(context: ShellContext) {
    this.#context = context;
  }

  /** Starts recording a tab, or ends it with null. Rejects with 'file.unwritable' for a file that is there already. */
  async set(tab: OwnTab, file: string | null): Promise<void> {
    const running = this.#running.get(tab.id);
    if (file === null) {
      if (!running) throw new VoiptermError('usage.invalid', 'this shell is not being recorded');
      return this.end(tab.id);
    }
    if (running)
      throw new VoiptermError('usage.invalid', `this shell is recorded to ${running.file} already`);
    await this.#begin(tab, resolve(file.replace(/^~(?=\/)/, homedir())));
  }

  /** Ends the recording of a tab, if there is one. */
  end(id: number, why = ''): void {
    const running = this.#running.get(id);
    if (!running) return;
    this.#running.delete(id);
    running.stop();
    const done = new Promise<void>((settle) => running.stream.end(settle)).catch(() => undefined);
    this.#ending.add(done);
    void done.then(() => this.#ending.delete(done));
    changeTab(this.#context, id, () => ({ recording: null }));
    this.#context.notice(
      `recorded the shell to ${running.file}${why}; play it: asciinema play ${running.file}`,
    );
  }

  /** Resolves when every file is whole. */
  async closed(): Promise<void> {
    await Promise.all(this.#ending);
  }

  async #begin({ id, terminal }: OwnTab, file: string): Promise<void> {
    const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
      throw new VoiptermError('usage.invalid', cannotWrite(file, error));
    });
    const stream = createWriteStream(file, { fd: handle });
    const began = performance.now();
    const { columns, rows } = terminal.size;
    let written = 0;
    const write = (kind: 'o' | 'r', text: string): void => {
      if (stream.writableLength > MAX_UNWRITTEN) return;
      const line = castEvent(performance.now() - began, kind, text);
      written += line.length;
      stream.write(line);
      if (written > MAX_BYTES) this.end(id, ', which is as large as one may be');
    };
    stream.on('error', (error) => this.end(id, ` until the disk failed (${sentenceOf(error)})`));
    stream.write(castHeader(columns, rows, Date.now()));
    const present = textOf(terminal.live);
    if (present !== '') write('o', present);
    const stop = terminal.tap({
      output: (text) => write('o', text),
      resized: (size) => write('r', `${size.columns}x${size.rows}`),
    });
    this.#running.set(id, { file, stream, stop });
    changeTab(this.#context, id, () => ({ recording: file }));
    this.#context.notice(`what this shell prints is recorded to ${file}; /record-shell off ends it`);
  }
}

/** What is on the screen already, without its colours: a recording that begins in the middle shows what it goes on from. */
function textOf({ rows }: ShellScreen): string {
  const lines = rows.map((runs) => runs.map(({ text }) => text).join(''));
  return lines.join('').trim() === '' ? '' : `\x1b[2J\x1b[H${lines.join('\r\n').trimEnd()}`;
}

function cannotWrite(file: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EEXIST') return `${file} is there already and is not overwritten; choose another name`;
  return `${join(file)} cannot be written (${code ?? sentenceOf(error)}); choose another place`;
}
