/** Runs the user interface in a terminal until the user leaves. */
import type { SessionHandle } from '../session/handle.ts';
import type { ShellHandle } from '../session/shell.ts';
import { NO_NOTES, type NoteTerminal } from './desktop-notes.ts';
import { boundKeys } from './bound-keys.ts';
import type { ColorDepth } from './colors.ts';
import { processHost, type UiHost } from './process-host.ts';
import type { UiSettings } from './live-settings.ts';
import type { OutputStream } from './screen.ts';
import { type TerminalLooks, UNKNOWN_TERMINAL } from './terminal-looks.ts';
import type { InputStream } from './terminal.ts';

/** Frames a second at most: what a person sees as smooth, and a slow ssh link still carries. */
const MAX_FPS = 30;

const PLAIN_LOOKS = { theme: { name: 'auto', own: null }, looks: UNKNOWN_TERMINAL, notes: NO_NOTES };

export interface UiOptions extends UiSettings {
  readonly session: SessionHandle;
  /** The shell pane's shell: started when the pane is first shown, closed when the user leaves. */
  readonly shell: ShellHandle;
  /** What the settings mean for the screen by now, where they may change while it runs. */
  readonly follow?: (() => UiSettings) | undefined;
  /** What the terminal can show; little unless it is said. */
  readonly looks?: TerminalLooks;
  /** What it has for somebody who looks elsewhere; the bell unless it is said. */
  readonly notes?: NoteTerminal;
  /** Has the user write a text in their own editor, once the terminal is its; nowhere unless it is said. */
  readonly editor?: ((text: string) => Promise<string>) | undefined;
  /** Files and directories that a half-written path may become; none unless it is said. */
  readonly paths?: (begin: string) => readonly string[];
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
 * Ink's colours are chosen when it loads. It goes by COLORTERM too, which GNU screen passes on from a terminal that can do
 * more; and the programs in the shell pane must not hear of our choice.
 */
async function loadUi(looks: TerminalLooks | undefined): Promise<typeof import('./ui.tsx')> {
  const chosen = looks === undefined || process.env.FORCE_COLOR !== undefined;
  if (!chosen) process.env.FORCE_COLOR = COLOR_LEVELS[looks.depth];
  try {
    return await import('./ui.tsx');
  } finally {
    if (!chosen) delete process.env.FORCE_COLOR;
  }
}

let loading: ReturnType<typeof loadUi> | undefined;

/** Loads what draws, once; so that it is there when it is needed, it may begin while others are waited for. */
export function preloadUi(looks: TerminalLooks | undefined): ReturnType<typeof loadUi> {
  loading ??= loadUi(looks);
  return loading;
}

/** As FORCE_COLOR has them. Without colours there is still weight and inversion, which level 0 would take too. */
const COLOR_LEVELS: Readonly<Record<ColorDepth, string>> = { 0: '1', 16: '1', 256: '2', 16777216: '3' };

/**
 * Resolves when the user leaves, the terminal goes away or the host ends it (SIGTERM, SIGINT, SIGHUP); the terminal is
 * as it was by then. Rejects with 'internal' when something broke, with 'config.invalid' for keys that are none or collide.
 */
export async function runUi(options: UiOptions): Promise<void> {
  const bindings = boundKeys(options.talkKey, options.keys);
  const { Ui } = await preloadUi(options.looks);
  const standard = {
    ...{ host: processHost, maxFps: MAX_FPS, follow: undefined, ...PLAIN_LOOKS },
    ...{ editMode: 'readline' as const, mouse: false, links: false },
    ...{ editor: undefined, paths: () => [] },
  };
  await new Ui({ ...standard, ...options }, bindings).run();
}
