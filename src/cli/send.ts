/** `voipterm send`: offers files and ends once somebody has all of each. */
import { VoiptermError } from '../errors.ts';
import { percentOf } from '../session/file-words.ts';
import { isOver } from '../session/file-list.ts';
import type { FileTransfer } from '../session/file-state.ts';
import type { Session } from '../session/session.ts';
import type { State } from '../session/state.ts';
import { type CommonOptions, openHeadless, roomOf } from './context.ts';
import { escapeControls } from './escape.ts';
import { toJsonLine } from './json-line.ts';
import { printLine } from './output.ts';
import { placeOf } from './place.ts';
import { onStopSignal } from './signals.ts';
import { inRoom, startHeadless } from './voice.ts';

export interface SendOptions extends CommonOptions {
  /** Seconds in which somebody has to take each file. */
  readonly timeout: number;
  readonly json?: boolean;
}

const CONNECT_TIMEOUT_MS = 20_000;
/** Between two looks at a progress bar, ms. */
const PROGRESS_MS = 200;
const BAR = 30;

/**
 * Throws 'file.refused' when a file is not taken by anybody, 'file.unusable' for one that cannot be read, 'control.timeout' if
 * nobody answers.
 */
export async function send(
  targetText: string,
  given: readonly string[],
  options: SendOptions,
): Promise<void> {
  const context = openHeadless(options);
  const { target, direct, words: paths } = placeOf(targetText, given);
  if (paths.length === 0)
    throw new VoiptermError('usage.invalid', 'which file? name one behind whom it is for');
  const room = roomOf(context, target);
  const place = direct === null ? room : `@${direct}`;
  const stop = onStopSignal();
  const session = await startHeadless(context, target, direct === null ? [room] : []);
  const progress = new Progress(session);
  try {
    const ready = (state: State): boolean =>
      direct === null ? inRoom(state, room) : state.link.at === 'online';
    await session.until(ready, CONNECT_TIMEOUT_MS, true);
    for (const path of paths) {
      const sent = sendOne(session, path, place, options.timeout * 1000);
      const transfer = await Promise.race([sent, stop.requested.then(stopped)]);
      progress.clear();
      if (options.json) await printLine(toJsonLine({ event: 'sent', ...pick(transfer) }));
    }
  } finally {
    progress.end();
    stop.dispose();
    await session.close();
  }
}

function pick({ name, who, size }: FileTransfer): object {
  return { name, to: who, bytes: size };
}

function stopped(): never {
  throw new VoiptermError('file.refused', 'told to stop before the file was sent');
}

async function sendOne(
  session: Session,
  path: string,
  place: string,
  timeoutMs: number,
): Promise<FileTransfer> {
  const before = new Set(session.state.files.transfers.map(({ number }) => number));
  await session.act({ do: 'file-send', path, to: place });
  const newest = (): FileTransfer | undefined =>
    session.state.files.transfers.find(({ number }) => !before.has(number));
  const isTaken = (): boolean => newest()?.state !== 'offered';
  await session.until(isTaken, timeoutMs).catch((error: unknown) => {
    if (session.state.link.at !== 'online') throw error;
    throw new VoiptermError('file.refused', `${path} was not taken in ${timeoutMs / 1000} s`);
  });
  await over(session, newest);
  const transfer = newest();
  if (transfer?.state === 'done') return transfer;
  const why = transfer?.note ? `: ${transfer.note}` : '';
  throw new VoiptermError('file.refused', `${path} was not taken${why}`);
}

/** However long that takes; a link that fails for good is said. */
function over(session: Session, newest: () => FileTransfer | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      const { link } = session.state;
      const transfer = newest();
      if (link.at === 'failed') reject(new VoiptermError(link.code, link.reason));
      else if (!transfer || isOver(transfer)) resolve();
      else return;
      done();
    };
    const done = session.subscribe(check);
    check();
  });
}

/** A bar on a terminal, nothing elsewhere. */
class Progress {
  readonly #session: Session;
  readonly #timer: NodeJS.Timeout | undefined;
  #shown = false;

  constructor(session: Session) {
    this.#session = session;
    if (process.stderr.isTTY) this.#timer = setInterval(() => this.#draw(), PROGRESS_MS);
  }

  clear(): void {
    if (this.#shown) process.stderr.write('\r\x1b[K');
    this.#shown = false;
  }

  end(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #draw(): void {
    const transfer = this.#session.state.files.transfers.findLast((one) => !isOver(one));
    if (!transfer) return;
    const filled = transfer.size === 0 ? BAR : Math.floor((BAR * transfer.done) / transfer.size);
    const bar = '#'.repeat(filled).padEnd(BAR, '.');
    const what = transfer.state === 'running' ? percentOf(transfer) : transfer.state;
    process.stderr.write(`\r\x1b[K${escapeControls(transfer.name)} [${bar}] ${what}`);
    this.#shown = true;
  }
}
