/** `voipterm ptt`: presses the talk key of a running client, for a pedal or a shortcut of the desktop. */
import { connect, type Socket } from 'node:net';
import { homedir } from 'node:os';
import { errnoOf, VoiptermError } from '../errors.ts';
import { printLine, toJsonLine } from './output.ts';
import { xdgPaths } from './paths.ts';
import { MAX_REMOTE_ANSWER, parseAnswer, type RemoteAnswer, type RemoteError } from './remote-answer.ts';
import { forget, socketsIn } from './remote-socket.ts';
import type { RemoteWord } from './remote-words.ts';

export interface PttOptions {
  readonly pid?: number;
  readonly target?: string;
  readonly json?: boolean;
}

/** A client that does not answer within this time is passed over, ms: it may be stopped. */
const ANSWER_MS = 1500;
/** Sockets that are tried: clients and what crashes left behind. */
const MAX_SOCKETS = 64;

/**
 * @throws VoiptermError 'client.none' if no client runs that fits, 'usage.invalid' for a target that makes no sense, and
 *   what the client says went wrong.
 */
export async function ptt(word: RemoteWord, options: PttOptions): Promise<void> {
  const fits = await chooser(options);
  const paths = socketsIn(xdgPaths(process.env, homedir()).runtime).slice(-MAX_SOCKETS);
  const lines = (await Promise.all(paths.map((path) => Line.to(path)))).filter((line) => line !== undefined);
  try {
    const chosen = lines.filter((line) => fits(line.client)).at(-1);
    if (!chosen) throw nobody(options, lines);
    const answer = word === 'status' ? chosen.client : await chosen.ask(word);
    if (!answer) throw new VoiptermError('client.none', `voipterm ${chosen.client.pid} does not answer`);
    if ('error' in answer) throw new VoiptermError(answer.error.code, answer.error.message);
    if (options.json) await printLine(toJsonLine(answer));
    else if (word === 'status') await printLine(inWords(answer));
  } finally {
    for (const line of lines) line.close();
  }
}

/** Which clients are meant. A target without a name or with the usual port means any name there. */
async function chooser({ pid, target }: PttOptions): Promise<(client: RemoteAnswer) => boolean> {
  const fits = (client: RemoteAnswer): boolean => pid === undefined || client.pid === pid;
  if (target === undefined) return fits;
  // Reading targets takes longer to load than the rest.
  const { parseTarget } = await import('../net/control/target.ts');
  const wanted = parseTarget(target);
  return (client) => {
    if (!fits(client)) return false;
    if (client.target === target) return true;
    const { user, host, port } = parseTarget(client.target);
    return host === wanted.host && port === wanted.port && (wanted.user === null || wanted.user === user);
  };
}

function nobody({ pid, target }: PttOptions, lines: readonly Line[]): VoiptermError {
  const found = lines.map(({ client }) => `${client.pid} (${client.target})`).join(', ');
  if (found === '')
    return new VoiptermError('client.none', 'no voipterm runs here: start one, then this command finds it');
  const wanted = [pid === undefined ? '' : `--pid ${pid}`, target === undefined ? '' : `--target ${target}`];
  return new VoiptermError('client.none', `no voipterm fits ${wanted.join(' ').trim()}; there is ${found}`);
}

function inWords({ pid, target, mode, talking, latched, muted, deafened, link, room }: RemoteAnswer): string {
  const microphone = muted ? 'muted' : talking ? (latched ? 'talking (latched)' : 'talking') : 'silent';
  const where = room === null ? target : `${target} #${room}`;
  return [`${pid} ${where}`, link, mode, microphone, ...(deafened ? ['deafened'] : [])].join(', ');
}

/** A connection to one client that has said who it is. */
class Line {
  readonly client: RemoteAnswer;
  readonly #socket: Socket;

  /** Undefined if nobody is there; a socket that a crash left behind is removed. */
  static async to(path: string): Promise<Line | undefined> {
    const socket = connect(path).setEncoding('utf8');
    const answer = await ask(socket, 'status', path);
    if (answer && !('error' in answer)) return new Line(socket, answer);
    socket.destroy();
    return undefined;
  }

  private constructor(socket: Socket, client: RemoteAnswer) {
    this.#socket = socket;
    this.client = client;
  }

  ask(word: RemoteWord): ReturnType<typeof ask> {
    return ask(this.#socket, word);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Says a word and reads a line of answer; undefined if none comes. */
function ask(
  socket: Socket,
  word: RemoteWord,
  path?: string,
): Promise<RemoteAnswer | RemoteError | undefined> {
  return new Promise((resolve) => {
    let held = '';
    const done = (answer?: RemoteAnswer | RemoteError): void => {
      clearTimeout(timer);
      socket.off('data', take).off('error', failed).off('close', closed).on('error', ignore);
      resolve(answer);
    };
    const take = (text: string): void => {
      held += text;
      const end = held.indexOf('\n');
      if (end >= 0) done(parseAnswer(held.slice(0, end)));
      else if (held.length > MAX_REMOTE_ANSWER) done();
    };
    const failed = (error: Error): void => {
      if (path !== undefined && errnoOf(error) === 'ECONNREFUSED') forget(path);
      done();
    };
    const closed = (): void => done();
    const timer = setTimeout(done, ANSWER_MS);
    socket.on('data', take).on('error', failed).on('close', closed);
    socket.write(`${word} ${Math.round(performance.timeOrigin)}\n`);
  });
}

function ignore(): void {
  // what is closed anyway may fail
}
