/**
 * A station's local socket, through which its operator asks it things while it runs (`voipterm station`). In the data
 * directory, mode 0600: whoever may read the station's database may do everything anyway.
 */
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { errnoOf, VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { LineDecoder } from '../net/control/lines.ts';
import { parseJson, requestEnvelope, sentenceOf, toErrorObject } from '../net/control/rpc-wire.ts';
import { RPC_ERROR } from '../net/control/schema.ts';
import {
  ADMIN_SOCKET,
  type AdminAsk,
  type AdminHandlers,
  type AdminMethod,
  adminRequests,
  MAX_ADMIN_LINE,
} from './admin-schema.ts';

/** Connections at once: an operator's commands and a script or two. */
const MAX_CONNECTIONS = 16;
/** A connection that says nothing for so long is closed, ms. */
const IDLE_MS = 60_000;
/** Only its owner may connect. */
const PRIVATE_UMASK = 0o177;
/** Longest path that every system takes for a socket, bytes (macOS: 104 with the end). */
const MAX_SOCKET_PATH = 103;

export class AdminSocket {
  readonly #server: Server;
  readonly #path: string;
  readonly #handlers: AdminHandlers;
  readonly #log: Logger;
  readonly #connections = new Set<Socket>();

  private constructor(path: string, handlers: AdminHandlers, log: Logger) {
    this.#path = path;
    this.#handlers = handlers;
    this.#log = log;
    this.#server = createServer((socket) => this.#connected(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /**
   * Listens; undefined, with a line in the log, where that cannot be: the station works without it. The directory belongs to
   * this station alone (its database is locked), so that a socket that lies there is left over from a crash.
   */
  static async open(dataDir: string, handlers: AdminHandlers, log: Logger): Promise<AdminSocket | undefined> {
    const path = join(dataDir, ADMIN_SOCKET);
    const admin = new AdminSocket(path, handlers, log);
    try {
      if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
        throw new Error(`its path is longer than ${MAX_SOCKET_PATH} bytes`);
      }
      rmSync(path, { force: true });
      await admin.#listen();
      return admin;
    } catch (error) {
      const reason = errnoOf(error) ?? (error instanceof Error ? error.message : String(error));
      log.warn('no local socket: voipterm station cannot reach this station', { path, reason });
      return undefined;
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve())); // it removes the socket
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).once('listening', resolve);
      // Bound in this call: no moment in which others could connect.
      const before = process.umask(PRIVATE_UMASK);
      try {
        this.#server.listen(this.#path);
      } finally {
        process.umask(before);
      }
    });
  }

  #connected(socket: Socket): void {
    this.#connections.add(socket);
    const decoder = new LineDecoder(MAX_ADMIN_LINE);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#connections.delete(socket));
    socket.on('data', (chunk: Uint8Array) => {
      const { lines, overflow } = decoder.push(chunk);
      for (const line of lines) void this.#answer(line).then((answer) => send(socket, answer));
      if (overflow) socket.destroy();
    });
  }

  async #answer(line: string): Promise<object> {
    const envelope = requestEnvelope.safeParse(parseJson(line));
    if (!envelope.success) {
      const error = { code: RPC_ERROR.invalidRequest, message: 'a line must be one JSON-RPC 2.0 request' };
      return { jsonrpc: '2.0', id: null, error };
    }
    const { id = null, method, params } = envelope.data;
    try {
      if (!isMethod(method)) {
        const error = { code: RPC_ERROR.methodNotFound, message: `there is no method ${method}` };
        return { jsonrpc: '2.0', id, error };
      }
      return { jsonrpc: '2.0', id, result: await this.#call(method, params ?? {}) };
    } catch (error) {
      if (!(error instanceof VoiptermError)) {
        this.#log.error('a request of the operator failed by a fault of the station', {
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
      }
      return { jsonrpc: '2.0', id, error: toErrorObject(error) };
    }
  }

  #call<M extends AdminMethod>(method: M, params: unknown): unknown {
    const ask = adminRequests[method].ask.safeParse(params);
    if (!ask.success) throw new VoiptermError('control.invalid-params', sentenceOf(ask.error));
    return this.#handlers[method](ask.data as AdminAsk<M>);
  }
}

function isMethod(name: string): name is AdminMethod {
  return Object.hasOwn(adminRequests, name);
}

function send(socket: Socket, answer: object): void {
  if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`);
}
