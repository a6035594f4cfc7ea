/** `voipterm lab proxy` as a process: its lines on stdout, changes by lines on stdin, its end. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { expectSentence, Place, parseLines, type Running } from '../e2e/process.ts';
import { PATIENCE, TcpPeer, TcpTarget, UdpPeer } from './loopback.ts';

let place: Place;
beforeAll(async () => {
  place = await Place.make();
});
afterAll(() => place.dispose());

interface Listening {
  readonly host: string;
  readonly port: number;
  readonly udpPort: number | null;
}

async function start(target: number, ...more: string[]): Promise<{ running: Running; listening: Listening }> {
  const running = await place.start([
    'lab',
    'proxy',
    '--listen',
    ':0',
    '--target',
    `127.0.0.1:${target}`,
    ...more,
  ]);
  await running.until(({ lines }) => lines.length > 0);
  return { running, listening: JSON.parse(running.lines[0]!) as Listening };
}

/** Writes a line and waits for the answer. */
async function ask(running: Running, line: string): Promise<Record<string, unknown>> {
  const { length } = running.lines;
  running.child.stdin!.write(`${line}\n`);
  await running.until(({ lines }) => lines.length > length);
  return JSON.parse(running.lines[length]!) as Record<string, unknown>;
}

test('it carries both protocols on one number, changes while it runs, outlives its stdin and says what it did', async () => {
  const udp = await UdpPeer.echo();
  const tcp = await TcpTarget.open({ echo: true });
  const both = await start(udp.port, '--seed', '7', '--up', 'loss=0%', '--down', 'delay=1ms');
  expect(both.listening).toMatchObject({
    event: 'listening',
    host: '127.0.0.1',
    seed: 7,
    up: '',
    down: 'delay=1ms',
  });
  expect(both.listening.udpPort).toBe(both.listening.port);
  const client = await UdpPeer.open();
  await client.send(both.listening.port, 'one');
  await vi.waitUntil(() => client.texts.length === 1, PATIENCE);

  expect(await ask(both.running, '{"up":"block"}')).toEqual({
    event: 'changed',
    up: 'block',
    down: 'delay=1ms',
  });
  await client.send(both.listening.port, 'two');
  await vi.waitUntil(async () => {
    const stats = (await ask(both.running, '{"stats":true}')) as { udp: { up: { blocked: number } } };
    return stats.udp.up.blocked === 1;
  }, PATIENCE);
  expect(await ask(both.running, '{"up":"","down":""}')).toEqual({ event: 'changed', up: '', down: '' });

  both.running.child.stdin!.end();
  await client.send(both.listening.port, 'three');
  await vi.waitUntil(() => client.texts.length === 2, PATIENCE);
  expect(client.texts).toEqual(['one', 'three']);

  const { status, stdout, stderr } = await both.running.end('SIGTERM');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(parseLines(stdout).at(-1)).toMatchObject({
    event: 'stopped',
    udp: { up: { received: 3, delivered: 2, blocked: 1 }, down: { received: 2, delivered: 2 } },
    tcp: { connections: 0 },
  });

  const only = await start(tcp.port, '--tcp');
  expect(only.listening.udpPort).toBeNull();
  const peer = await TcpPeer.connect(only.listening.port);
  peer.socket.end('through');
  await peer.until(({ text, ended }) => text === 'through' && ended);
  const outcome = await only.running.end('SIGINT');
  expect(outcome.status).toBe(0);
  const last = parseLines<Record<string, unknown>>(outcome.stdout).at(-1);
  expect(last).toMatchObject({ event: 'stopped', tcp: { connections: 1, up: { deliveredBytes: 7 } } });
  expect(last).not.toHaveProperty('udp');
});

test('a line that makes no sense is answered and changes nothing', async () => {
  const { running } = await start(9, '--udp', '--up', 'loss=5%');
  const usage = { event: 'error', message: expect.stringMatching(/^a line is JSON such as/) };
  for (const line of ['{', '{}', '[]', 'null', '{"upp":"block"}', '{"stats":false}', '{"up":5}']) {
    expect(await ask(running, line)).toEqual(usage);
  }
  const bad = await ask(running, '{"up":"block","down":"delay=soon"}');
  expect(bad).toEqual({ event: 'error', message: expect.stringMatching(/^delay=soon makes no sense/) });
  expect(await ask(running, '{"stats":true}')).toMatchObject({ up: 'loss=5%', down: '' });
  const long = await ask(running, 'x'.repeat(5000));
  expect(long).toEqual({ event: 'error', message: expect.stringMatching(/at most 4096 bytes/) });
  expect((await running.end('SIGTERM')).status).toBe(0);
});

describe('a command line that makes no sense ends with a sentence', () => {
  test.each([
    [['--target', ':9', '--up', 'los=1%'], 2, /"los=1%" is no impairment/],
    [['--target', ':0'], 2, /--target needs the port/],
    [['--target', ':9', '--listen', '192.0.2.1:0'], 7, /Cannot listen on 192\.0\.2\.1 port 0/],
  ])('%j', async (more, status, sentence) => {
    expectSentence(await place.run(['lab', 'proxy', '--listen', ':0', ...more]), status, sentence);
  });

  test('a port in use', async () => {
    const taken = await TcpTarget.open();
    const outcome = await place.run(['lab', 'proxy', '--listen', `:${taken.port}`, '--target', ':9']);
    expectSentence(outcome, 7, /is in use by another program; choose another one with --listen/);
  });
});
