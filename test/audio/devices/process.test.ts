/** Microphone and speaker through programs, which here are scripts: they are told what is needed, and their end is noticed. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openProcessInput, openProcessOutput } from '../../../src/audio/devices/process.ts';
import { player, recorder } from '../../../src/audio/devices/programs.ts';

let directory: string;
let server: Server;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voipterm-process-'));
  // A sound system, as far as it is looked for.
  server = createServer().listen(join(directory, 'pulse'));
  vi.stubEnv('PULSE_SERVER', `unix:${join(directory, 'pulse')}`);
  vi.stubEnv('PATH', `${directory}:/usr/bin:/bin`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.close();
  await rm(directory, { recursive: true });
});

async function program(name: string, script: string): Promise<void> {
  await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, name), 0o755);
}

describe.runIf(process.platform === 'linux')('the programs of Linux', () => {
  test('what the recorder says is heard, at the device that was chosen', async () => {
    await program(
      'arecord',
      `echo "$@" > ${directory}/args; head -c 19200 /dev/zero | tr '\\0' '\\1'; exec sleep 60`,
    );
    const input = await openProcessInput('plughw:1', 2);
    const ticks: Int16Array[] = [];
    await new Promise<void>((resolve) => {
      input.start({
        frame: (samples) => {
          ticks.push(samples);
          if (ticks.length === 2) resolve();
        },
        lost: () => expect.unreachable(),
      });
    });
    await input.close();
    expect(ticks[0]).toEqual(new Int16Array(960).fill(0x0101));
    expect(await readFile(join(directory, 'args'), 'utf8')).toMatch(/-r 48000 -c 2 -D plughw:1 /);
  });

  test('a recorder that ends at once is a sentence, one that ends later is a loss', async () => {
    await program('arecord', 'exit 1');
    await expect(openProcessInput('', 1)).rejects.toMatchObject({
      code: 'audio.unavailable',
      message: expect.stringMatching(/arecord.*does not record: check/),
    });
    await program('arecord', `head -c 960 /dev/zero; read wait < ${directory}/go`);
    await program('mkfifo-go', `exec mkfifo ${directory}/go`);
    const { execFileSync } = await import('node:child_process');
    execFileSync(join(directory, 'mkfifo-go'));
    const input = await openProcessInput('', 1);
    const lost = new Promise<string>((resolve) => {
      input.start({ frame: () => undefined, lost: resolve });
    });
    await writeFile(join(directory, 'go'), '\n');
    await expect(lost).resolves.toMatch(/does not record/);
    await input.close();
  });

  test('the player gets every tick, and its end is a loss', async () => {
    await program('aplay', `exec head -c 4800 > ${directory}/played`);
    const output = await openProcessOutput('', 1);
    let pulls = 0;
    const lost = await new Promise<string>((resolve) => {
      output.start({ pull: () => new Int16Array(480).fill(++pulls), lost: resolve });
    });
    expect(lost).toMatch(/aplay.*does not play/);
    await output.close();
    const played = await readFile(join(directory, 'played'));
    const samples = new Int16Array(played.buffer, played.byteOffset, played.length / 2);
    expect([0, 480, 960, 1440, 1920].map((at) => samples[at])).toEqual([1, 2, 3, 4, 5]);
  });

  test('the player is told of two channels, and gets both', async () => {
    await program('aplay', `echo "$@" > ${directory}/args\nexec head -c 3840 > ${directory}/played`);
    const output = await openProcessOutput('', 2);
    await new Promise<string>((resolve) => {
      output.start({ pull: () => Int16Array.from({ length: 960 }, (_, i) => (i % 2) + 1), lost: resolve });
    });
    await output.close();
    expect(await readFile(join(directory, 'args'), 'utf8')).toMatch(/ -c 2 /);
    const played = await readFile(join(directory, 'played'));
    const samples = new Int16Array(played.buffer, played.byteOffset, played.length / 2);
    expect([...new Set(samples.filter((_, i) => i % 2 === 0))]).toEqual([1]);
    expect([...new Set(samples.filter((_, i) => i % 2 === 1))]).toEqual([2]);
  });

  test('a player that hangs is ended all the same, and costs only its sound', async () => {
    await program('aplay', "trap '' TERM; while :; do sleep 0.05; done");
    const output = await openProcessOutput('', 1);
    let pulls = 0;
    await new Promise<void>((resolve) => {
      output.start({
        pull: () => {
          if (++pulls === 60) resolve();
          return new Int16Array(480);
        },
        lost: () => expect.unreachable(),
      });
    });
    await output.close();
  });

  test('a player that cannot play is a sentence', async () => {
    await program('aplay', 'exit 1');
    await expect(openProcessOutput('', 1)).rejects.toMatchObject({ code: 'audio.unavailable' });
  });
});

test('elsewhere it is SoX', () => {
  expect(recorder('darwin', '', 1)).toMatchObject({ program: 'rec', env: {} });
  expect(player('darwin', 'Headset', 1)).toMatchObject({ program: 'play', env: { AUDIODEV: 'Headset' } });
  expect(recorder('win32', '', 2).args.join(' ')).toMatch(
    /^-q --buffer 960 -t waveaudio default -t raw .*-c 2 -$/,
  );
  expect(player('win32', 'Headset', 2).args.join(' ')).toMatch(/-c 2 - -t waveaudio Headset$/);
});
