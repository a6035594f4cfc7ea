/**
 * The command line: which commands there are, in the order of the help, and the program itself, which is the terminal
 * interface. The options of the others are in target-commands.ts and local-commands.ts, and the work of each is in a file of
 * its own, which is loaded for that command only: the whole program takes a third of a second to load.
 */
import { Command, Option } from 'commander';
import { TunnelClient } from '../net/tunnel/client.ts';
import { addConfig } from './config-commands.ts';
import { HELP_HELP, TUI_HELP } from './help.ts';
import {
  addAttach,
  addDemo,
  addDevices,
  addEnd,
  addKeygen,
  addLab,
  addPtt,
  addServe,
} from './local-commands.ts';
import { refuseExtraWords, refuseMistyped, unknownCommand } from './mistyped.ts';
import { client, forwarding } from './options.ts';
import { addStation } from './station-commands.ts';
import { oneSentence, subcommand, TARGET } from './subcommand.ts';
import {
  addBridge,
  addDoctor,
  addForward,
  addListen,
  addSay,
  addSend,
  addTail,
  addVoice,
} from './target-commands.ts';
import type { TuiOptions } from './tui.ts';

/** Longer lines are hard to read, however wide the terminal is. */
const MAX_HELP_COLUMNS = 100;

/** Builds the parser anew, so that tests can have their own. It throws CommanderError instead of exiting. */
export function makeProgram(version: string): Command {
  const program = new Command('voipterm')
    .description(
      'Private text and voice rooms in a terminal, through an encrypted tunnel, with your SSH key as your identity.',
    )
    .version(version, '--version', 'print the version')
    .helpCommand(false)
    .helpOption('-h, --help', 'explain this command')
    .showSuggestionAfterError()
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      getOutHelpWidth: () => Math.min(MAX_HELP_COLUMNS, process.stdout.columns ?? MAX_HELP_COLUMNS),
    });
  addServe(program);
  addVoice(program);
  addListen(program);
  addDevices(program);
  addConfig(program);
  addSay(program);
  addSend(program);
  addTail(program);
  addForward(program);
  addBridge(program);
  addAttach(program);
  addEnd(program);
  addPtt(program);
  addDemo(program);
  addDoctor(program, version);
  addKeygen(program);
  addStation(program);
  addLab(program);
  addHelp(program);
  program.hook('preAction', takeOptionsBefore);
  // Last, as commands inherit what it allows.
  addTui(program);
  return program;
}

function addTui(program: Command): void {
  program
    .argument('[target]', `${TARGET} or voipterm://...; without one the last used, else this machine`)
    .allowExcessArguments()
    .option('--local', 'the station on this machine, whatever was used last')
    .option('--plain', 'no screen: a line for each event, for screen readers, simple terminals and pipes')
    .option('--detach', 'run in the background, without a screen: "voipterm attach" shows it')
    .addOption(new Option('--in-background').hideHelp());
  client(forwarding(oneSentence(program)))
    .addHelpText('after', TUI_HELP)
    .action(async (target: string | undefined, options: TuiOptions) => {
      const names = namesOf(program);
      refuseExtraWords(program.args, names);
      await refuseMistyped(target, names);
      if (!options.detach) TunnelClient.loadAhead();
      const { tui } = await import('./tui.ts');
      await tui(target, options);
    });
}

function addHelp(program: Command): void {
  const command = subcommand(program, 'help')
    .summary('explain a command')
    .description('Explain a command, or all of this.')
    .argument('[command...]', 'its name');
  command.addHelpText('after', HELP_HELP).action((names: readonly string[]) => {
    let wanted = program;
    for (const name of names) {
      const found = wanted.commands.find((each) => each.name() === name);
      if (!found) throw unknownCommand(name, namesOf(wanted));
      wanted = found;
    }
    wanted.outputHelp();
  });
}

function namesOf(program: Command): string[] {
  return program.commands.map((command) => command.name());
}

/** Options before a command's name count as if they stood behind it, where they do not stand there too. */
function takeOptionsBefore(program: Command, command: Command): void {
  for (const [name, value] of Object.entries(program.opts())) {
    if (command.getOptionValue(name) === undefined) command.setOptionValue(name, value);
  }
}
