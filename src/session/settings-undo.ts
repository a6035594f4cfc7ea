/** What was changed in the settings, so that it can be taken back, the last first. Pure: every function returns a new list. */
import type { SettingChange } from './settings-model.ts';

/** Steps that can be taken back: more than anybody remembers having made. */
export const MAX_UNDO = 100;

/** What was saved of a key before and after. */
export interface SettingStep {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** One thing that the user did: a change of one key, or an import of many. */
export interface UndoEntry {
  /** What it was: "audio.bitrate", "import of 12 keys". */
  readonly what: string;
  readonly steps: readonly SettingStep[];
}

export type UndoStack = readonly UndoEntry[];

export const NO_UNDO: UndoStack = [];

/** Remembers what was done; steps that changed nothing are left out, and a whole entry of these is none. */
export function remembered(stack: UndoStack, entry: UndoEntry): UndoStack {
  const steps = entry.steps.filter(({ before, after }) => before !== after);
  return steps.length === 0 ? stack : [...stack, { ...entry, steps }].slice(-MAX_UNDO);
}

/** The changes that take the newest entry back, and the list without it; undefined if there is none. */
export function takenBack(
  stack: UndoStack,
):
  | { readonly entry: UndoEntry; readonly changes: readonly SettingChange[]; readonly rest: UndoStack }
  | undefined {
  const entry = stack.at(-1);
  if (!entry) return undefined;
  const changes = entry.steps.toReversed().map(({ path, before }) => ({ path, text: before }));
  return { entry, changes, rest: stack.slice(0, -1) };
}
