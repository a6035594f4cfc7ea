/** The cursor looks as the program in the shell wants it, while that is shown. */
import type { ShellHandle } from '../session/shell.ts';
import type { CursorShape } from '../session/shell-screen.ts';
import type { Controller } from './controller.ts';

/** Calls `set` with each shape from now on; returns the function that stops it. */
export function followCursorShape(
  shell: ShellHandle,
  controller: Controller,
  set: (shape: CursorShape) => void,
): () => void {
  const look = (): void => {
    const { view } = controller;
    const programs = view.tab === 'shell' && view.shell.at === 'program';
    set(programs && shell.screen.phase.at === 'running' ? shell.screen.cursorShape : 0);
  };
  const undo = [shell.subscribe(look), controller.subscribe(look)];
  return () => {
    for (const stop of undo) stop();
  };
}
