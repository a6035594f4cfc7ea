/** A client in the background: it goes on when terminals close, screens come and go before it, and bots speak with it. */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Place } from './process.ts';
import { leave, message, TONE, until, untilTalking } from './screens.ts';
import { test } from './screens-test.ts';

const BOT = fileURLToPath(new URL('../../examples/bot.mjs', import.meta.url));

/** Where clients of this test find each other. */
async function runtime(place: Place): Promise<{ XDG_RUNTIME_DIR: string }> {
  await mkdir(place.file('run'), { mode: 0o700 });
  return { XDG_RUNTIME_DIR: place.file('run') };
}

test('a call goes on when the terminal closes; screens attach, talk and leave; it is ended', {
  timeout: 90_000,
}, async ({ place, screens }) => {
  const env = await runtime(place);
  const station = await place.serve();
  const more = { home: 'ann', env: { ...TONE, ...env } };
  const started = await place.run(['--detach', station.target('ann')], more);
  expect(started).toMatchObject({ status: 0, stderr: '' });
  const pid = Number(/^voipterm (\d+) runs in the background/.exec(started.stdout)?.[1]);
  try {
    const [one, other] = await Promise.all([
      screens.open('ann', ['attach'], { env }),
      screens.open('ann', ['attach'], { env }),
    ]);
    await Promise.all([until(one, 'online', 'ann (you)'), until(other, 'online', 'ann (you)')]);
    const bob = await screens.open('bob', [station.target('bob')], {
      env: { XDG_RUNTIME_DIR: place.file('no') },
    });
    await until(bob, 'online', 'ann');
    one.send('typed at the first screen\r');
    await until(other, message('ann', 'typed at the first screen'));
    other.send(' ');
    await untilTalking(bob, 'ann', true);
    await until(one, 'TALKING');
    // A terminal that is closed takes nothing with it, and the other is left by its key.
    await one.stop();
    await leave(other);
    expect(other.text).toContain(`voipterm ${pid} goes on in the background`);
    await untilTalking(bob, 'ann', true);
    bob.send('still there?\r');
    const again = await screens.open('ann', ['attach', '--pid', String(pid)], { env });
    await until(again, message('bob', 'still there\\?'), 'TALKING');
    const listed = await place.run(['attach', '--list'], more);
    expect(listed.stdout).toMatch(
      new RegExp(`^${pid} .*#lobby, online, push, talking \\(latched\\), in the background\\n$`),
    );
    // Ended while it is shown: the screen says so, and the terminal is as it was.
    expect(await place.run(['end'], more)).toMatchObject({ status: 0 });
    expect(await again.exited()).toMatchObject({ exitCode: 3 });
    expect(again.text).toContain('the voipterm in the background has ended');
    await until(bob, 'Here 1');
    await leave(bob);
  } finally {
    await place.run(['end', '--pid', String(pid)], more);
  }
  for (const args of [['attach', '--list'], ['end']]) expect((await place.run(args, more)).stdout).toBe('');
  expect(await place.run(['end'], more)).toMatchObject({ status: 3, stderr: /no voipterm runs here/ });
});

test('what keeps it from starting is said in the terminal', { timeout: 60_000 }, async ({ place }) => {
  const env = await runtime(place);
  const station = await place.serve({ open: false });
  const refused = await place.run(['--detach', station.target('eve')], {
    home: 'eve',
    env: { ...TONE, ...env },
  });
  expect(refused.status).toBe(4);
  expect(refused.stderr).toMatch(/^voipterm: .*key/);
});

test('the bot of the examples answers, once', { timeout: 60_000 }, async ({ place, screens }) => {
  const env = await runtime(place);
  const station = await place.serve();
  const more = { home: 'dice', env: { ...TONE, ...env } };
  expect(await place.run(['--detach', station.target('dice')], more)).toMatchObject({ status: 0 });
  const bot = spawn(process.execPath, [BOT], { env: { ...process.env, ...env }, stdio: 'ignore' });
  try {
    const ann = await screens.open('ann', [station.target('ann')], {
      env: { XDG_RUNTIME_DIR: place.file('no') },
    });
    await until(ann, 'online', 'dice');
    ann.send('hello\r!roll\r');
    await until(ann, /ann rolls a [1-6]/);
    await leave(ann);
    const read = await place.run(['tail', station.target('eve')], { home: 'eve' });
    expect(read.stdout.match(/rolls a/g)).toHaveLength(1);
  } finally {
    bot.kill();
    await place.run(['end'], more);
  }
});
