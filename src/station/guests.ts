/**
 * What a station needs of whoever draws for people who come with a plain SSH client. Types only: a station has no screen,
 * so that who starts one brings this along (guest/front.ts), or does not.
 */
import type { Logger } from '../log.ts';
import type { ControlListener } from './ssh-connection.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Somebody at the other end of an SSH session channel, who has proved a key. */
export interface Visitor {
  /** The SSH user name, unchecked. */
  readonly user: string;
  /** Fingerprint of the key that it proved; absent while it is no member. */
  readonly key?: string;
  /** What was asked for in one line ("tail lobby"); null for a shell. */
  readonly command: string | null;
  /** The terminal that was asked for, and its size; null without one. All of it is the peer's claim. */
  readonly terminal: ({ readonly type: string } & TerminalSize) | null;
  /** Environment that the peer sent, of the names that mean something here. */
  readonly env: Readonly<Record<string, string>>;
}

/** The station's end of the channel, as the one who draws sees it. Nothing throws, also after the end. */
export interface VisitorChannel {
  /** `taken` is called when the peer has room for more; never if it goes away. */
  write(bytes: Uint8Array, taken: () => void): void;
  writeError(text: string): void;
  /** Stops and goes on reading what the peer types. */
  pause(): void;
  resume(): void;
  /** Ends it after what was written, with an exit status. */
  end(status: number): void;
}

/** A visit as the station sees it. */
export interface Visit {
  typed(bytes: Uint8Array): void;
  /** Nothing more will be typed. */
  typedAll(): void;
  resized(size: TerminalSize): void;
  /** A signal that the peer sent ("INT"). */
  signalled(name: string): void;
  /** The station ends it: the screen is given back, then the channel ends. Resolves when the peer has read all, or does not. */
  dismiss(): Promise<void>;
  /** The channel is gone. */
  gone(): void;
}

export interface Guests {
  /**
   * Takes a visitor in, or ends its channel with a sentence.
   * @param enter makes the visitor a member like any other: lines of the control protocol go both ways, to it by `send`.
   */
  receive(
    visitor: Visitor,
    channel: VisitorChannel,
    enter: (send: (line: string) => void) => ControlListener,
  ): Visit;
}

/** What is kept between two visits of a key. */
export interface GuestMemory {
  /** The rooms of the last visit; none before the first. */
  roomsOf(key: string): readonly string[];
  keepRooms(key: string, rooms: readonly string[]): void;
}

/** Where the guests are. */
export interface GuestPlace {
  /** What the station calls itself, and its host key. */
  readonly station: string;
  readonly fingerprint: string;
  /** How people with voipterm connect: "USER@host:2222". */
  readonly target: string;
  readonly memory: GuestMemory;
  readonly log: Logger;
}

export interface OpenedGuests extends Guests {
  /** Everybody has been dismissed: ends what drew for them. */
  close(): Promise<void>;
}

/** Begins to draw for the guests of a station. */
export type OpenGuests = (place: GuestPlace) => OpenedGuests;
