/** A message in the user's own editor: what it gets, what comes back, and that nothing stays behind. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { editorOf, editText } from '../../src/cli/editor.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'voipterm-editor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An editor that is a shell script; it leaves the path of its file in "seen". */
function editor(script: string): string {
  const file = join(folder, 'editor');
  writeFileSync(file, `#!/bin/sh\nprintf %s "$1" > ${folder}/seen\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}
const seen = (): string => readFileSync(join(folder, 'seen'), 'utf8');

describe.skipIf(process.platform === 'win32')('the editor', () => {
  test('gets the text in a file of its own, and what it leaves comes back', async () => {
    const EDITOR = editor(
      `ls -l "$1" > ${folder}/mode; sed s/one/two/ "$1" > "$1.new"; printf 'three\\n\\n' >> "$1.new"; cat "$1.new" > "$1"`,
    );
    expect(await editText('one', { EDITOR })).toBe('two\nthree');
    expect(readFileSync(join(folder, 'mode'), 'utf8')).toMatch(/^-rw-------/);
    expect(existsSync(seen())).toBe(false);
  });

  test('may have arguments', async () => {
    const EDITOR = `env X=y ${editor('printf %s "$X" > "$1"')}`;
    expect(await editText('', { EDITOR })).toBe('y');
  });

  test('that fails says so, and leaves nothing', async () => {
    const EDITOR = editor('exit 3');
    await expect(editText('x', { EDITOR })).rejects.toThrow(
      'The editor ended with status 3; the message is as it was.',
    );
    expect(existsSync(seen())).toBe(false);
    await expect(editText('x', { EDITOR: 'no-such-editor-at-all' })).rejects.toMatchObject({
      code: 'usage.invalid',
    });
  });

  test('cannot bring a file that is too large', async () => {
    const EDITOR = editor('head -c 100000 /dev/zero > "$1"');
    await expect(editText('x', { EDITOR })).rejects.toThrow(/more than 65536 bytes/);
  });
});

test('VISUAL goes before EDITOR, and without either it says what to do', async () => {
  expect(editorOf({ VISUAL: 'code -w', EDITOR: 'vi' })).toBe('code -w');
  expect(editorOf({ VISUAL: ' ', EDITOR: 'vi' })).toBe('vi');
  await expect(editText('x', {})).rejects.toThrow(/VISUAL or EDITOR/);
});
