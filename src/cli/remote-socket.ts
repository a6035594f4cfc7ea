/**
 * A running client's local socket: other programs of the same user press its talk key there (`voipterm ptt`), or speak
 * JSON-RPC with it (engine/protocol.ts) as screens that attach and bots do. The first byte tells which.
 *
 * Each client has a socket of its own in the runtime directory, mode 0600 in a directory of mode 0700, and
 * `newest.sock` leads to that of the client that was started last. A socket that a crash left behind refuses
 * connections and is removed by whoever meets it.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { errnoOf, toWireError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Command } from '../session/commands.ts';
import { EngineLink, MAX_UNREAD_BYTES, type Served } from '../engine/link.ts';
import { MAX_ASK_BYTES } from '../engine/protocol.ts';
import { LineDecoder } from '../net/control/lines.ts';
import { makePrivateDirectory } from '../store/private-directory.ts';
import { answerOf, type RemoteError } from './remote-answer.ts';
import { forget, pointTo } from './remote-socket-paths.ts';
import {
  MAX_REMOTE_LINE,
  PushOrder,
  parseRemoteLine,
  REMOTE_WORDS,
  type RemoteLine,
  type RemoteWord,
} from './remote-words.ts';

/** Connections at once: a key, a pedal, a status bar, screens, bots and some to spare. */
const MAX_CONNECTIONS = 32;
/** A connection that says nothing for so long is closed, ms; a status bar asks more often. */
const IDLE_MS = 60_000;
/** What JSON-RPC begins with. */
const OPENING_BRACE = 0x7b;
/** Answers that a program may leave unread, bytes: some states of a large client. */
const MAX_UNANSWERED_BYTES = 64 * MAX_UNREAD_BYTES;
/** Only its owner may connect. */
const PRIVATE_UMASK = 0o177;

export class RemoteSocket {
  readonly path: string;
  readonly #directory: string;
  readonly #served: Served;
  readonly #server: Server;
  readonly #order = new PushOrder();
  readonly #connections = new Set<Socket>();

  private constructor(served: Served, directory: string) {
    this.#served = served;
    this.#directory = directory;
    const { pid, startedAt } = served.about;
    this.path = join(directory, `${pid}-${startedAt}.sock`);
    this.#server = createServer((socket) => this.#connected(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /**
   * Listens; undefined, with a line in the log, where that cannot be: the client works without it.
   * @param end ends a client that runs in the background; undefined for one with a screen of its own.
   */
  static async open(
    session: Served['session'],
    directory: string,
    log: Logger,
    end?: () => void,
  ): Promise<RemoteSocket | undefined> {
    const about = {
      pid: process.pid,
      startedAt: Math.round(performance.timeOrigin),
      background: end !== undefined,
    };
    const remote = new RemoteSocket({ session, about, end }, directory);
    try {
      makePrivateDirectory(directory);
      await remote.#listen();
      remote.#becomeNewest();
      return remote;
    } catch (error) {
      log.warn('no local socket: voipterm ptt cannot reach this client', {
        path: remote.path,
        reason: errnoOf(error) ?? String(error),
      });
      await remote.close();
      return undefined;
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve())); // it removes the socket
    forget(this.path);
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).once('listening', resolve);
      // Bound in this call: no moment in which others could connect.
      const before = process.umask(PRIVATE_UMASK);
      try {
        this.#server.listen(this.path);
      } finally {
        process.umask(before);
      }
    });
  }

  #becomeNewest(): void {
    this.#server.on('error', () => undefined); // a connection that could not be taken
    pointTo(this.path, this.#directory);
  }

  #connected(socket: Socket): void {
    this.#connections.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#connections.delete(socket));
    socket.once('data', (bytes: Buffer) => {
      if (bytes[0] === OPENING_BRACE) this.#speakRpc(socket, bytes);
      else this.#takeWords(socket, bytes);
    });
  }

  #speakRpc(socket: Socket, first: Buffer): void {
    // Whoever attached may have nothing to say for days.
    socket.setTimeout(0);
    const decoder = new LineDecoder(MAX_ASK_BYTES);
    const link = new EngineLink({
      served: this.#served,
      send: (line) => socket.writable && socket.write(`${line}\n`),
      unread: () => socket.writableLength,
      onNonsense: () => socket.destroy(),
    });
    socket.on('close', () => link.close());
    const take = (bytes: Buffer): void => {
      const { lines, overflow } = decoder.push(bytes);
      for (const line of lines) link.receive(line);
      // Who asks and does not read the answers is not asked to stop: it is cut off.
      if (overflow || socket.writableLength > MAX_UNANSWERED_BYTES) socket.destroy();
    };
    socket.on('data', take);
    take(first);
  }

  #takeWords(socket: Socket, first: Buffer): void {
    let held = '';
    const take = (text: string): void => {
      const lines = (held + text).split('\n');
      held = lines.pop() ?? '';
      for (const line of lines) void this.#answer(line).then((answer) => say(socket, answer));
      if (held.length > MAX_REMOTE_LINE) socket.destroy();
    };
    socket.setEncoding('latin1').on('data', take);
    take(first.toString('latin1'));
  }

  async #answer(text: string): Promise<unknown> {
    const line = text.length <= MAX_REMOTE_LINE ? parseRemoteLine(text) : undefined;
    if (!line) return NOT_UNDERSTOOD;
    try {
      const command = this.#order.counts(line, performance.now()) ? commandOf(line) : undefined;
      const { session, about } = this.#served;
      if (command) await session.act(command);
      return answerOf(session.state, about);
    } catch (error) {
      return { error: toWireError(error) };
    }
  }
}

const NOT_UNDERSTOOD: RemoteError = {
  error: { code: 'usage.invalid', message: `write one of ${REMOTE_WORDS.join(', ')}` },
};

function say(socket: Socket, answer: unknown): void {
  if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`);
}

const COMMANDS: Readonly<Record<RemoteWord, Command | undefined>> = {
  down: { do: 'push', how: 'down' },
  up: { do: 'push', how: 'up' },
  toggle: { do: 'push', how: 'toggle' },
  mute: { do: 'mute', on: true },
  unmute: { do: 'mute', on: false },
  deafen: { do: 'deafen', on: true },
  undeafen: { do: 'deafen', on: false },
  status: undefined,
};

function commandOf({ word }: RemoteLine): Command | undefined {
  return COMMANDS[word];
}
