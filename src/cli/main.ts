/** The process: reads the command line, runs one command, turns any failure into a sentence and an exit status. */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { sentenceOf, VoiptermError } from '../errors.ts';
import { packagedFile } from '../program-files.ts';
import { escapeControls } from './escape.ts';
import { EXIT, exitStatus } from './exit.ts';
import { REMOTE_WORDS } from './remote-words.ts';

const { version } = JSON.parse(readFileSync(packagedFile('package.json'), 'utf8'));

// A reader that went away (`voipterm tail | head`) is no failure; printLine deals with the write itself.
process.stdout.on('error', (error) => {
  if (!('code' in error && error.code === 'EPIPE')) throw error;
});

/** What moves bulk and may take the memory that this takes. */
const BULK_COMMANDS: readonly (string | undefined)[] = ['serve', 'forward', 'bridge', 'lab', 'demo'];

/** What is kept alive to have the young generation grow once, arrays of 8 KB: more than it holds at first. */
const KEPT_ARRAYS = 300;

/**
 * Left to itself V8 lets the young generation of each thread grow to 48 MB and never gives it back, for a program that
 * mostly waits. It cannot be told a bound while it runs, only by how much to grow: so it grows once, to 4 MB, which drawing
 * needs (with 1 MB a sixth of the time goes into collecting garbage), and the other threads, which need less, not at all.
 */
function spareMemory([command]: readonly string[]): void {
  if (BULK_COMMANDS.includes(command)) return;
  setFlagsFromString('--semi-space-growth-factor=4');
  const kept = Array.from({ length: KEPT_ARRAYS }, (_, i) => new Array<number>(1000).fill(i));
  setFlagsFromString(`--semi-space-growth-factor=${Math.min(1, kept.length)}`);
}

/** Runs the program; returns its exit status. */
async function main(argv: readonly string[]): Promise<number> {
  spareMemory(argv.slice(2));
  try {
    if (!(await runTalkKey(argv.slice(2)))) await runCommand(argv);
    return EXIT.ok;
  } catch (error) {
    // commander has written its own sentence; --help and --version come this way with status 0.
    if (isCommanderError(error)) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    process.stderr.write(`voipterm: ${escapeControls(failureWords(error))}\n`);
    return exitStatus(error);
  }
}

async function runCommand(argv: readonly string[]): Promise<void> {
  const { makeProgram } = await import('./program.ts');
  await makeProgram(String(version)).parseAsync([...argv]);
}

/** `voipterm ptt WORD` without options: a talk key cannot wait until the whole command line is loaded. */
async function runTalkKey([command, name, ...rest]: readonly string[]): Promise<boolean> {
  const word = REMOTE_WORDS.find((known) => known === name);
  if (command !== 'ptt' || !word || rest.length > 0) return false;
  const { ptt } = await import('./ptt.ts');
  await ptt(word, {});
  return true;
}

/** Of the parser, which is loaded only when it is needed. */
function isCommanderError(error: unknown): error is Error & { readonly exitCode: number } {
  return error instanceof Error && 'exitCode' in error && 'code' in error;
}

function failureWords(error: unknown): string {
  if (error instanceof VoiptermError) return error.message;
  return `${sentenceOf(error)} (this is a fault in voipterm; VOIPTERM_LOGGING_LEVEL=debug tells more)`;
}

process.exit(await main(process.argv));
