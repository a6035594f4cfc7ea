/** The process: reads the command line, runs one command, turns any failure into a sentence and an exit status. */
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { VoiptermError } from '../errors.ts';
import { escapeControls } from './escape.ts';
import { EXIT, exitStatus } from './exit.ts';
import { makeProgram } from './program.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

// A reader that went away (`voipterm tail | head`) is no failure; printLine deals with the write itself.
process.stdout.on('error', (error) => {
  if (!('code' in error && error.code === 'EPIPE')) throw error;
});

/** Runs the program; returns its exit status. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    await makeProgram(String(version)).parseAsync([...argv]);
    return EXIT.ok;
  } catch (error) {
    // commander has written its own sentence; --help and --version come this way with status 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    process.stderr.write(`voipterm: ${escapeControls(sentenceOf(error))}\n`);
    return exitStatus(error);
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof VoiptermError) return error.message;
  const what = error instanceof Error ? error.message : String(error);
  return `${what} (this is a fault in voipterm; VOIPTERM_LOGGING_LEVEL=debug tells more)`;
}

process.exit(await main(process.argv));
