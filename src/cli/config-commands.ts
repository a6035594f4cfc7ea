/** `voipterm config ...`: its commands, their options and help. The work is loaded when it is to be done. */
import { Argument, type Command } from 'commander';
import { common } from './options.ts';
import { loaded, subcommand } from './subcommand.ts';

const CONFIG_HELP = `
Options and the environment (VOIPTERM_AUDIO_BITRATE) go before what is saved, that before
config.toml, and that before the defaults. "show" says where each value comes from. Saved is what
the settings pane changed, and what "set" and "import" change here, in the client's database;
"unset" drops it. A client that runs does not hear of it: change it there with /set, or in its
settings.

Examples:
  voipterm config show audio
  voipterm config get client.name
  voipterm config set audio.bitrate 48000
  voipterm config unset audio.bitrate
  voipterm config export laptop.toml         what is not the default, as a config.toml has it
  voipterm config import laptop.toml         saves what it says; a mistake is told with its line`;

const work = async () => import('./config-work.ts');

export function addConfig(program: Command): void {
  const config = subcommand(program, 'config')
    .helpCommand(false)
    .summary('show, change, export and import the settings')
    .description('Show, change, export and import the settings.');
  config.addHelpText('after', CONFIG_HELP);
  common(
    subcommand(config, 'show')
      .description('Print settings with their values, and where these come from.')
      .addArgument(new Argument('[section]', 'only these: a section, or the beginning of a key'))
      .option('--json', 'print JSON: a line for each setting'),
  ).action(loaded(async () => (await work()).show));
  common(
    subcommand(config, 'get')
      .description('Print the value of one setting.')
      .addArgument(new Argument('<key>', 'such as audio.bitrate')),
  ).action(loaded(async () => (await work()).get));
  common(
    subcommand(config, 'set')
      .description('Save the value of one setting.')
      .addArgument(new Argument('<key>', 'such as audio.bitrate'))
      .addArgument(new Argument('<value>', 'lists with commas, switches true or false')),
  ).action(loaded(async () => (await work()).set));
  common(
    subcommand(config, 'unset')
      .description('Drop what was saved, so that config.toml or the default counts again.')
      .addArgument(new Argument('<key>', 'such as audio.bitrate')),
  ).action(loaded(async () => (await work()).unset));
  common(
    subcommand(config, 'export')
      .description('Write what is not the default as TOML, to a new file or standard output.')
      .addArgument(new Argument('[file]', 'a file that is not there yet')),
  ).action(loaded(async () => (await work()).exportSettings));
  common(
    subcommand(config, 'import')
      .description('Save what a TOML file says.')
      .addArgument(new Argument('<file>', 'as "voipterm config export" writes it, or a config.toml')),
  ).action(loaded(async () => (await work()).importSettings));
}
