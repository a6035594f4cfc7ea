/** A station's guests, from its main thread: starts the thread that draws for them and joins it to their channels and members. */
import { sentenceOf, type VoiptermError } from '../errors.ts';
import { entryFile } from '../program-files.ts';
import type { GuestPlace, Guests, OpenedGuests, OpenGuests, Visit } from '../station/guests.ts';
import { startWorkerThread, type WorkerThread } from '../worker-thread.ts';
import { Bridge, type BridgeThread } from './bridge.ts';
import { LineQueue } from './line-queue.ts';
import type { GuestEvent, GuestRequests } from './messages.ts';

export interface GuestFrontOptions {
  /** Most guests at one time. */
  readonly maxGuests: number;
  /** After how long without a key a guest is asked to leave, ms; 0 for never. */
  readonly idleMs: number;
  /** Rooms that guests begin in, the first of them shown. */
  readonly rooms: readonly string[];
}

type Thread = WorkerThread<GuestRequests, GuestEvent>;
type Enter = Parameters<Guests['receive']>[2];

/** Places that one person may take: a few terminals, and a command beside them. */
const MAX_PER_KEY = 8;
/** What the libraries of a screen take, and what the bounds of a guest add up to, MiB of JavaScript heap. */
const HEAP_MB = 96;
const HEAP_MB_PER_GUEST = 12;

/** Draws for a station's guests; the thread is started for the first of them. */
export function guestFront(options: GuestFrontOptions): OpenGuests {
  return (place) => new GuestFront(options, place);
}

class GuestFront implements OpenedGuests {
  readonly #options: GuestFrontOptions;
  readonly #place: GuestPlace;
  readonly #guests = new Map<number, Bridge>();
  /** Whose they are. */
  readonly #keys = new Map<number, string>();
  readonly #lines = new LineQueue();
  #sending = false;
  #nextId = 1;
  #starting: Promise<Thread> | undefined;

  constructor(options: GuestFrontOptions, place: GuestPlace) {
    this.#options = options;
    this.#place = place;
  }

  receive(
    visitor: Parameters<Guests['receive']>[0],
    channel: Parameters<Guests['receive']>[1],
    enter: Enter,
  ): Visit {
    const id = this.#nextId++;
    const { key = '' } = visitor;
    const refusal = this.#refusal(key);
    const bridge = new Bridge(channel, this.#threadFor(id), visitor.terminal !== null, () => {
      this.#guests.delete(id);
      this.#keys.delete(id);
      this.#lines.forget(id);
    });
    if (refusal !== undefined) {
      channel.writeError(`${refusal}\r\n`);
      bridge.ended(1);
      return bridge;
    }
    this.#guests.set(id, bridge);
    this.#keys.set(id, key);
    bridge.become(enter((line) => this.#send(id, line)));
    this.#begin(id, visitor).catch((error: unknown) => {
      this.#place.log.error('nobody draws for guests', { error: String(error) });
      bridge.cut('The station cannot draw for you now; please tell who runs it.');
    });
    return bridge;
  }

  #refusal(key: string): string | undefined {
    const { maxGuests } = this.#options;
    if (this.#guests.size >= maxGuests)
      return `This station draws for ${maxGuests} people at most, and has as many: come back later, or with voipterm.`;
    const own = [...this.#keys.values()].filter((other) => other === key).length;
    if (own < MAX_PER_KEY) return undefined;
    return `You are here ${MAX_PER_KEY} times already, which is as often as one key may be: leave one of them first.`;
  }

  async close(): Promise<void> {
    for (const bridge of this.#guests.values()) bridge.cut('The station closed the connection.');
    const thread = await this.#starting?.catch(() => undefined);
    await thread?.close();
  }

  async #begin(id: number, visitor: Parameters<Guests['receive']>[0]): Promise<void> {
    const { station, fingerprint, target } = this.#place;
    const { rooms, idleMs } = this.#options;
    const lastRooms = this.#lastRooms(visitor.key);
    const thread = await this.#thread();
    const rules = { station, fingerprint, target, rooms, lastRooms, idleMs };
    await thread.port.request('receive', { id, visitor, rules });
  }

  /** What a station on a bad disk cannot find is no reason to let nobody in. */
  #lastRooms(key: string | undefined): readonly string[] {
    try {
      return key === undefined ? [] : this.#place.memory.roomsOf(key);
    } catch (error) {
      this.#place.log.warn('the rooms of a guest are not known', { error: sentenceOf(error) });
      return [];
    }
  }

  #keepRooms(key: string, rooms: readonly string[]): void {
    try {
      this.#place.memory.keepRooms(key, rooms);
    } catch (error) {
      this.#place.log.warn('the rooms of a guest are not kept', { error: sentenceOf(error) });
    }
  }

  #thread(): Promise<Thread> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<Thread> {
    try {
      return await startWorkerThread<GuestRequests, GuestEvent>({
        file: entryFile('guest-worker'),
        name: 'guests',
        diedCode: 'internal',
        onEvent: (event) => this.#onEvent(event),
        onDied: (error) => this.#died(error),
        worker: {
          // Each screen's theme knows what its terminal shows. Nothing of the station's own environment is a guest's.
          env: { FORCE_COLOR: '3' },
          resourceLimits: { maxOldGenerationSizeMb: HEAP_MB + this.#options.maxGuests * HEAP_MB_PER_GUEST },
        },
      });
    } catch (error) {
      this.#starting = undefined; // the next guest may be luckier
      throw error;
    }
  }

  #died(error: VoiptermError): void {
    this.#starting = undefined;
    this.#place.log.error('the thread that draws for guests died', { error: error.message });
    for (const bridge of this.#guests.values())
      bridge.cut('The station failed to draw for you: connect again.');
  }

  #onEvent(event: GuestEvent): void {
    switch (event.event) {
      case 'output':
        return this.#guests.get(event.id)?.output(event.bytes);
      case 'error-output':
        return this.#guests.get(event.id)?.errorOutput(event.text);
      case 'line':
        return this.#guests.get(event.id)?.line(event.line);
      case 'rooms':
        return this.#keepRooms(event.key, event.rooms);
      case 'ended':
        return this.#guests.get(event.id)?.ended(event.status);
      case 'log':
        return this.#place.log[event.level](event.text, event.fields);
      case 'ready':
        return;
    }
  }

  /** Requests of one guest to the thread, which may not be up yet. */
  #threadFor(id: number): BridgeThread {
    const ask = <M extends keyof GuestRequests>(method: M, rest: Omit<GuestRequests[M]['ask'], 'id'>) =>
      this.#thread().then((thread) =>
        thread.port.request(method, { id, ...rest } as unknown as GuestRequests[M]['ask']),
      );
    const tell = (asked: Promise<unknown>): void => {
      asked.catch(() => undefined); // the thread died, which ends all its visits
    };
    return {
      typed: (bytes) => ask('typed', { bytes }),
      resized: (size) => ask('resized', { size }),
      signalled: (name) => tell(ask('signalled', { name })),
      taken: (bytes) => tell(ask('taken', { bytes })),
      dismiss: () => {
        tell(this.#flush()); // why, as a rule
        tell(ask('dismiss', {}));
      },
      gone: () => tell(ask('gone', {})),
    };
  }

  #send(id: number, line: string): void {
    if (!this.#guests.has(id)) return;
    if (!this.#lines.push(id, line)) this.#guests.get(id)?.cut('You were too slow to read.');
    else if (!this.#sending) {
      this.#sending = true;
      setImmediate(() => void this.#pump());
    }
  }

  async #flush(): Promise<void> {
    const thread = await this.#thread();
    await thread.port.request('lines', this.#lines.take());
  }

  /** One batch at a time: what comes until it was looked at goes with the next. */
  async #pump(): Promise<void> {
    try {
      while (!this.#lines.isEmpty) await this.#flush();
    } catch {
      this.#lines.take(); // the thread died, which ends all its visits
    } finally {
      this.#sending = false;
    }
  }
}
