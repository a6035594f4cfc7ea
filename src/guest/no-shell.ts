/** What a guest sees where others have a shell of their machine: there is none here, and why. */
import type { ShellHandle } from '../session/shell.ts';
import { IDLE } from '../session/shell-screen.ts';

export function noShell(reason: string): ShellHandle {
  const screen = { ...IDLE, phase: { at: 'failed', reason } as const };
  return {
    screen,
    subscribe: () => () => undefined,
    start: () => undefined,
    write: () => undefined,
    resize: () => undefined,
    scroll: () => undefined,
    find: () => false,
    close: () => undefined,
  };
}
