/** Everything that a session does with text, put together: places, what is said there, who reads it. */
import type { VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Message } from '../net/control/schema.ts';
import type { ClientStore } from '../store/client.ts';
import { alertFor, type NotifyMode, offerAlert } from './alerts.ts';
import { Archive } from './archive.ts';
import { Changes } from './changes.ts';
import { Chat, type OnUnsent } from './chat.ts';
import { Directs } from './directs.ts';
import type { FileOffer } from './file-state.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';
import { Membership } from './membership.ts';
import { watchedWords } from './mentions.ts';
import { Paging } from './paging.ts';
import { isDirect } from './places.ts';
import { Presence } from './presence.ts';
import { Reading } from './reading.ts';
import { Searching } from './searching.ts';
import type { DesktopMode, TextAlert } from './text-state.ts';

/** What of the configuration is about text. */
export interface TextSettings {
  /** Words besides our name that count as a mention, with commas or spaces between them. */
  readonly highlight: string;
  /** Who comes and goes is not told. */
  readonly quiet: boolean;
  /** What a sign is given for. */
  readonly notify: NotifyMode;
  /** Which signs. */
  readonly bell: boolean;
  readonly desktop: DesktopMode;
}

export const TEXT_SETTINGS: TextSettings = {
  highlight: '',
  quiet: false,
  notify: 'mentions',
  bell: true,
  desktop: 'auto',
};

export interface TextOptions {
  readonly store: ClientStore;
  readonly live: LiveState;
  readonly call: Caller;
  readonly log: Logger;
  readonly settings?: TextSettings | undefined;
  readonly onUnsent?: OnUnsent | undefined;
  /** Somebody reads what comes; true unless it is said. */
  readonly reads?: boolean | undefined;
  /** Rooms to be in from the start, besides those that the store remembers; the first is shown. */
  readonly rooms: readonly string[];
}

export class Text {
  readonly archive: Archive;
  readonly chat: Chat;
  readonly paging: Paging;
  readonly changes: Changes;
  readonly reading: Reading;
  readonly directs: Directs;
  readonly membership: Membership;
  readonly presence: Presence;
  readonly searching: Searching;
  readonly #options: TextOptions;
  #notify: NotifyMode = TEXT_SETTINGS.notify;
  /** The terminal has the focus, and the chat is what it shows; as far as these are told. */
  #attention = { focused: true, looking: true };

  /** @param station the host key of the station that was found here last, if one was. */
  constructor(options: TextOptions, station: string | undefined) {
    const { store, live, call, log, onUnsent } = options;
    this.#options = options;
    const archive = new Archive({ store, live }, station);
    this.archive = archive;
    this.chat = new Chat({
      ...{ store, archive, live, call, log, onUnsent },
      paging: () => this.paging,
      changes: () => this.changes,
      reading: () => this.reading,
    });
    this.paging = new Paging({ live, archive, call, showWaiting: (room) => this.chat.showWaiting(room) });
    this.changes = new Changes({ live, archive, call, chat: () => this.chat });
    this.reading = new Reading({ live, archive, call, silent: options.reads === false });
    this.presence = new Presence({ live, archive, call });
    this.searching = new Searching({ live, archive, call });
    this.directs = new Directs({ live, archive, call, chat: this.chat, membership: () => this.membership });
    this.membership = new Membership(
      {
        live,
        chat: this.chat,
        call,
        remember: (rooms) => this.#remember(rooms),
        onTopic: (room, topic) => this.presence.topicOf(room, topic),
      },
      [...options.rooms, ...(station ? store.rooms(station) : [])],
    );
    this.configure(options.settings ?? TEXT_SETTINGS);
  }

  /** Settings that count from now on. */
  configure({ highlight, quiet, notify, bell, desktop }: TextSettings): void {
    this.#notify = notify;
    const change = { highlight: watchedWords(highlight), quiet, signs: { bell, desktop } };
    this.#options.live.apply({ kind: 'text', change });
  }

  /** Where the user's eyes are. */
  attend(change: Partial<{ readonly focused: boolean; readonly looking: boolean }>): void {
    const { live } = this.#options;
    this.#attention = { ...this.#attention, ...change };
    const attentive = this.#attention.focused && this.#attention.looking;
    if (attentive !== live.now.text.attentive) live.apply({ kind: 'text', change: { attentive } });
  }

  /** What the store holds is on the screen before the station answers. */
  begin(): void {
    const { rooms } = this.membership;
    this.chat.showStored(rooms);
    if (rooms[0]) this.#options.live.apply({ kind: 'shown', room: rooms[0] });
  }

  /** A connection stands: enters every place. `isCurrent` says whether it still does. */
  async online(station: string, unknownRooms: readonly string[], isCurrent: () => boolean): Promise<void> {
    this.chat.adopt(station);
    await this.membership.leaveUnknown(unknownRooms);
    await this.membership.enterAll();
    if (!isCurrent()) return;
    if (this.#options.reads !== false) await this.#quietly(() => this.directs.online());
    if (!isCurrent()) return;
    this.chat.up();
    const { voiceRoom, current } = this.#options.live.now;
    const room = current ?? this.membership.rooms[0];
    if (room) await this.membership.show(room);
    if (voiceRoom !== null && voiceRoom !== room) await this.membership.speakIn(voiceRoom);
    await this.#quietly(() => this.presence.online());
  }

  down(): void {
    this.chat.down();
    this.reading.down();
  }

  close(): void {
    this.chat.down();
    this.reading.close();
    this.archive.flush();
  }

  /** Somebody said something. */
  heard(message: Message): void {
    const { live } = this.#options;
    if (this.#options.reads === false && isDirect(message.room)) return this.chat.heard(message);
    if (isDirect(message.room)) this.directs.heard(message);
    else this.chat.heard(message);
    const room = live.now.rooms.find(({ name }) => name === message.room);
    if (room) this.#alert(alertFor(this.archive.line(message), room, live.now, this.#notify, Date.now()));
  }

  /** Somebody offers a file. */
  offered(offer: FileOffer): void {
    this.#alert(offerAlert(offer, this.#options.live.now, this.#notify, Date.now()));
  }

  #alert(alert: TextAlert | undefined): void {
    if (alert) this.#options.live.apply({ kind: 'text', change: { alert } });
  }

  /** The conversations or our name may fail where the rooms do not: the station is old, or the name taken. */
  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { live, log } = this.#options;
      const { code, message } = error as Partial<VoiptermError>;
      if (code === 'control.unreachable' || code === 'control.protocol')
        log.debug('not done', { reason: message });
      else live.notice(message ?? String(error));
    }
  }

  #remember(rooms: readonly string[]): void {
    const { store } = this.#options;
    if (this.archive.station) store.setRooms(this.archive.station, rooms);
  }
}
