/**
 * Standard input and output as streams of a worker thread: pipes and sockets without the thread pool, whose blocked read
 * would keep the program from ending; files through it.
 */
import { createReadStream, createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { VoiptermError } from '../../errors.ts';

const STDIN = 0;
const STDOUT = 1;

export type Standard = 'input' | 'output';

/** Throws 'audio.file' if standard input or output is neither a pipe nor a file: somebody's terminal, most likely. */
export function checkStandard(which: Standard): void {
  if (kindOf(which === 'input' ? STDIN : STDOUT) !== 'other') return;
  const does = which === 'input' ? 'gives' : 'takes';
  throw new VoiptermError(
    'audio.file',
    `cannot use standard ${which}: connect it to a program or a file that ${does} raw sound`,
  );
}

/** Throws as checkStandard does. */
export function standardInput(): Readable {
  checkStandard('input');
  if (kindOf(STDIN) === 'file') return createReadStream('', { fd: STDIN, autoClose: false });
  return new Socket({ fd: STDIN, readable: true, writable: false });
}

/** Throws as checkStandard does. */
export function standardOutput(): Writable {
  checkStandard('output');
  if (kindOf(STDOUT) === 'file') return createWriteStream('', { fd: STDOUT, autoClose: false });
  return new Socket({ fd: STDOUT, readable: false, writable: true });
}

function kindOf(fd: number): 'pipe' | 'file' | 'other' {
  try {
    const about = fstatSync(fd);
    if (about.isFIFO() || about.isSocket()) return 'pipe';
    return about.isFile() ? 'file' : 'other';
  } catch {
    return 'other';
  }
}
