/** What every part logs through. Who makes the logger decides where lines go (cli/logging.ts: pino). */

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Plain data beside a log line. Keys are snake-less camelCase; values must survive JSON. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Logger {
  debug(text: string, fields?: LogFields): void;
  info(text: string, fields?: LogFields): void;
  warn(text: string, fields?: LogFields): void;
  error(text: string, fields?: LogFields): void;
}

/** Makes a logger from one function. A worker thread's function posts the line to the thread that owns the terminal. */
export function loggerFrom(write: (level: LogLevel, text: string, fields: LogFields) => void): Logger {
  const at =
    (level: LogLevel) =>
    (text: string, fields: LogFields = {}): void =>
      write(level, text, fields);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A logger that drops every line. */
export const silentLog: Logger = loggerFrom(() => undefined);
