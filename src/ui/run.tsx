/** Runs the user interface in a terminal until the user leaves. */
import type { SessionHandle } from '../session/handle.ts';
import type { ShellHandle } from '../session/shell.ts';
import { NO_NOTES, type NoteTerminal } from './desktop-notes.ts';
import type { Timestamps } from './chat-rows.ts';
import { boundKeys } from './bound-keys.ts';
import type { KeyOverrides } from './key-bindings.ts';
import { processHost, type UiHost } from './process-host.ts';
import { type ThemeChoice, UNKNOWN_TERMINAL } from './looks.ts';
import type { OutputStream } from './screen.ts';
import type { TalkKeyStyle } from './talk-key.ts';
import type { TerminalLooks } from './terminal-looks.ts';
import type { InputStream } from './terminal.ts';

/** Frames a second at most: what a person sees as smooth, and a slow ssh link still carries. */
const MAX_FPS = 30;

const PLAIN_LOOKS = { theme: { name: 'auto', own: null }, looks: UNKNOWN_TERMINAL, notes: NO_NOTES };

export interface UiOptions {
  readonly session: SessionHandle;
  /** The shell pane's shell: started when the pane is first shown, closed when the user leaves. */
  readonly shell: ShellHandle;
  /** As the configuration writes it: "ctrl+t", "f8", "ctrl+space". */
  readonly talkKey: string;
  /** The user's keys by the names of their commands. */
  readonly keys: KeyOverrides;
  /** A line at the bottom says which keys matter now. */
  readonly hints: boolean;
  readonly talkKeyStyle: TalkKeyStyle;
  readonly timestamps: Timestamps;
  /** For a terminal without UTF-8. */
  readonly ascii: boolean;
  /** The file that the settings pane sends people to. */
  readonly configFile: string;
  /** Colours; "auto" unless it is said. */
  readonly theme?: ThemeChoice;
  /** What the terminal can show; little unless it is said. */
  readonly looks?: TerminalLooks;
  /** What it has for somebody who looks elsewhere; the bell unless it is said. */
  readonly notes?: NoteTerminal;
  /** NO_COLOR is set (no-color.org). */
  readonly noColor: boolean;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  /** Where it runs: this process, unless it is told otherwise. */
  readonly host?: UiHost;
  /** Frames a second at most; 30 unless it is told otherwise. */
  readonly maxFps?: number;
}

/**
 * Resolves when the user leaves, the terminal goes away or the host ends it (SIGTERM, SIGINT, SIGHUP); the terminal is
 * as it was by then. Rejects with 'internal' when something broke, with 'config.invalid' for keys that are none or collide.
 */
export async function runUi(options: UiOptions): Promise<void> {
  const bindings = boundKeys(options.talkKey, options.keys);
  // React reads this when it loads: its development build is slower and writes warnings to the terminal.
  process.env.NODE_ENV ??= 'production';
  const { Ui } = await import('./ui.tsx');
  await new Ui({ host: processHost, maxFps: MAX_FPS, ...PLAIN_LOOKS, ...options }, bindings).run();
}
