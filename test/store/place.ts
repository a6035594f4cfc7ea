/** A directory of its own for each test that writes files, removed after it, and child processes that use the store. */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { type ErrorCode, VoiptermError } from '../../src/errors.ts';

export function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'voipterm-store-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs a file of test/store/children; it is killed at the end of the test at the latest. */
export function child(
  name: string,
  ...args: string[]
): {
  process: ChildProcessByStdio<Writable, Readable, null>;
  lines: Interface;
  ended: Promise<number | null>;
} {
  const file = fileURLToPath(new URL(`./children/${name}`, import.meta.url));
  const process_ = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => {
    process_.kill('SIGKILL');
  });
  const ended = new Promise<number | null>((resolve) => process_.once('close', resolve));
  return { process: process_, lines: createInterface({ input: process_.stdout }), ended };
}

export function nextLine(lines: Interface): Promise<string> {
  return new Promise((resolve) => lines.once('line', resolve));
}

/** Expects a VoiptermError with this code, and one sentence without a stack or an SQLite name in it. */
export function refused(code: ErrorCode, work: () => unknown): VoiptermError {
  let thrown: unknown;
  try {
    work();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(VoiptermError);
  const error = thrown as VoiptermError;
  expect(error.code, error.message).toBe(code);
  expect(error.message).toMatch(/^[A-Z0-9/].*\.$/);
  expect(error.message).not.toMatch(/SQLITE|\n/);
  return error;
}

/** A file system of `size`, if this user may mount one. */
export function tinyDisk(size: string): string | undefined {
  const directory = join(place(), 'disk');
  mkdirSync(directory);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => {
    execFileSync('umount', [directory]);
  });
  return directory;
}
