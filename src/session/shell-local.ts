/** A program of this machine in a pseudo-terminal. The package is loaded on first use, and its absence is a sentence. */
import { sentenceOf, VoiptermError } from '../errors.ts';
import type { EmulatorSize } from './shell-emulator.ts';
import type { Launch, Program, ProgramEvents } from './shell-program.ts';

export interface LocalProgram {
  /** The program, such as $SHELL. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Environment of another terminal, which would tell programs what ours cannot do or is not. */
const FOREIGN = [
  'TMUX',
  'TMUX_PANE',
  'STY',
  'WINDOW',
  'TERM_PROGRAM',
  'TERM_PROGRAM_VERSION',
  'COLUMNS',
  'LINES',
];

export function launchLocal(local: LocalProgram): Launch {
  return async (size, events) => {
    try {
      return await spawnLocal(local, size, events);
    } catch (error) {
      throw new VoiptermError('usage.invalid', reasonOf(error, local.file), { cause: error });
    }
  };
}

async function spawnLocal(
  { file, args = [], cwd, env }: LocalProgram,
  size: EmulatorSize,
  events: ProgramEvents,
): Promise<Program> {
  const { spawn } = await import('@lydell/node-pty');
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !FOREIGN.includes(name)));
  const pty = spawn(file, [...args], {
    name: 'xterm-256color',
    cols: size.columns,
    rows: size.rows,
    cwd,
    env: { ...own, COLORTERM: 'truecolor' },
  });
  pty.onData(events.output);
  pty.onExit(({ exitCode, signal }) =>
    events.ended(signal ? { code: exitCode, signal } : { code: exitCode }),
  );
  return {
    write: (text) => pty.write(text),
    resize: ({ columns, rows }) => pty.resize(columns, rows),
    flow: (go) => (go ? pty.resume() : pty.pause()),
    end: () => pty.kill(),
  };
}

function reasonOf(error: unknown, file: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (
    code === 'ERR_MODULE_NOT_FOUND' ||
    code === 'MODULE_NOT_FOUND' ||
    /@lydell\/node-pty/.test(String(error))
  ) {
    return 'The shell needs the package @lydell/node-pty with its part for this system; install it with npm install @lydell/node-pty.';
  }
  return `The shell ${file} could not be started (${sentenceOf(error)}); set SHELL to a program that exists.`;
}
