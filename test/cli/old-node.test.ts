/** Whoever has a Node that is too old reads one sentence instead of a stack trace. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../bin/voipterm.cjs', import.meta.url));
const SENTENCE = /^voipterm needs Node 22\.14, 23\.6 or newer, and this is Node ([0-9.]+)\. [^\n]+\n$/;

function expectRefused(node: string, args: readonly string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(node, [...args], { encoding: 'utf8', timeout: 15_000 });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(SENTENCE),
  });
  return SENTENCE.exec(stderr)?.[1];
}

/** Runs the program in this Node, which says that it is another. */
function disguised(version: string): readonly string[] {
  const script = `Object.defineProperty(process.versions, 'node', { value: ${JSON.stringify(version)} });
    process.argv = [process.execPath, ${JSON.stringify(PROGRAM)}, '--version'];
    require(${JSON.stringify(PROGRAM)});`;
  return ['--input-type=commonjs', '--eval', script];
}

describe('the version', () => {
  test.each(['0.10.48', '8.17.0', '18.20.8', '20.20.2', '22.11.0', '22.13.1', '23.5.0'])(
    '%s is refused',
    (version) => {
      expect(expectRefused(process.execPath, disguised(version))).toBe(version);
    },
  );

  test.each(['22.14.0', '23.6.0', '24.0.0', '100.1.0'])('%s goes on to the program', (version) => {
    const { stderr } = spawnSync(process.execPath, [...disguised(version)], { encoding: 'utf8' });
    expect(stderr).not.toContain('voipterm needs Node');
  });
});

/** A Node that is really too old: the system's own, or one of a version manager. */
function oldNode(): { path: string; version: string } | undefined {
  const managed = join(process.env.NVM_DIR ?? join(homedir(), '.nvm'), 'versions', 'node');
  const installed = existsSync(managed)
    ? readdirSync(managed).map((v) => join(managed, v, 'bin', 'node'))
    : [];
  for (const path of ['/usr/bin/node', '/usr/local/bin/node', '/opt/homebrew/bin/node', ...installed]) {
    if (!existsSync(path)) continue;
    const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    const [, major = '', minor = ''] = /^v([0-9]+)\.([0-9]+)/.exec(stdout ?? '') ?? [];
    if (major !== '' && (Number(major) < 22 || (major === '22' && Number(minor) < 12)))
      return { path, version: stdout.trim().slice(1) };
  }
  return undefined;
}

const old = oldNode();
describe.skipIf(!old)(`the old Node of this machine${old ? ` (${old.version})` : ': none was found'}`, () => {
  test.each([[[]], [['--version']], [['help', 'serve']]])(
    'refuses voipterm %j',
    (args: readonly string[]) => {
      expect(expectRefused(old!.path, [PROGRAM, ...args])).toBe(old!.version);
    },
  );
});
