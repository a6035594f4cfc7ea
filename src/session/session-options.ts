/** What a session is started with. */
import type { Logger } from '../log.ts';
import type { ForwardAsk } from '../net/forward/state.ts';
import type { ClientStore } from '../store/client.ts';
import type { OnUnsent } from './chat.ts';
import type { FileSettings } from './files.ts';
import type { KeepingSettings } from './keeping.ts';
import type { StartLink } from './link.ts';
import type { SettingsHome } from './settings-home.ts';
import type { ShellTools } from './shell-tools.ts';
import type { ShellPrograms } from './shells.ts';
import type { TalkLimits } from './talk-watch.ts';
import type { TextSettings } from './text.ts';

export interface SessionOptions {
  /** How the user names the station; what the store remembers. */
  readonly target: string;
  /** The name to go by, until the station says it. */
  readonly user: string;
  /** The way to the station (tunnelLink). */
  readonly link: StartLink;
  /** Rooms to be in besides those that the store remembers; the first is shown. */
  readonly rooms: readonly string[];
  readonly store: ClientStore;
  /** Forwards to open from the start. */
  readonly forwards?: readonly ForwardAsk[];
  /** Where the settings live; without it none can be changed. */
  readonly settings?: SettingsHome;
  readonly log: Logger;
  readonly onUnsent?: OnUnsent | undefined;
  /** When a microphone that was left open is closed; never by default. */
  readonly talkLimits?: TalkLimits;
  /** Where recordings go, and whether the last seconds are kept; recordings in the working directory by default. */
  readonly keeping?: KeepingSettings;
  /** The terminals that this user may have; none by default. */
  readonly shells?: (tools: ShellTools) => ShellPrograms;
  /** Where files go that others send us; none are wanted by default. */
  readonly files?: () => FileSettings;
  /** What counts as a mention, and the like; nothing but our name by default. */
  readonly text?: TextSettings;
  /** Somebody reads what comes; true unless it is said. Else nothing is marked as read, and no conversation opens. */
  readonly reads?: boolean;
  /** What is said to whoever asks for sound where there is none. */
  readonly noSound?: string;
}

/** Without settings nothing is kept, */
export const KEEP_NOTHING: KeepingSettings = { replay: false, recordings: '.', format: 'ogg' };
/** and no file is asked about. */
export const NO_FILES_WANTED = (): FileSettings => ({ directory: '.', maxBytes: 0 });
