/** Files between real clients: offered by a command or a slash command, taken on a screen, and there afterwards. */
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { leave, until } from './screens.ts';
import { test } from './screens-test.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('a file goes from a command to a screen, and from a screen to a screen', { timeout: 90_000 }, async ({
  place,
  screens,
}) => {
  const station = await place.serve();
  const bytes = randomBytes(1_500_000);
  await writeFile(place.file('build.log'), bytes);
  const downloads = place.file('bobs files');
  const bob = await screens.open('bob', [station.target('bob')], {
    env: { VOIPTERM_FILES_DIRECTORY: downloads },
  });
  await until(bob, 'online', 'bob (you)');
  const sending = place.run(
    ['send', `ci@127.0.0.1:${station.port}`, '@bob', place.file('build.log'), '--json'],
    {
      home: 'ci',
    },
  );
  await until(bob, '@ci offers build.log (1.5 MB): /accept 1');
  bob.send('/accept\r');
  const sent = await sending;
  expect(sent).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(sent.stdout)).toEqual({
    event: 'sent',
    name: 'build.log',
    to: 'bob',
    bytes: bytes.length,
  });
  await until(bob, /checksum right/);
  expect(sha256(await readFile(join(downloads, 'build.log')))).toBe(sha256(bytes));

  const ann = await screens.open('ann', [station.target('ann')], {});
  await until(ann, 'online', 'bob');
  await until(bob, 'Here 2');
  bob.send(`/send ${join(downloads, 'build.log')} @ann\r`);
  await until(ann, /@bob offers build\.log/);
  ann.send('/decline\r');
  await until(bob, /@ann does not take build\.log/);
  await Promise.all([leave(ann), leave(bob)]);
});

test('what nobody takes, or what is no file, ends with a sentence', { timeout: 60_000 }, async ({
  place,
}) => {
  const station = await place.serve();
  await writeFile(place.file('x'), 'x');
  const nobody = await place.run(['send', station.target('ci', 'lobby'), place.file('x'), '--timeout', '1'], {
    home: 'ci',
  });
  expect(nobody).toMatchObject({ status: 4, stderr: /^voipterm: .* was not taken in 1 s\n$/ });
  const missing = await place.run(['send', station.target('ci', 'lobby'), place.file('missing')], {
    home: 'ci',
  });
  expect(missing).toMatchObject({ status: 2, stderr: /^voipterm: .*missing cannot be read \(ENOENT\)\n$/ });
});
