/** What the slash commands of every kind answer with, and how they read what follows them. */
import type { Command } from '../session/commands.ts';
import type { Entered } from './commands.ts';

export const does = (command: Command): Entered => ({ kind: 'command', command });
export const wrong = (text: string): Entered => ({ kind: 'error', text });
export const words = (argument: string): string[] => argument.split(/\s+/).filter((word) => word !== '');
