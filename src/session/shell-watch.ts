/** Terminals of others: what is offered to us, and looking at one in a tab. It comes as cells, which go into no terminal as they are. */
import { sentenceOf, VoiptermError } from '../errors.ts';
import { MAX_SHELL_INPUT_BYTES, type StationNotification } from '../net/control/schema.ts';
import { MAX_UPDATES_PER_SECOND, type ShellHandle } from './shell.ts';
import type { ShellContext } from './shell-context.ts';
import { decodeFrame } from './shell-frame.ts';
import { IDLE, type ShellPhase, type ShellScreen } from './shell-screen.ts';
import type { ShellOffer } from './shell-state.ts';

/** Offers that are remembered, the newest: somebody who offers again and again gets no more of the screen. */
const MAX_OFFERS = 16;
/** A missed frame is asked for anew so often at most. */
const REFRESH_EVERY_MS = 500;

type Frame = Extract<StationNotification, { method: 'shell.frame' }>['params'];

export class Watching {
  readonly #context: ShellContext;
  readonly #watched = new Map<number, WatchedShell>();

  constructor(context: ShellContext) {
    this.#context = context;
  }

  /** A terminal for the newest offer of somebody, or of anybody for ''. Throws where there is none. */
  open(from: string): { terminal: ShellHandle; name: string } {
    const wanted = from.replace(/^@/, '').toLowerCase();
    const { offers } = this.#context.state().shells;
    const offer = offers.findLast((one) => wanted === '' || one.from.toLowerCase() === wanted);
    if (!offer) {
      const who = wanted === '' ? 'nobody' : from;
      throw new VoiptermError(
        'usage.invalid',
        `${who} shares no shell with you; it is said here when somebody does`,
      );
    }
    if (this.#watched.has(offer.share))
      throw new VoiptermError('usage.invalid', `you look at the shell of ${offer.from} already`);
    const terminal = new WatchedShell(offer, this.#context, () => this.#watched.delete(offer.share));
    this.#watched.set(offer.share, terminal);
    return { terminal, name: `${offer.from}: ${offer.title}` };
  }

  notified({ method, params }: StationNotification): void {
    if (method === 'shell.offered') this.#offered(params);
    else if (method === 'shell.frame') this.#watched.get(params.share)?.take(params);
    else if (method === 'shell.ended') this.#ended(params.share, params.reason);
  }

  offline(): void {
    for (const terminal of this.#watched.values()) terminal.end('the connection broke');
    this.#watched.clear();
    if (this.#context.state().shells.offers.length > 0) this.#context.apply({ offers: [] });
  }

  #offered(offer: ShellOffer): void {
    const { offers } = this.#context.state().shells;
    const others = offers.filter(({ share }) => share !== offer.share);
    this.#context.apply({ offers: [...others, offer].slice(-MAX_OFFERS) });
    this.#watched.get(offer.share)?.granted(offer.write);
    const place = offer.place.startsWith('@') ? 'you' : `#${offer.place}`;
    const may = offer.write ? ', and you may type in it' : '';
    const how = this.#watched.has(offer.share) ? '' : `; look at it: /watch-shell @${offer.from}`;
    this.#context.notice(`@${offer.from} shares a shell with ${place}${may}${how}`);
  }

  #ended(share: number, reason: string): void {
    this.#watched.get(share)?.end(reason);
    this.#watched.delete(share);
    const { offers } = this.#context.state().shells;
    if (offers.some((offer) => offer.share === share))
      this.#context.apply({ offers: offers.filter((offer) => offer.share !== share) });
  }
}

/** Somebody's screen, drawn as ours is. */
class WatchedShell implements ShellHandle {
  readonly #offer: ShellOffer;
  readonly #context: ShellContext;
  readonly #closed: () => void;
  readonly #listeners = new Set<() => void>();
  #screen: ShellScreen = IDLE;
  #phase: ShellPhase = { at: 'idle' };
  #write: boolean;
  #told = false;
  /** Of the frame that #screen is; 0 before the first. */
  #serial = 0;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(offer: ShellOffer, context: ShellContext, closed: () => void) {
    this.#offer = offer;
    this.#context = context;
    this.#closed = closed;
    this.#write = offer.write;
  }

  get screen(): ShellScreen {
    return this.#screen;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    if (this.#phase.at !== 'idle') return;
    this.#set({ at: 'running' });
    this.#context
      .call('shell.watch', { share: this.#offer.share })
      .then(({ write }) => this.granted(write))
      .catch((error: unknown) => this.end(sentenceOf(error)));
  }

  /** Whether we may type. */
  granted(write: boolean): void {
    this.#write = write;
    this.#told = false;
  }

  write(text: string): void {
    if (this.#phase.at !== 'running' || text === '') return;
    if (!this.#write) return this.#tellOnce();
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += MAX_SHELL_INPUT_BYTES) {
      const data = bytes.subarray(at, at + MAX_SHELL_INPUT_BYTES).toString('base64');
      this.#context
        .call('shell.input', { share: this.#offer.share, data })
        .catch((error: unknown) => this.#context.notice(sentenceOf(error)));
    }
  }

  resize(): void {
    // It has the size that its owner gave it.
  }

  scroll(): void {
    // What scrolled off is its owner's.
  }

  find(): boolean {
    return false;
  }

  /** A frame came. One that builds on another than we have is of no use, and a whole screen is asked for. */
  take({ base, serial, data }: Frame): void {
    if (this.#phase.at !== 'running' || (base === 0 && serial < this.#serial)) return;
    if (base !== 0 && base !== this.#serial) return this.#refresh();
    const screen = decodeFrame(base === 0 ? null : this.#screen, Buffer.from(data, 'base64'));
    if (!screen) return this.#refresh();
    this.#serial = serial;
    this.#screen = screen;
    this.#changed();
  }

  /** It is over; what was seen last stays. */
  end(reason: string): void {
    if (this.#phase.at === 'failed') return;
    this.#set({
      at: 'failed',
      reason: `The shell of ${this.#offer.from} is not shared any more: ${reason}.`,
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#closed();
    if (this.#phase.at === 'running')
      this.#context.call('shell.unwatch', { share: this.#offer.share }).catch(() => undefined); // gone already
    this.#phase = { at: 'idle' };
    this.#screen = IDLE;
  }

  #tellOnce(): void {
    if (this.#told) return;
    this.#told = true;
    this.#context.notice(`you look at the shell of ${this.#offer.from} and cannot type in it`);
  }

  #refresh(): void {
    const now = performance.now();
    if (now - this.#refreshedAt < REFRESH_EVERY_MS) return;
    this.#refreshedAt = now;
    this.#context.call('shell.refresh', { share: this.#offer.share }).catch(() => undefined); // the next frame asks again
  }

  #set(phase: ShellPhase): void {
    this.#phase = phase;
    this.#screen = { ...this.#screen, phase, cursor: phase.at === 'running' ? this.#screen.cursor : null };
    this.#changed();
  }

  #changed(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      for (const listener of this.#listeners) listener();
    }, 1000 / MAX_UPDATES_PER_SECOND);
  }
}
