/**
 * How the user listens: what is wanted of each person, which the store remembers and the audio thread is told, and the
 * tones for who comes and goes.
 */
import type { AudioClient } from '../audio/client.ts';
import type { Tone } from '../audio/messages.ts';
import { sentenceOf, VoiptermError } from '../errors.ts';
import type { StationNotification } from '../net/control/schema.ts';
import type { ClientStore } from '../store/client.ts';
import type { Command } from './commands.ts';
import type { LiveState } from './live-state.ts';
import {
  anybody,
  findPerson,
  isLasting,
  isPlain,
  type Named,
  personKey,
  personWords,
  voicesOf,
  volumeWords,
  wantedOf,
  withPerson,
} from './people.ts';
import type { Person } from './state.ts';

export interface ListeningOptions {
  readonly live: LiveState;
  readonly store: Pick<ClientStore, 'people' | 'savePerson' | 'forgetPerson'>;
  /** Undefined while there is no sound. */
  readonly audio: () => Pick<AudioClient, 'voices' | 'tone'> | undefined;
}

export type ListeningCommand = Extract<Command, { do: 'volume' | 'hear' | 'people' }>;

export class Listening {
  readonly #options: ListeningOptions;
  /** What the audio thread was told from last, and which thread: values that are replaced when they change. */
  #told: readonly unknown[] = [];

  constructor(options: ListeningOptions) {
    this.#options = options;
    const { live, store } = options;
    const people = Object.fromEntries(store.people().map(({ key, ...person }) => [key, person]));
    live.apply({ kind: 'listening', change: { people } });
    live.subscribe(() => this.#tellAudio());
  }

  /** Throws 'usage.invalid' for somebody who is not known. */
  do(command: ListeningCommand): void {
    switch (command.do) {
      case 'volume':
        return this.#change(command.name, { db: command.db });
      case 'hear':
        return this.#change(command.name, { [command.what]: command.on });
      case 'people':
        return this.#list();
    }
  }

  /** Somebody came or went where we listen. */
  notified({ method, params }: StationNotification): void {
    const { voiceRoom, self, listening, rooms } = this.#options.live.now;
    if ((method !== 'room.joined' && method !== 'room.left') || params.room !== voiceRoom) return;
    const id = method === 'room.joined' ? params.member.id : params.id;
    const member =
      method === 'room.joined'
        ? params.member
        : rooms.find(({ name }) => name === voiceRoom)?.members.find((one) => one.id === id);
    if (id === self.member || (member && wantedOf(listening.people, personKey(member))?.blocked)) return;
    this.tone(method === 'room.joined' ? 'join' : 'leave');
  }

  /** Gives a sign, where there is sound. */
  tone(tone: Tone): void {
    this.#options
      .audio()
      ?.tone(tone)
      .catch(() => undefined);
  }

  #change(text: string, change: Partial<Person>): void {
    const { live } = this.#options;
    const found = this.#find(text);
    const before = wantedOf(live.now.listening.people, found.key) ?? anybody(found.name);
    const after: Person = { ...before, name: found.name, ...change };
    live.apply({
      kind: 'listening',
      change: { people: withPerson(live.now.listening.people, found.key, after) },
    });
    live.notice(this.#words(found, change, after));
    this.#remember(found.key, after);
  }

  /** A store that cannot be written must not keep anybody from being quiet now. */
  #remember(key: string, person: Person): void {
    const { store, live } = this.#options;
    if (!isLasting(key)) return;
    try {
      if (isPlain(person)) store.forgetPerson(key);
      else store.savePerson({ key, ...person });
    } catch (error) {
      live.notice(`this is not remembered: ${sentenceOf(error)}`);
    }
  }

  #words({ key, name }: Named, change: Partial<Person>, { db }: Person): string {
    const lasting = isLasting(key) ? '' : ' (until they leave: this station tells no keys)';
    if (change.db !== undefined) return `@${name} is played at ${volumeWords(db)}${lasting}`;
    if (change.muted !== undefined)
      return `@${name} is ${change.muted ? `muted; /unmute @${name} hears them again` : 'heard again'}${lasting}`;
    if (change.blocked !== undefined)
      return `@${name} is ${change.blocked ? `blocked, voice and text; /unblock @${name} ends it` : 'no longer blocked'}${lasting}`;
    if (change.ignored !== undefined)
      return `@${name} is ${change.ignored ? `ignored: heard, but not read; /unignore @${name} ends it` : 'read again'}${lasting}`;
    return `@${name} ${change.priority ? 'goes before others: these are quieter meanwhile' : 'is one among others again'}${lasting}`;
  }

  #find(text: string): Named {
    const { now } = this.#options.live;
    const found = findPerson(now, text);
    if (!found) {
      throw new VoiptermError(
        'usage.invalid',
        `there is nobody called ${text.replace(/^@/, '')} here; /who lists who is`,
      );
    }
    if (now.self.member !== null && found.ids.includes(now.self.member) && found.name === now.self.name)
      throw new VoiptermError(
        'usage.invalid',
        'that is you; /mute without a name closes your own microphone',
      );
    return found;
  }

  #list(): void {
    const { live } = this.#options;
    const lines = Object.values(live.now.listening.people).map(
      (person) => `@${person.name}: ${personWords(person)}`,
    );
    live.notice(
      lines.length > 0
        ? ['People you hear in another way:', ...lines.sort()].join('\n')
        : 'Everybody is heard as they come. Write /volume @NAME +6',
    );
  }

  /** The whole table whenever anything in it may have changed: it is small, and so is never half right. */
  #tellAudio(): void {
    const { rooms, voiceRoom, self, listening } = this.#options.live.now;
    const audio = this.#options.audio();
    const members = rooms.find(({ name }) => name === voiceRoom)?.members;
    const from = [members, self.member, listening.people, audio];
    if (from.every((value, at) => value === this.#told[at])) return;
    this.#told = from;
    audio?.voices(voicesOf(this.#options.live.now)).catch(() => undefined);
  }
}
