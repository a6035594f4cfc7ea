/** Somebody who came with a plain SSH client, as the program that serves them sees it. Types only. */
import type { Logger } from '../log.ts';
import type { Visitor } from '../station/guests.ts';
import type { UiHost } from '../ui/process-host.ts';
import type { GuestLink } from './guest-link.ts';
import type { GuestRules } from './messages.ts';
import type { GuestInput, GuestOutput } from './streams.ts';
import type { TerminalKind } from './terminal-kind.ts';

export interface Guest {
  /** The name that the station knows the guest by. */
  readonly name: string;
  readonly visitor: Visitor;
  readonly rules: GuestRules;
  readonly kind: TerminalKind;
  readonly link: GuestLink;
  readonly input: GuestInput;
  readonly output: GuestOutput;
  /** How a client of the guest's own connects: "voipterm ann@host:2222". */
  readonly clientCommand: string;
  /** Where it was, for the next visit. */
  keepRooms(rooms: readonly string[]): void;
  /** Aborted when the visit must end: its reason is the sentence for the guest. */
  readonly leaving: AbortSignal;
  /** The screen's surroundings: it ends with the visit. */
  readonly host: UiHost;
  readonly log: Logger;
}

/** Serves a guest; resolves with the exit status. */
export type Program = (guest: Guest) => Promise<number>;
