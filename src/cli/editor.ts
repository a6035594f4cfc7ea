/** Writing a message in the user's own editor, on a temporary file that nobody else can read. */
import { spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VoiptermError } from '../errors.ts';

/** Larger than the largest message and its mark-up: a file that grew beyond it is not read. Bytes. */
const MAX_FILE = 64 * 1024;

/** The user's editor with its arguments, as POSIX tools look for it; undefined if none is set. */
export function editorOf({
  VISUAL,
  EDITOR,
}: Readonly<Record<string, string | undefined>>): string | undefined {
  return VISUAL?.trim() || EDITOR?.trim() || undefined;
}

/**
 * Opens the editor on `text` and waits for its end; the terminal must be its own meanwhile.
 * @returns what the file holds then, without line breaks at its end.
 * Throws 'usage.invalid' where no editor is set, where it fails and where the file grew too large.
 */
export async function editText(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const editor = editorOf(env);
  if (editor === undefined)
    throw new VoiptermError(
      'usage.invalid',
      'No editor is set: set VISUAL or EDITOR and start voipterm again.',
    );
  const directory = await mkdtemp(join(tmpdir(), 'voipterm-message-'));
  try {
    const file = join(directory, 'message.md');
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(text === '' ? '' : `${text}\n`).finally(() => handle.close());
    await run(editor, file);
    if ((await stat(file)).size > MAX_FILE)
      throw new VoiptermError(
        'usage.invalid',
        `What was written is more than ${MAX_FILE} bytes: send it in parts.`,
      );
    return (await readFile(file, 'utf8')).replaceAll(/\r\n?/g, '\n').replace(/\n+$/, '');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** VISUAL and EDITOR may have arguments, so a shell reads them, as git does. */
function run(editor: string, file: string): Promise<void> {
  const [command, args] =
    process.platform === 'win32'
      ? ['cmd', ['/d', '/s', '/c', `${editor} "${file}"`]]
      : ['/bin/sh', ['-c', `${editor} "$1"`, 'sh', file]];
  return new Promise((resolve, reject) => {
    const failed = (why: string): void =>
      reject(new VoiptermError('usage.invalid', `The editor ${why}; the message is as it was.`));
    const child = spawn(command as string, args as string[], { stdio: 'inherit' });
    child.on('error', (error) => failed(`could not be started (${error.message})`));
    child.on('exit', (status, signal) => {
      if (status === 0) resolve();
      else failed(signal ? `was ended by ${signal}` : `ended with status ${status}`);
    });
  });
}
