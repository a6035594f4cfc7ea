/** A program whose sound goes into a pipe, and what came of it. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Place, PROGRAM } from './process.ts';

/** Starts the built program in a place. What it says in words is on its standard error. */
export function piped(
  place: Place,
  args: readonly string[],
  env: Record<string, string>,
  stdio: SpawnOptions['stdio'],
) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: place.path, env, stdio: stdio ?? 'pipe' });
  const out: Buffer[] = [];
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return { child, ended: once(child, 'close'), heard: () => Buffer.concat(out), stderr: () => errors };
}
