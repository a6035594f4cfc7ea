/** What every command is made of: a name, errors in one sentence, and work that is loaded when it is to be done. */
import type { Command } from 'commander';
import { TunnelClient } from '../net/tunnel/client.ts';
import { escapeControls } from './escape.ts';

/** What a command goes to, for its help. */
export const TARGET = '[user@]host[:port][/room]';
/** The same for what also goes to one person. */
export const PLACE = '[user@]host[:port][/room or /@name]';

export function subcommand(parent: Command, name: string): Command {
  return oneSentence(parent.command(name));
}

/** Errors of the parser read as all our errors do, and say where to look. */
export function oneSentence(command: Command): Command {
  return command.configureOutput({
    outputError: (text, write) => {
      // "error: unknown option '--jsno'\n(Did you mean --json?)\n"; what was typed may hold line ends too.
      const [, error = text, meant] =
        /^(?:error: )?(.*?)\.?(?:\n(\(Did you mean [^\n]+\)))?\n*$/s.exec(text) ?? [];
      write(`voipterm: ${escapeControls(error)} ${escapeControls(meant ?? `(see ${helpFor(command)})`)}\n`);
    },
  });
}

/** A command's work, loaded when it is to be done. */
export function loaded<Args extends unknown[]>(
  load: () => Promise<(...args: Args) => Promise<void>>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    const work = await load();
    await work(...args);
  };
}

/** The same for work that connects: the tunnel's thread loads beside it. */
export function connecting<Args extends unknown[]>(
  load: () => Promise<(...args: Args) => Promise<void>>,
): (...args: Args) => Promise<void> {
  const work = loaded(load);
  return (...args) => {
    TunnelClient.loadAhead();
    return work(...args);
  };
}

/** "voipterm help lab proxy". */
function helpFor(command: Command): string {
  const names: string[] = [];
  for (let at = command; at.parent; at = at.parent) names.unshift(at.name());
  return ['voipterm help', ...names].join(' ');
}
