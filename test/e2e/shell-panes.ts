/** What tests of the shell pane share: a terminal with a plain shell in it, and programs that a machine may lack. */
import { spawnSync } from 'node:child_process';
import type { Terminal } from '../fakes/terminal.ts';
import { until } from './screens.ts';

export const SHELL = { env: { SHELL: '/bin/sh', PS1: '$ ', FORCE_COLOR: '2' } };

/** Programs that a machine may lack; what needs them is skipped by name. */
export const lacks = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0;

export async function shellOf(terminal: Terminal): Promise<void> {
  await until(terminal, 'online');
  terminal.send('\x1bOR');
  await until(terminal, 'Your shell', /^\$/m);
}

/** Ends a program that asks no questions, and waits for the prompt. */
export async function prompt(terminal: Terminal): Promise<void> {
  await terminal.until((text) => /^\$ *$/m.test(text), 20_000);
}
