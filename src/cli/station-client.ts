/** The asking end of a running station's local socket: one request, one answer. */
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { errnoOf, VoiptermError } from '../errors.ts';
import { LineDecoder } from '../net/control/lines.ts';
import { answerEnvelope, fromErrorObject, parseJson } from '../net/control/rpc-wire.ts';
import {
  ADMIN_SOCKET,
  type AdminAnswer,
  type AdminAsk,
  type AdminMethod,
  adminRequests,
  MAX_ADMIN_LINE,
} from '../station/admin-schema.ts';

/** A station that does not answer in this time is stopped or broken, ms. */
const ANSWER_MS = 10_000;

export interface StationClient {
  ask<M extends AdminMethod>(method: M, params: AdminAsk<M>): Promise<AdminAnswer<M>>;
}

/** @param dataDir of the station. Its asks throw 'station.none' if none runs there, and what the station answers. */
export function stationClient(dataDir: string): StationClient {
  return {
    async ask(method, params) {
      const request = { jsonrpc: '2.0', id: 1, method, params };
      const line = await exchange(dataDir, `${JSON.stringify(request)}\n`);
      const envelope = answerEnvelope.safeParse(parseJson(line));
      const { error, result } = envelope.data ?? {};
      if (error) throw fromErrorObject(error);
      const answer = adminRequests[method].answer.safeParse(result);
      if (answer.success) return answer.data as AdminAnswer<typeof method>;
      throw new VoiptermError(
        'control.protocol',
        'the station answered in another way: it may be of another version, so restart it',
      );
    },
  };
}

function exchange(dataDir: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(dataDir, ADMIN_SOCKET));
    const decoder = new LineDecoder(MAX_ADMIN_LINE);
    const settle = (outcome: () => void): void => {
      socket.destroy();
      outcome();
    };
    socket.setTimeout(ANSWER_MS, () => settle(() => reject(silent(dataDir))));
    socket.once('error', (error) => settle(() => reject(unreachable(error, dataDir))));
    socket.once('close', () => reject(silent(dataDir)));
    socket.on('data', (chunk: Uint8Array) => {
      const [line] = decoder.push(chunk).lines;
      if (line !== undefined) settle(() => resolve(line));
    });
    write(socket, request);
  });
}

function write(socket: Socket, request: string): void {
  socket.once('connect', () => socket.write(request));
}

function silent(dataDir: string): VoiptermError {
  return new VoiptermError('station.none', `the station in ${dataDir} does not answer`);
}

function unreachable(error: Error, dataDir: string): VoiptermError {
  const errno = errnoOf(error);
  if (errno === 'EACCES') {
    return new VoiptermError(
      'station.none',
      `only the user who runs the station in ${dataDir} may ask it: use sudo -u or the like`,
      { cause: error },
    );
  }
  return new VoiptermError(
    'station.none',
    `no station runs in ${dataDir}: start one with voipterm serve, or name another directory with --data`,
    { cause: error },
  );
}
