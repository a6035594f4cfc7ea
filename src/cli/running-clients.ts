/** The clients that run on this machine: who they are, and which of them is meant. */
import { connect, type Socket } from 'node:net';
import { homedir } from 'node:os';
import { errnoOf, VoiptermError } from '../errors.ts';
import { xdgPaths } from './paths.ts';
import { MAX_REMOTE_ANSWER, parseAnswer, type RemoteAnswer, type RemoteError } from './remote-answer.ts';
import { forget, socketsIn } from './remote-socket-paths.ts';
import type { RemoteWord } from './remote-words.ts';

/** Which client: all that is said must fit; without anything, the one that was started last. */
export interface ClientChoice {
  readonly pid?: number;
  readonly target?: string;
}

/** A client that does not answer within this time is passed over, ms: it may be stopped. */
const ANSWER_MS = 1500;
/** Sockets that are tried: clients and what crashes left behind. */
const MAX_SOCKETS = 64;

/**
 * Does something with the client that is meant, of those that `fits`. Its connection lasts as long as the work.
 * @throws VoiptermError 'client.none' if none runs that fits, 'usage.invalid' for a target that makes no sense.
 */
export async function withClient<T>(
  choice: ClientChoice,
  work: (client: ClientLine) => Promise<T>,
  fits: (client: RemoteAnswer) => boolean = () => true,
): Promise<T> {
  const isMeant = await chooser(choice);
  return withAll(async (lines) => {
    const possible = lines.filter(({ client }) => fits(client));
    const chosen = possible.filter(({ client }) => isMeant(client)).at(-1);
    if (!chosen) throw nobody(choice, possible);
    return work(chosen);
  });
}

/** Who runs, in the order in which they were started. */
export function runningClients(): Promise<RemoteAnswer[]> {
  return withAll((lines) => Promise.resolve(lines.map(({ client }) => client)));
}

async function withAll<T>(work: (lines: readonly ClientLine[]) => Promise<T>): Promise<T> {
  const paths = socketsIn(xdgPaths(process.env, homedir()).runtime).slice(-MAX_SOCKETS);
  const found = await Promise.all(paths.map((path) => ClientLine.to(path)));
  const lines = found.filter((line) => line !== undefined);
  try {
    return await work(lines);
  } finally {
    for (const line of lines) line.close();
  }
}

/** Which clients are meant. A target without a name or with the usual port means any name there. */
async function chooser({ pid, target }: ClientChoice): Promise<(client: RemoteAnswer) => boolean> {
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

function nobody({ pid, target }: ClientChoice, lines: readonly ClientLine[]): VoiptermError {
  const found = lines.map(({ client }) => `${client.pid} (${client.target})`).join(', ');
  if (found === '')
    return new VoiptermError('client.none', 'no voipterm runs here: start one, then this command finds it');
  const wanted = [pid === undefined ? '' : `--pid ${pid}`, target === undefined ? '' : `--target ${target}`];
  return new VoiptermError('client.none', `no voipterm fits ${wanted.join(' ').trim()}; there is ${found}`);
}

/** A connection to one client that has said who it is. */
export class ClientLine {
  /** Of its local socket. */
  readonly path: string;
  readonly client: RemoteAnswer;
  readonly #socket: Socket;

  /** Undefined if nobody is there; a socket that a crash left behind is removed. */
  static async to(path: string): Promise<ClientLine | undefined> {
    const socket = connect(path).setEncoding('utf8');
    const answer = await ask(socket, 'status', path);
    if (answer && !('error' in answer)) return new ClientLine(path, socket, answer);
    socket.destroy();
    return undefined;
  }

  private constructor(path: string, socket: Socket, client: RemoteAnswer) {
    this.path = path;
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
