/**
 * `voipterm forward`: a tunnel for other programs, without rooms and voice. It ends on a signal, or if it never comes up.
 *
 * It is the first user of the library, on this thread: there is no screen here that could hold up a datagram.
 */
import { VoiptermError } from '../errors.ts';
import { connect, type TunnelHandle } from '../library/tunnel.ts';
import { parseTarget } from '../net/control/target.ts';
import { formatHostPort } from '../net/forward/spec.ts';
import type { ForwardAsk, ForwardState, ForwardView } from '../net/forward/state.ts';
import type { ConnectOptions } from '../net/tunnel/messages.ts';
import { forwardName, forwardStatus, forwardTraffic } from '../session/forward-words.ts';
import { cleanLine } from '../ui/clean-text.ts';
import { type CommonOptions, type Context, connectOptions, openHeadless } from './context.ts';
import { configuredFor, type ForwardFlags, forwardsOf } from './forward-options.ts';
import { toJsonLine } from './json-line.ts';
import { printLine } from './output.ts';
import { onStopSignal } from './signals.ts';

export interface ForwardOptions extends CommonOptions, ForwardFlags {
  readonly json?: boolean;
}

export async function forward(targetText: string, options: ForwardOptions): Promise<void> {
  const flags = forwardsOf(options);
  const context = openHeadless(options);
  const target = parseTarget(targetText);
  const asks = flags.length > 0 ? flags : configuredFor(context.loaded.forwards, target);
  if (asks.length === 0) {
    throw new VoiptermError(
      'usage.invalid',
      'say what to forward, with -L, -R or -D or with [[forward]] in config.toml',
    );
  }
  const stop = onStopSignal();
  const run = new Run(context, options.json ?? false);
  try {
    await Promise.race([run.start(connectOptions(context, target), asks), stop.requested]);
    await Promise.race([run.failed, stop.requested]);
  } finally {
    stop.dispose();
    await run.close();
  }
}

/** One run: from the first listener to the last counters. */
class Run {
  readonly #context: Context;
  readonly #json: boolean;
  /** Rejects when it can go on no more. */
  readonly failed: Promise<never>;
  #fail: (error: VoiptermError) => void = () => undefined;
  readonly #giveUp = new AbortController();
  /** Once everything was up: from then on it waits for what comes back. */
  #tunnel: TunnelHandle | undefined;
  #printing: Promise<void> = Promise.resolve();

  constructor(context: Context, json: boolean) {
    this.#context = context;
    this.#json = json;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined); // whoever waits gets it; nobody may be waiting yet
  }

  /** Resolves once everything listens and that was printed. Rejects with the first thing that cannot be. */
  async start(options: ConnectOptions, forwards: readonly ForwardAsk[]): Promise<void> {
    const { log } = this.#context;
    const tunnel = await connect({ ...options, forwards, log, signal: this.#giveUp.signal });
    this.#tunnel = tunnel;
    this.#listen(tunnel);
    this.#sayListening(tunnel.forwards());
    await this.#printing;
  }

  async close(): Promise<void> {
    this.#tunnel?.removeAllListeners(); // the counters are the last word
    if (this.#tunnel) this.#sayCounters(this.#tunnel.forwards());
    await this.#printing;
    this.#giveUp.abort();
  }

  #listen(tunnel: TunnelHandle): void {
    const { log } = this.#context;
    tunnel.on('failed', (error) => this.#fail(error));
    tunnel.on('offline', ({ error: { code, message: reason } }) => {
      log.warn(`${reason}; trying again`);
      if (this.#json) this.#say(toJsonLine({ event: 'link', at: 'offline', code, reason }));
    });
    tunnel.on('online', () => {
      if (this.#json) this.#say(toJsonLine({ event: 'link', at: 'online' }));
    });
    tunnel.on('forward', (view) => {
      if (this.#json) this.#say(toJsonLine({ event: 'state', ...inJson(view), ...stateInJson(view.state) }));
      else log.warn(`${forwardName(view)}: ${forwardStatus(view)}`);
    });
    tunnel.on('notice', ({ forward, code, text }) => {
      if (this.#json) this.#say(toJsonLine({ event: 'notice', forward, code, text }));
      else log.warn(text);
    });
  }

  #sayListening(views: readonly ForwardView[]): void {
    if (this.#json) return this.#say(toJsonLine({ event: 'listening', forwards: views.map(inJson) }));
    for (const view of views) this.#say(`${forwardName(view)}: ${forwardStatus(view)}`);
  }

  #sayCounters(views: readonly ForwardView[]): void {
    if (!this.#json) {
      for (const view of views) this.#say(`${forwardName(view)}: ${forwardTraffic(view)}`);
      return;
    }
    const forwards = views.map((view) => ({ ...inJson(view), counters: view.counters }));
    this.#say(toJsonLine({ event: 'end', forwards }));
  }

  #say(line: string): void {
    const clean = this.#json ? line : cleanLine(line);
    this.#printing = this.#printing
      .then(() => printLine(clean))
      .catch((error: unknown) =>
        this.#fail(error instanceof VoiptermError ? error : new VoiptermError('internal', String(error))),
      );
  }
}

function stateInJson(state: ForwardState): object {
  if (state.at === 'active') return { state: state.at };
  return { state: state.at, code: state.code, reason: state.reason };
}

/** A forward for a program; `port` is null while it does not listen. */
function inJson({ id, spec, state }: ForwardView): object {
  const { option, protocol, bind, to } = spec;
  return {
    id,
    spec: forwardName({ spec }),
    option,
    protocol,
    bind: bind.host,
    port: state.at === 'active' ? state.port : null,
    to: to ? formatHostPort(to) : null,
  };
}
