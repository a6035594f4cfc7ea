/** The way to a station as a session sees it: the tunnel's thread, or what a station gives to its own guests. Types only. */
import type { MessagePort } from 'node:worker_threads';
import type { VoiptermError } from '../errors.ts';
import type { ClientNotification } from '../net/control/schema.ts';
import type { ForwardAsk, ForwardView } from '../net/forward/state.ts';
import type { TunnelEvent } from '../net/tunnel/messages.ts';
import type { Caller } from './history.ts';
import type { EmulatorSize } from './shell-emulator.ts';
import type { Program, ProgramEvents } from './shell-program.ts';

export interface SessionLink {
  /** Connects and stays connected; progress comes as 'phase' events. */
  connect(): Promise<unknown>;
  /** Leaves, and connects with options as they are by now; undefined where there are no others. */
  readonly renew?: (() => Promise<unknown>) | undefined;
  /** One control request; rejects with 'control.unreachable' while offline. */
  readonly call: Caller;
  notify(notification: ClientNotification): Promise<unknown>;
  /** Takes the end of the channel to whoever speaks and hears. Rejects where no voice goes. */
  attachVoice(port: MessagePort): Promise<unknown>;
  /** A shell on the station's host; a link that cannot carry one has none. Rejects with the station's refusal. */
  openShell?(size: EmulatorSize, events: ProgramEvents): Promise<Program>;
  /** Adds a forward; its state comes as 'forward' events. */
  addForward(ask: ForwardAsk): Promise<ForwardView>;
  /** False if there is none with that id. */
  removeForward(id: number): Promise<boolean>;
  forwards(): Promise<readonly ForwardView[]>;
  /** Says goodbye to the station and ends what the link runs on. */
  close(): Promise<void>;
}

/** What a link tells of. */
export interface LinkEvents {
  readonly onEvent: (event: TunnelEvent) => void;
  /** The link is gone for good, and so is what it ran on. */
  readonly onDied: (error: VoiptermError) => void;
  /** A sentence for the user. */
  readonly onNotice: (text: string) => void;
}

/** Makes a link that is not connected yet. Rejects if it does not come up. */
export type StartLink = (events: LinkEvents) => Promise<SessionLink>;
