/**
 * Where log lines go: pino to stderr, or to a bounded file while the terminal belongs to the interface.
 *
 * Lines hold what peers sent (names, reasons), so none may carry a control character to a terminal. Logging never
 * fails the program: a line that cannot be written is lost, and in a file the loss is told later.
 */
import { appendFileSync, chmodSync, renameSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import pino from 'pino';
import type { prettyFactory } from 'pino-pretty';
import { type Logger, type LogLevel, loggerFrom } from '../log.ts';
import { makePrivateDirectory } from '../store/private-directory.ts';
import type { LogFormat } from './settings/logging.ts';
import { escapeControls, shortened } from './escape.ts';

/** Longest text or field of a line, characters: a peer's words cannot fill a disk or a screen. */
const MAX_FIELD_CHARS = 1000;

/** Takes a finished line with its line end. */
type Sink = (line: string) => void;

export interface StderrLogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Colours in the pretty format. Default: as wantsColor says of stderr. */
  readonly color?: boolean;
  /** Where lines go. Default: stderr. */
  readonly sink?: Sink;
}

/** The logger of every command but the terminal interface. Each line is written before the call returns. */
export function stderrLogger(options: StderrLogOptions): Logger {
  const { level, format, sink = stderrSink() } = options;
  if (format === 'json') return jsonLines(pinoFor(level, escapedTo(sink)));
  return prettyLogger(level, options.color ?? wantsColor(process.env, process.stderr.isTTY), sink);
}

/** Colours belong on a terminal whose user did not say NO_COLOR (no-color.org: set and not empty). */
export function wantsColor(env: Readonly<Record<string, string | undefined>>, isTty: boolean): boolean {
  return isTty && !env.NO_COLOR && env.TERM !== 'dumb';
}

export interface FileLogOptions {
  readonly level: LogLevel;
  readonly file: string;
  /** The file and its predecessor (.1) each stay at or under this. */
  readonly maxBytes: number;
}

/** A logger whose level and bound may change. */
export interface FileLogger extends Logger {
  configure(change: Pick<FileLogOptions, 'level' | 'maxBytes'>): void;
}

/** JSON lines into a file of mode 0600 that moves to FILE.1 when it is full. */
export function fileLogger({ level, file, maxBytes }: FileLogOptions): FileLogger {
  const bound = { maxBytes };
  const sink = boundedFile(file, bound);
  const log = pinoFor(level, escapedTo(sink));
  return {
    ...jsonLines(log),
    configure: (change) => {
      log.level = change.level;
      bound.maxBytes = change.maxBytes;
    },
  };
}

/** JSON escapes C0 itself. The other characters can only stand inside its strings, where \uXXXX means the same. */
function escapedTo(sink: Sink): Sink {
  return (line) => sink(`${escapeControls(line.trimEnd())}\n`);
}

function jsonLines(log: pino.Logger): Logger {
  return loggerFrom((at, text, fields) => {
    const entries = Object.entries(fields).map(([key, value]) => [key, bounded(value)]);
    log[at](Object.fromEntries(entries), bounded(text));
  });
}

function prettyLogger(level: LogLevel, color: boolean, sink: Sink): Logger {
  let prettify: ReturnType<typeof prettyFactory> | undefined;
  const log = pinoFor(level, (line) => {
    // Loaded with the first line: most commands never write one, and it takes a tenth of the time that they start in.
    prettify ??= loadPretty().prettyFactory({ colorize: color, translateTime: 'SYS:HH:MM:ss.l' });
    sink(prettify(line));
  });
  return loggerFrom((at, text, fields) => {
    // Written into the text, as pino-pretty gives some names (name, pid, caller) a meaning of its own.
    const pairs = Object.entries(fields).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}=${JSON.stringify(bounded(value))}`],
    );
    log[at](escapeControls([bounded(text), ...pairs].join(' ')));
  });
}

function loadPretty(): { readonly prettyFactory: typeof prettyFactory } {
  return createRequire(import.meta.url)('pino-pretty');
}

function pinoFor(level: LogLevel, write: Sink): pino.Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
}

function bounded<T>(value: T): T | string {
  return typeof value === 'string' ? shortened(value, MAX_FIELD_CHARS) : value;
}

function stderrSink(): Sink {
  const stderr = pino.destination({ fd: 2, sync: true });
  // Whoever read our stderr may have gone: that ends the log, not the program.
  stderr.on('error', () => undefined);
  return (line) => stderr.write(line);
}

/**
 * Opens the file anew for each line: the log of a terminal interface is a few lines an hour, and so neither a
 * deleted file nor another process that rotates it matters.
 */
function boundedFile(file: string, bound: { readonly maxBytes: number }): Sink {
  let lost = 0;
  return (line) => {
    try {
      const notice = lost > 0 ? lostNotice(lost) : '';
      appendBounded(file, notice + line, bound.maxBytes);
      lost = 0;
    } catch {
      lost++;
    }
  };
}

/** Begins with a line end, as a full disk may have torn the line before. */
function lostNotice(lines: number): string {
  const level: LogLevel = 'warn';
  return `\n${JSON.stringify({ level, time: new Date().toISOString(), msg: 'log lines were lost', lines })}\n`;
}

function appendBounded(file: string, text: string, maxBytes: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) throw new RangeError('a line larger than the file may be');
  const present = statSync(file, { throwIfNoEntry: false });
  if (!present) makePrivateDirectory(dirname(file));
  else if (!present.isFile()) throw new TypeError('something else stands where the log file should');
  // A file from elsewhere may be open to others.
  else if ((present.mode & 0o077) !== 0) chmodSync(file, 0o600);
  if (present && present.size + bytes > maxBytes) renameSync(file, `${file}.1`);
  appendFileSync(file, text, { mode: 0o600 });
}
