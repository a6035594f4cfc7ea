/** What the parts that do something with terminals share: the state, the station, the user's eye. Types, and changing one tab. */
import type { Logger } from '../log.ts';
import type { Caller } from './history.ts';
import type { TerminalShell } from './shell.ts';
import type { ShellsState, ShellTab } from './shell-state.ts';
import type { State } from './state.ts';

export interface ShellContext {
  readonly state: () => State;
  readonly apply: (change: Partial<ShellsState>) => void;
  readonly notice: (text: string) => void;
  readonly call: Caller;
  readonly log: Logger;
}

/** A tab with a terminal of ours behind it. */
export interface OwnTab {
  readonly id: number;
  readonly terminal: TerminalShell;
}

/** Changes one tab in the state; one that is not there any more stays so. */
export function changeTab(
  { state, apply }: ShellContext,
  id: number,
  change: (tab: ShellTab) => Partial<ShellTab>,
): void {
  const { tabs } = state().shells;
  apply({ tabs: tabs.map((tab) => (tab.id === id ? { ...tab, ...change(tab) } : tab)) });
}
