/** Every word between a station's main thread and the thread that draws for its guests. Plain data only; see port.ts. */
import type { LogFields, LogLevel } from '../log.ts';
import type { GuestPlace, TerminalSize, Visitor } from '../station/guests.ts';

/** Where a guest is, and what it may expect. */
export interface GuestRules extends Omit<GuestPlace, 'log' | 'memory'> {
  /** The station's rooms to begin with, the first of them shown. */
  readonly rooms: readonly string[];
  /** Those of the last visit; none before the first. */
  readonly lastRooms: readonly string[];
  /** After how long without a key a guest is asked to leave, ms; 0 for never. */
  readonly idleMs: number;
}

/** Lines of the control protocol, each for one guest or many: a message in a room is one line for all who are there. */
export type GuestLines = readonly { readonly line: string; readonly to: readonly number[] }[];

export type GuestRequests = {
  /** Somebody came. */
  receive: {
    ask: { readonly id: number; readonly visitor: Visitor; readonly rules: GuestRules };
    answer: undefined;
  };
  /** Typed bytes, or null for the end of them; answered once they were taken in, which a flood has to wait for. */
  typed: { ask: { readonly id: number; readonly bytes: Uint8Array | null }; answer: undefined };
  /** Answered once the screen has that size, which a flood of them has to wait for. */
  resized: { ask: { readonly id: number; readonly size: TerminalSize }; answer: undefined };
  signalled: { ask: { readonly id: number; readonly name: string }; answer: undefined };
  /** Answered once all were looked at. */
  lines: { ask: GuestLines; answer: undefined };
  /** The peer took so many bytes of the output. */
  taken: { ask: { readonly id: number; readonly bytes: number }; answer: undefined };
  /** The station ends the visit; 'ended' follows. */
  dismiss: { ask: { readonly id: number }; answer: undefined };
  /** The channel is gone: nothing can be shown any more. */
  gone: { ask: { readonly id: number }; answer: undefined };
};

export type GuestEvent =
  | { readonly event: 'ready' }
  | { readonly event: 'output'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly event: 'error-output'; readonly id: number; readonly text: string }
  /** A line of the control protocol for the station. */
  | { readonly event: 'line'; readonly id: number; readonly line: string }
  /** A guest leaves, and was in these rooms; said only if they are others than at first. */
  | { readonly event: 'rooms'; readonly key: string; readonly rooms: readonly string[] }
  /** Nothing more comes of this guest. */
  | { readonly event: 'ended'; readonly id: number; readonly status: number }
  | { readonly event: 'log'; readonly level: LogLevel; readonly text: string; readonly fields: LogFields };
