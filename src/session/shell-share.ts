/**
 * Terminals of ours that others see: who may look on and who may type.
 *
 * The key that a watcher proved decides whether what it types counts, here and not at the station alone. A share ends
 * with the connection: nothing is shown again unless the user asks for it.
 */
import { VoiptermError } from '../errors.ts';
import { MAX_SHELL_TITLE, type StationNotification } from '../net/control/schema.ts';
import { changeTab, type OwnTab, type ShellContext } from './shell-context.ts';
import { FrameSender } from './shell-frames.ts';

/** Shares of one client at a time. */
const MAX_SHARES = 8;

/** Those who may type: key to name. */
type Writers = ReadonlyMap<string, string>;

interface Share {
  readonly share: number;
  readonly tab: OwnTab;
  readonly place: string;
  readonly frames: FrameSender;
  readonly watchers: Map<number, string>;
  writers: Writers;
}

type Of<M extends StationNotification['method']> = Extract<StationNotification, { method: M }>['params'];

export class Sharing {
  readonly #context: ShellContext;
  readonly #shares = new Map<number, Share>();

  constructor(context: ShellContext) {
    this.#context = context;
  }

  /** Shows a tab to a room or "@name". Sharing it there again changes who may type. Rejects with the station's refusal. */
  async share(tab: OwnTab, to: string, write: boolean): Promise<void> {
    const before = [...this.#shares.values()].find((one) => one.tab.id === tab.id && one.place === to);
    if (!before && this.#shares.size >= MAX_SHARES)
      throw new VoiptermError('usage.invalid', `${MAX_SHARES} shares are open already; /unshare ends them`);
    const writers: Writers = write ? await this.#keysAt(to) : new Map();
    if (before) await this.#grant(before, writers);
    else await this.#begin(tab, to, writers);
    this.#context.notice(sharedWords(to, [...writers.values()], write));
  }

  /** Ends every share at once; the station is told without waiting for it. */
  endAll(): void {
    if (this.#shares.size === 0) throw new VoiptermError('usage.invalid', 'no shell is shared');
    for (const share of [...this.#shares.values()]) this.#end(share);
    this.#context.notice('no shell is shared any more');
  }

  /** A tab was closed. */
  closed(id: number): void {
    for (const share of [...this.#shares.values()]) if (share.tab.id === id) this.#end(share);
  }

  offline(): void {
    if (this.#shares.size === 0) return;
    for (const share of [...this.#shares.values()]) this.#forget(share);
    this.#context.notice(
      'the connection broke, so your shell is not shared any more; /share-shell shares it again',
    );
  }

  notified({ method, params }: StationNotification): void {
    if (method === 'shell.watching') this.#watched(params);
    else if (method === 'shell.refresh') this.#shares.get(params.share)?.frames.whole();
    else if (method === 'shell.input') this.#typed(params);
    else if (method === 'shell.ended') this.#endedElsewhere(params);
  }

  /** The keys of those at a place now, and what they are called. */
  async #keysAt(place: string): Promise<Writers> {
    if (place.startsWith('@')) {
      const { name, key } = await this.#context.call('member.whois', { name: place.slice(1) });
      return new Map([[key, name]]);
    }
    const { rooms, self } = this.#context.state();
    const members = rooms.find(({ name }) => name === place)?.members ?? [];
    const others = members.filter(({ id, key }) => id !== self.member && key !== undefined);
    return new Map(others.map(({ key = '', name }) => [key, name]));
  }

  async #begin(tab: OwnTab, to: string, writers: Writers): Promise<void> {
    const { call, state } = this.#context;
    const name = state().shells.tabs.find(({ id }) => id === tab.id)?.name ?? '';
    const ask = { to, title: name.slice(0, MAX_SHELL_TITLE), writers: [...writers.keys()] };
    const { share } = await call('shell.share', ask);
    const frames = new FrameSender(tab.terminal, (frame) => call('shell.frame', { share, ...frame }));
    this.#shares.set(share, { share, tab, place: to, frames, watchers: new Map(), writers });
    this.#show(tab.id);
  }

  async #grant(share: Share, writers: Writers): Promise<void> {
    // What was granted before is taken back at once, whatever the station does.
    share.writers = new Map([...share.writers].filter(([key]) => writers.has(key)));
    await this.#context.call('shell.grant', { share: share.share, writers: [...writers.keys()] });
    share.writers = writers;
    this.#show(share.tab.id);
  }

  #watched({ share: id, id: member, name, key, watching }: Of<'shell.watching'>): void {
    const share = this.#shares.get(id);
    if (!share) return;
    if (watching) share.watchers.set(member, name);
    else share.watchers.delete(member);
    this.#show(share.tab.id);
    const may = share.writers.has(key) ? 'and may type in it' : 'and cannot type in it';
    this.#context.notice(watching ? `@${name} sees your shell ${may}` : `@${name} sees your shell no more`);
    share.frames.want(share.watchers.size > 0);
    if (watching) share.frames.whole();
  }

  #typed({ share: id, key, data }: Of<'shell.input'>): void {
    const share = this.#shares.get(id);
    if (share?.writers.has(key)) share.tab.terminal.write(Buffer.from(data, 'base64').toString());
  }

  #endedElsewhere({ share: id, reason }: Of<'shell.ended'>): void {
    const share = this.#shares.get(id);
    if (!share) return;
    this.#forget(share);
    this.#context.notice(`your shell is not shared any more: ${reason}`);
  }

  #end(share: Share): void {
    this.#forget(share);
    this.#context.call('shell.unshare', { share: share.share }).catch(() => undefined); // gone with the connection
  }

  #forget(share: Share): void {
    share.frames.close();
    this.#shares.delete(share.share);
    this.#show(share.tab.id);
  }

  /** The state says what is shared, with whom. */
  #show(id: number): void {
    const shares = [...this.#shares.values()].filter(({ tab }) => tab.id === id);
    const shown = shares.map(({ share, place, writers, watchers }) => ({
      ...{ share, place },
      writers: [...new Set(writers.values())],
      watchers: [...watchers.values()],
    }));
    changeTab(this.#context, id, () => ({ shares: shown }));
  }
}

function sharedWords(to: string, writers: readonly string[], write: boolean): string {
  const place = to.startsWith('@') ? to : `#${to}`;
  const who = writers.length > 0 ? `${writers.join(', ')} may type in it` : 'nobody else may type in it';
  const none = write && writers.length === 0 ? ' (no one is there whose key is known)' : '';
  return `SHARED: ${place} sees this shell, ${who}${none}. /unshare ends it at once`;
}
