/** `voipterm forward`: a tunnel for other programs, without rooms and voice. It ends on a signal, or if it never comes up. */
import { VoiptermError } from '../errors.ts';
import { formatHostPort } from '../net/forward/spec.ts';
import type { ForwardAsk, ForwardState, ForwardView } from '../net/forward/state.ts';
import { TunnelClient } from '../net/tunnel/client.ts';
import type { ConnectOptions, Phase, TunnelEvent } from '../net/tunnel/messages.ts';
import { forwardName, forwardStatus, forwardTraffic } from '../session/forward-words.ts';
import { cleanLine } from '../ui/clean-text.ts';
import { type CommonOptions, type Context, connectOptions, openHeadless } from './context.ts';
import { configuredFor, type ForwardFlags, forwardsOf } from './forward-options.ts';
import { printLine, toJsonLine } from './output.ts';
import { onStopSignal } from './signals.ts';
import { parseTarget } from './target.ts';

export interface ForwardOptions extends CommonOptions, ForwardFlags {
  readonly json?: boolean;
}

/** How long it may take until everything listens, ms. */
const START_TIMEOUT_MS = 20_000;

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
  #tunnel: TunnelClient | undefined;
  readonly #views = new Map<number, ForwardView>();
  /** Everything was up once: from then on it waits for what comes back. */
  #started = false;
  /** The counters are being asked for: what they say is the last word. */
  #ending = false;
  #allActive: () => void = () => undefined;
  #expected = 0;
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
  async start(connect: ConnectOptions, asks: readonly ForwardAsk[]): Promise<void> {
    const allActive = new Promise<void>((resolve) => {
      this.#allActive = resolve;
    });
    this.#expected = asks.length;
    this.#tunnel = await TunnelClient.start({
      onDied: (error) => this.#fail(error),
      onEvent: (event) => this.#onEvent(event),
    });
    // First the ports of this machine: one that is taken is known without the station.
    for (const ask of asks) this.#took(await this.#tunnel.addForward(ask));
    await this.#tunnel.connect(connect);
    const timer = setTimeout(() => this.#fail(this.#late()), START_TIMEOUT_MS);
    await Promise.race([allActive, this.failed]).finally(() => clearTimeout(timer));
    this.#started = true;
    this.#sayListening();
    await this.#printing;
  }

  async close(): Promise<void> {
    this.#ending = true;
    if (this.#started) await this.#sayCounters().catch(() => undefined); // its thread may have died
    await this.#printing;
    await this.#tunnel?.close();
  }

  #onEvent(event: TunnelEvent): void {
    if (this.#ending) return;
    if (event.event === 'phase') this.#onPhase(event.phase);
    else if (event.event === 'forward') this.#changed(event.forward);
    else if (event.event === 'forward-notice') this.#notice(event.id, event.code, event.text);
    else if (event.event === 'log') this.#context.log[event.level](event.text, event.fields);
    else if (event.event === 'notification' && event.notification.method === 'notice') {
      const { code, text } = event.notification.params;
      this.#notice(null, code, text);
    }
  }

  #onPhase(phase: Phase): void {
    if (phase.at === 'failed') return this.#fail(new VoiptermError(phase.code, phase.reason));
    if (phase.at === 'offline') {
      if (!this.#started) return this.#fail(new VoiptermError(phase.code, phase.reason));
      this.#context.log.warn(`${phase.reason}; trying again`);
    }
    if (this.#json && this.#started && phase.at !== 'connecting') {
      const reason = phase.at === 'offline' ? { code: phase.code, reason: phase.reason } : {};
      this.#say(toJsonLine({ event: 'link', at: phase.at, ...reason }));
    }
  }

  #changed(view: ForwardView): void {
    this.#took(view);
    const { state } = view;
    if (!this.#started) {
      const hopeless = state.at !== 'active' && state.code !== null;
      if (hopeless) this.#fail(new VoiptermError(state.code, `${forwardName(view)}: ${state.reason}`));
      return;
    }
    if (this.#json) this.#say(toJsonLine({ event: 'state', ...inJson(view), ...stateInJson(state) }));
    else this.#context.log.warn(`${forwardName(view)}: ${forwardStatus(view)}`);
  }

  #took(view: ForwardView): void {
    this.#views.set(view.id, view);
    const all = [...this.#views.values()];
    if (all.length === this.#expected && all.every(({ state }) => state.at === 'active')) this.#allActive();
  }

  #notice(id: number | null, code: string, text: string): void {
    if (!this.#started) return; // what matters then is why it does not start
    if (this.#json) this.#say(toJsonLine({ event: 'notice', forward: id, code, text }));
    else this.#context.log.warn(text);
  }

  #sayListening(): void {
    const views = [...this.#views.values()];
    if (this.#json) return this.#say(toJsonLine({ event: 'listening', forwards: views.map(inJson) }));
    for (const view of views) this.#say(`${forwardName(view)}: ${forwardStatus(view)}`);
  }

  async #sayCounters(): Promise<void> {
    const views = (await this.#tunnel?.forwards()) ?? [];
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

  #late(): VoiptermError {
    const waiting = [...this.#views.values()].filter(({ state }) => state.at !== 'active').map(forwardName);
    return new VoiptermError(
      'control.timeout',
      `the station does not answer; not there: ${waiting.join(', ')}`,
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
