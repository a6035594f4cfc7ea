/**
 * JSON-RPC 2.0 over lines, typed by schema.ts at both ends: what comes off the wire is validated here, once.
 *
 * The library json-rpc-2.0 matches answers with requests and dispatches methods. A line is one JSON-RPC object;
 * batches are refused. Neither class knows a socket: lines go in by receive() and out by `send`, without newline.
 */
import { JSONRPCClient, JSONRPCErrorException, type JSONRPCErrorResponse, JSONRPCServer } from 'json-rpc-2.0';
import type { z } from 'zod';
import { VoiptermError } from '../../errors.ts';
import {
  answerEnvelope,
  fromErrorObject,
  parseJson,
  requestEnvelope,
  sentenceOf,
  toErrorObject,
} from './rpc-wire.ts';
import {
  type Answer,
  type Ask,
  type ClientNotification,
  clientNotifications,
  type Method,
  RPC_ERROR,
  requests,
  type StationNotification,
  stationNotifications,
} from './schema.ts';

/** Requests that one connection may have unanswered: enough to hide the round trip, few enough to hold all answers. */
export const MAX_IN_FLIGHT = 32;
/** Calls that wait for one of those places; an outbox of this size is flushed at once. */
export const MAX_WAITING = 4096;
/** Lines in a row that make no sense until the peer is taken for something that does not speak the protocol. */
export const MAX_BAD_LINES = 8;
/** How long an answer may take once asked: a station on a slow disk answers in well under that. */
const CALL_TIMEOUT_MS = 15_000;
/** The number this file gives a call that timed out, between itself and the library; it never crosses the wire. */
const TIMED_OUT = 1;

const isStationMethod = (name: string): name is keyof typeof stationNotifications =>
  Object.hasOwn(stationNotifications, name);
const isClientMethod = (name: string): name is keyof typeof clientNotifications =>
  Object.hasOwn(clientNotifications, name);

/**
 * The asking end. An answer settles its call before the next line is looked at, so that what a notification says
 * after an answer (who joined after the list of members) also arrives after it.
 */
export class ControlClient {
  onNotification: (notification: StationNotification) => void = () => undefined;
  /** The station said something that is not the protocol. Every call has failed by then; close the connection. */
  onProtocolError: (error: VoiptermError) => void = () => undefined;

  #rpc: JSONRPCClient;
  #lines: string[] = [];
  #held = false;
  #open = new Set<string | number>();
  #waiting: Array<() => void> = [];
  #inFlight = 0;
  #lastId = 0;
  #gone: VoiptermError | undefined;

  constructor(send: (line: string) => void) {
    this.#rpc = new JSONRPCClient(
      (payload) => send(JSON.stringify(payload)),
      () => {
        this.#lastId += 1;
        this.#open.add(this.#lastId);
        return this.#lastId;
      },
    );
  }

  /**
   * Asks the station. Rejects with the VoiptermError that it answered with, with 'control.timeout' when it did not
   * answer in `timeoutMs` (counted from when the request was sent), 'control.protocol' when the answer makes no
   * sense, or the reason given to fail().
   */
  async call<M extends Method>(
    method: M,
    ask: Ask<M>,
    timeoutMs: number = CALL_TIMEOUT_MS,
  ): Promise<Answer<M>> {
    if (this.#gone) throw this.#gone;
    const asked = requests[method].ask.safeParse(ask);
    if (!asked.success) throw new VoiptermError('control.invalid-params', sentenceOf(asked.error));
    await this.#place();
    try {
      const result: unknown = await this.#ask(method, asked.data, timeoutMs);
      const answer = requests[method].answer.safeParse(result);
      if (answer.success) return answer.data as Answer<M>;
      throw new VoiptermError('control.protocol', `the station's answer to ${method} makes no sense`);
    } finally {
      this.#inFlight -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Tells the station something that has no answer. */
  notify(notification: ClientNotification): void {
    if (!this.#gone) this.#rpc.notify(notification.method, notification.params);
  }

  /** Takes one line from the station. */
  receive(line: string): void {
    if (this.#gone) return;
    this.#lines.push(line);
    this.#pump();
  }

  /** Ends it: rejects all calls, those to come too. The first reason stays. */
  fail(error: VoiptermError): void {
    if (this.#gone) return;
    this.#gone = error;
    this.#lines = [];
    this.#rpc.rejectAllPendingRequests(error.message);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Waits for one of the MAX_IN_FLIGHT places. */
  async #place(): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) {
      throw new VoiptermError(
        'control.limit',
        'too many requests are waiting for the station; try again later',
      );
    }
    if (this.#inFlight >= MAX_IN_FLIGHT) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#inFlight += 1;
  }

  async #ask(method: Method, ask: unknown, timeoutMs: number): Promise<unknown> {
    if (this.#gone) throw this.#gone;
    const timedOut = (late: JSONRPCErrorResponse['id']): JSONRPCErrorResponse => ({
      jsonrpc: '2.0',
      id: late,
      error: { code: TIMED_OUT, message: `no answer to ${method} in ${timeoutMs / 1000} s` },
    });
    try {
      return await this.#rpc.timeout(timeoutMs, timedOut).request(method, ask);
    } catch (error) {
      if (this.#gone) throw this.#gone;
      if (!(error instanceof JSONRPCErrorException)) {
        throw new VoiptermError('control.protocol', `the station's answer to ${method} makes no sense`);
      }
      if (error.code === TIMED_OUT) {
        throw new VoiptermError('control.timeout', `the station is connected but gave ${error.message}`);
      }
      throw fromErrorObject(error);
    }
  }

  #pump(): void {
    while (!this.#held && !this.#gone) {
      const line = this.#lines.shift();
      if (line === undefined) return;
      this.#handle(line);
    }
  }

  #handle(line: string): void {
    const value = parseJson(line);
    const answer = answerEnvelope.safeParse(value);
    if (answer.success && answer.data.id !== null) this.#settle(answer.data.id, answer.data);
    else if (!this.#handleNotification(value)) this.#refuse();
  }

  #settle(answered: string | number, { result, error }: z.infer<typeof answerEnvelope>): void {
    if (!this.#open.delete(answered)) return; // it came too late, or was never asked
    const response = { jsonrpc: '2.0', id: answered } as const;
    this.#rpc.receive(error ? { ...response, error } : { ...response, result });
    this.#held = true;
    setImmediate(() => {
      this.#held = false;
      this.#pump();
    });
  }

  /** False for what is no notification at all; one that we do not know is from a newer station, and ignored. */
  #handleNotification(value: unknown): boolean {
    const envelope = requestEnvelope.safeParse(value);
    if (!envelope.success) return false;
    const { method, params } = envelope.data;
    if (!isStationMethod(method)) return true;
    const parsed = stationNotifications[method].safeParse(params);
    if (!parsed.success) return false;
    this.onNotification({ method, params: parsed.data } as StationNotification);
    return true;
  }

  #refuse(): void {
    const error = new VoiptermError(
      'control.protocol',
      'the station sent a line that is not the voipterm protocol; it may be another version or another program',
    );
    this.fail(error);
    this.onProtocolError(error);
  }
}

/** A notification as a line, which a station sends to many. */
export function notificationLine(notification: StationNotification): string {
  return JSON.stringify({ jsonrpc: '2.0', ...notification });
}

/** One handler for each method. */
export type ControlHandlers = { [M in Method]: (ask: Ask<M>) => Answer<M> | Promise<Answer<M>> };

export interface ControlServerOptions {
  /** Sends one line. */
  readonly send: (line: string) => void;
  /** A VoiptermError that a handler throws crosses with its code; anything else becomes an internal error. */
  readonly handlers: ControlHandlers;
  readonly onNotification: (notification: ClientNotification) => void;
  /** Too many bad lines in a row: close the connection. */
  readonly onProtocolError: (error: VoiptermError) => void;
  /** A handler threw something that is not a VoiptermError: a fault to log. */
  readonly onFault?: (error: unknown) => void;
}

/** The answering end. */
export class ControlServer {
  #options: ControlServerOptions;
  #rpc = new JSONRPCServer({ errorListener: () => undefined });
  #inFlight = 0;
  #badLines = 0;

  constructor(options: ControlServerOptions) {
    this.#options = options;
    this.#rpc.mapErrorToJSONRPCErrorResponse = (asked, error) => {
      if (!(error instanceof VoiptermError)) options.onFault?.(error);
      return { jsonrpc: '2.0', id: asked, error: toErrorObject(error) };
    };
    for (const method of Object.keys(requests) as Method[]) this.#add(method);
  }

  /** Takes one line from the client. */
  receive(line: string): void {
    const value = parseJson(line);
    const envelope = requestEnvelope.safeParse(value);
    if (value === undefined) this.#bad(RPC_ERROR.parse, 'that line is not JSON');
    else if (!envelope.success) {
      this.#bad(RPC_ERROR.invalidRequest, 'a line must be one JSON-RPC 2.0 request or notification');
    } else {
      this.#badLines = 0;
      const { id, method, params } = envelope.data;
      if (id === undefined) this.#notified(method, params);
      else this.#request(id, method, params);
    }
  }

  #add<M extends Method>(method: M): void {
    this.#rpc.addMethod(method, (params: unknown) => {
      const ask = requests[method].ask.safeParse(params);
      if (!ask.success) throw new VoiptermError('control.invalid-params', sentenceOf(ask.error));
      return this.#options.handlers[method](ask.data as Ask<M>);
    });
  }

  #notified(method: string, params: unknown): void {
    if (!isClientMethod(method)) return;
    const parsed = clientNotifications[method].safeParse(params);
    if (parsed.success) this.#options.onNotification({ method, params: parsed.data } as ClientNotification);
  }

  #request(asked: string | number, method: string, params: unknown): void {
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      const full = new VoiptermError(
        'control.limit',
        `more than ${MAX_IN_FLIGHT} requests wait for an answer`,
      );
      this.#answer({ jsonrpc: '2.0', id: asked, error: toErrorObject(full) });
      return;
    }
    this.#inFlight += 1;
    this.#rpc.receive({ jsonrpc: '2.0', id: asked, method, params }).then((response) => {
      this.#inFlight -= 1;
      if (response) this.#answer(response);
    });
  }

  #bad(code: number, message: string): void {
    this.#badLines += 1;
    this.#answer({ jsonrpc: '2.0', id: null, error: { code, message } });
    if (this.#badLines < MAX_BAD_LINES) return;
    this.#options.onProtocolError(
      new VoiptermError('control.protocol', `${MAX_BAD_LINES} lines in a row were not the voipterm protocol`),
    );
  }

  #answer(response: object): void {
    this.#options.send(JSON.stringify(response));
  }
}
