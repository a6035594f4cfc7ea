/**
 * Which key each name had at a station: names belong to keys, so another key under a name that is known is an alarm. It stands
 * until the user trusts the new key (/trust @NAME), and comes again at each start.
 */
import { VoiptermError } from '../errors.ts';
import type { ClientStore } from '../store/client.ts';
import type { LiveState } from './live-state.ts';
import type { Event } from './reduce.ts';

export interface NameWatchOptions {
  readonly live: LiveState;
  readonly names: Pick<ClientStore['names'], 'keyOf' | 'remember' | 'replace'>;
  /** The host key of the station that we are at; undefined before the first connection. */
  readonly station: () => string | undefined;
}

/** Alarms that are kept; a station that changes everybody's key would otherwise fill the memory. */
const MAX_ALARMS = 1000;

interface Seen {
  readonly name: string;
  readonly key?: string | undefined;
}

export class NameWatch {
  readonly #options: NameWatchOptions;
  /** Names in lower case and the keys that they have had since the start; what is here needs no look into the store. */
  readonly #seen = new Map<string, string>();
  /** Keys that an alarm was given for, by name. */
  readonly #alarms = new Map<string, string>();

  constructor(options: NameWatchOptions) {
    this.#options = options;
    options.live.observe((event) => this.#observe(event));
  }

  /** Takes the key that alarmed for the name's own. Throws 'usage.invalid' where there was no alarm. */
  trust(name: string): void {
    const { names, station, live } = this.#options;
    const known = name.replace(/^@/, '').toLowerCase();
    const key = this.#alarms.get(known);
    const at = station();
    if (key === undefined || at === undefined) {
      throw new VoiptermError('usage.invalid', `nobody called ${name} has another key than before`);
    }
    names.replace(at, known, key, Date.now());
    this.#alarms.delete(known);
    this.#seen.set(known, key);
    live.notice(`@${known} is known by the key ${key} from now on.`);
  }

  #observe(event: Event): void {
    if (event.kind === 'phase' && event.phase.at === 'online') this.#seen.clear();
    for (const one of seenIn(event)) this.#look(one);
  }

  #look({ name, key }: Seen): void {
    const at = this.#options.station();
    const known = name.toLowerCase();
    if (key === undefined || at === undefined || this.#seen.get(known) === key) return;
    const before = this.#options.names.keyOf(at, known);
    if (before === undefined) this.#options.names.remember(at, known, key, Date.now());
    if (before === undefined || before === key) this.#seen.set(known, key);
    else this.#alarm(known, name, before, key);
  }

  #alarm(known: string, name: string, before: string, key: string): void {
    if (this.#alarms.get(known) === key || this.#alarms.size >= MAX_ALARMS) return;
    this.#alarms.set(known, key);
    this.#options.live.notice(
      [
        `!!! ALARM: @${name} has another key than before: it may be somebody else !!!`,
        `now    ${key}`,
        `before ${before}`,
        `Ask @${name} in another way whether the key is new; then write /trust @${name}.`,
      ].join('\n'),
    );
  }
}

/** Who shows in an event with a key. */
function seenIn(event: Event): readonly Seen[] {
  switch (event.kind) {
    case 'joined':
      return event.members;
    case 'member-joined':
      return [event.member];
    default:
      return [];
  }
}
