/** Forwards as a user of the session sees them: asked for by name or in the settings, and said what became of them. */
import { sentenceOf, VoiptermError } from '../errors.ts';
import { DEFAULT_IDLE_MS } from '../net/forward/flow-table.ts';
import { FORWARD_OPTIONS, parseForward } from '../net/forward/spec.ts';
import type { ForwardAsk, ForwardView } from '../net/forward/state.ts';
import { forwardName, forwardStatus, forwardTraffic } from './forward-words.ts';
import type { SessionLink } from './link.ts';

export interface ForwardingOptions {
  readonly link: () => Pick<SessionLink, 'addForward' | 'removeForward' | 'forwards'>;
  readonly notice: (text: string) => void;
}

export class Forwarding {
  readonly #options: ForwardingOptions;
  /** What was said last of each: coming back after a reconnect is no news, coming back after a failure is. */
  readonly #said = new Map<number, string>();
  /** Those that nobody hears of, and who waits for their port. */
  readonly #quiet = new Map<number, (port: number) => void>();
  /** What is told of one before it is known whose it is. */
  readonly #held = new Map<number, ForwardView>();
  #opening = 0;

  constructor(options: ForwardingOptions) {
    this.#options = options;
  }

  /** Those of the command line and the settings; what cannot be is told and the others go on. */
  async begin(asks: readonly ForwardAsk[]): Promise<void> {
    for (const ask of asks) {
      try {
        await this.#options.link().addForward(ask);
      } catch (error) {
        this.#options.notice(`${forwardName(ask)}: ${sentenceOf(error)}`);
      }
    }
  }

  /** Adds one as the user wrote it. Rejects with 'usage.invalid' or 'forward.in-use'. */
  async add(option: string, text: string): Promise<void> {
    const known = FORWARD_OPTIONS.find((name) => name === option);
    if (!known) throw new VoiptermError('usage.invalid', `a forward is -L, -R or -D, not ${option}`);
    const spec = parseForward(known, text);
    await this.#options.link().addForward({ spec, idleS: DEFAULT_IDLE_MS / 1000, socksAuth: null });
  }

  /** Opens one that the user need not hear of; resolves with the port where it listens. */
  async openQuietly(ask: ForwardAsk): Promise<number> {
    this.#opening += 1;
    let view: ForwardView;
    try {
      view = await this.#options.link().addForward(ask);
      this.#quiet.set(view.id, () => undefined);
    } finally {
      this.#opening -= 1;
    }
    const { state } = this.#held.get(view.id) ?? view;
    for (const held of this.#held.values()) this.changed(held);
    this.#held.clear();
    if (state.at === 'active') return state.port;
    return new Promise((active) => this.#quiet.set(view.id, active));
  }

  async remove(id: number): Promise<void> {
    const removed = !this.#quiet.has(id) && (await this.#options.link().removeForward(id));
    if (!removed)
      throw new VoiptermError('usage.invalid', `there is no forward ${id}; /forward list shows them`);
    this.#said.delete(id);
    this.#options.notice(`forward ${id} is removed`);
  }

  async list(): Promise<void> {
    const all = (await this.#options.link().forwards()).filter(({ id }) => !this.#quiet.has(id));
    const lines = all.flatMap((view) => [
      `${view.id}  ${forwardName(view)}  ${forwardStatus(view)}`,
      ...(view.counters.opened > 0 ? [`   ${forwardTraffic(view)}`] : []),
    ]);
    this.#options.notice(
      lines.length > 0
        ? ['Forwards:', ...lines].join('\n')
        : 'no forwards; add one: /forward -L 8080:host:80',
    );
  }

  /** A forward's state changed. */
  changed(view: ForwardView): void {
    const { id, state } = view;
    if (this.#opening > 0) {
      this.#held.set(id, view);
      return;
    }
    const quiet = this.#quiet.get(id);
    if (quiet) return state.at === 'active' ? quiet(state.port) : undefined;
    if (state.at === 'waiting' && state.code === null) return;
    const text = forwardStatus(view);
    if (this.#said.get(id) === text) return;
    this.#said.set(id, text);
    this.#options.notice(`forward ${id} (${forwardName(view)}): ${text}`);
  }
}
