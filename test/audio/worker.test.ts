/** The audio thread behind its client: start, refuse, finish, die. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AudioClient, startAudio } from '../../src/audio/client.ts';
import type { AudioEvent } from '../../src/audio/messages.ts';
import type { AudioOptions } from '../../src/audio/options.ts';

const OPTIONS: AudioOptions = {
  input: { kind: 'tone' },
  output: { kind: 'null' },
  backend: 'auto',
  bitrate: 24_000,
  complexity: 0,
  playoutDelayMs: 40,
  trace: null,
};

let directory: string;
let client: AudioClient | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voipterm-worker-'));
});
afterEach(async () => {
  await client?.close();
  client = undefined;
  await rm(directory, { recursive: true });
});

async function start(): Promise<{ audio: AudioClient; events: AudioEvent[]; died: Error[] }> {
  const events: AudioEvent[] = [];
  const died: Error[] = [];
  const audio = await startAudio({
    onEvent: (event) => events.push(event),
    onDied: (error) => died.push(error),
  });
  client = audio;
  return { audio, events, died };
}

test('a call through the thread: it talks, tells, and reports', async () => {
  const { audio, events } = await start();
  const { port1, port2 } = new MessageChannel();
  const { startedAtNs } = await audio.start(OPTIONS, port1);
  expect(startedAtNs).toBeLessThanOrEqual(process.hrtime.bigint());
  expect(events).toContainEqual({
    event: 'device',
    which: 'input',
    device: { state: 'ok', name: 'tone', detail: '' },
  });
  const sent = new Promise((resolve) => port2.once('message', resolve));
  port2.postMessage({ kind: 'session', ssrc: 3 });
  await audio.talk(true);
  expect(await sent).toMatchObject({ kind: 'send', traced: false });
  await expect.poll(() => events.some((event) => event.event === 'levels' && event.mic < 30)).toBe(true);
  await audio.deafen(true);
  const report = await audio.finish();
  expect(report.frames.sent).toBeGreaterThan(0);
  expect(report.startedAtNs).toBe(startedAtNs);
  expect(events).toContainEqual({ event: 'talking', on: false });
  await expect(audio.talk(true)).rejects.toMatchObject({ code: 'audio.unavailable' });
});

test('a file that cannot be read is refused, and the thread can start with another', async () => {
  const { audio } = await start();
  const missing = join(directory, 'missing.wav');
  const bad: AudioOptions = { ...OPTIONS, input: { kind: 'file', path: missing } };
  await expect(audio.start(bad, new MessageChannel().port1)).rejects.toMatchObject({
    code: 'audio.file',
    message: expect.stringContaining(missing),
  });
  const trace: AudioOptions = { ...OPTIONS, trace: join(directory, 'no', 'trace') };
  await expect(audio.start(trace, new MessageChannel().port1)).rejects.toMatchObject({ code: 'audio.file' });
  await expect(audio.start(OPTIONS, new MessageChannel().port1)).resolves.toHaveProperty('startedAtNs');
});

test('real devices or none: the thread starts all the same and says which', async () => {
  const { audio, events } = await start();
  const options: AudioOptions = { ...OPTIONS, input: { kind: 'mic' }, output: { kind: 'speaker' } };
  await audio.start(options, new MessageChannel().port1);
  for (const which of ['input', 'output']) {
    const event = events.find((one) => one.event === 'device' && one.which === which);
    expect(event).toBeDefined();
    if (event?.event !== 'device' || event.device.state === 'ok') continue;
    expect(event.device.state).toBe('missing');
    expect(event.device.detail).toMatch(/install|start|connect/);
  }
  const report = await audio.finish();
  expect(report.frames.sent).toBe(0);
});

test('closing is quick, during a call and twice', async () => {
  const { audio, died } = await start();
  await audio.start(OPTIONS, new MessageChannel().port1);
  await audio.talk(true);
  const began = performance.now();
  await audio.close();
  await audio.close();
  expect(performance.now() - began).toBeLessThan(1500);
  await expect(audio.talk(true)).rejects.toMatchObject({ code: 'audio.died' });
  expect(died).toEqual([]);
});
