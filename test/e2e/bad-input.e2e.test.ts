/** Bytes that are no SSH, lines that are no protocol and names that are no names, while other people go on as before. */
import { randomUUID } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  connectRaw,
  connectSsh,
  eventually,
  joinAs,
  makeKey,
  type Reachable,
} from '../station/raw-client.ts';
import { Bystanders } from './bystanders.ts';
import { noise } from './hostile-datagrams.ts';
import { Place, parseLines, type StationProcess } from './process.ts';

/** Whatever a terminal may obey: colours, a window's title, the bell, a cleared screen, C1, text turned around. */
const EVIL = '\x1b[31mred\x1b]0;pwned\x07\x1b[2J\x9b5m\u202e\r\x7f';
/** Any control character but the line end. */
const RAW = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u;

let place: Place;
let station: StationProcess;
let address: Reachable['address'];
let bystanders: Bystanders;
beforeAll(async () => {
  place = await Place.make();
  station = await place.serve({ more: ['--log-level', 'debug', '--log-format', 'pretty'] });
  address = { host: station.listening.host, port: station.port };
  bystanders = await Bystanders.gather(place, station);
}, 60_000);
afterAll(async () => {
  bystanders?.stop();
  await place.dispose();
});

const random = Buffer.concat(noise(120).map(({ bytes }) => bytes));

describe('while people talk and write, a station gets', () => {
  test('random bytes on its TCP port', async () => {
    for (const greeting of ['', 'SSH-2.0-x\r\n', `SSH-2.0-${EVIL}\r\n`, 'GET / HTTP/1.1\r\n\r\n']) {
      const socket = net.connect(address.port, address.host);
      socket.on('error', () => undefined);
      socket.resume();
      const closed = once(socket, 'close');
      socket.write(greeting);
      socket.write(random);
      await closed;
    }
    await bystanders.goOn();
  });

  test('random bytes on its UDP port', async () => {
    const socket = dgram.createSocket('udp4');
    const answers: Buffer[] = [];
    socket.on('message', (bytes) => answers.push(bytes));
    for (const { bytes } of noise(200)) socket.send(bytes, address.port, address.host);
    await bystanders.goOn();
    socket.close();
    expect(answers).toEqual([]);
  });

  test('a line of 10 MB', async () => {
    const ann = await joinAs({ address }, 'ann', 'lobby');
    ann.channel.on('error', () => undefined);
    ann.channel.write(
      `{"jsonrpc":"2.0","id":1,"method":"hello","params":"${'x'.repeat(10 * 1024 * 1024)}"}\n`,
    );
    await eventually(() => expect(ann.closed).toBe(true));
    await bystanders.goOn();
  });

  test('lines that are not JSON, or not the protocol', async () => {
    const ann = await connectRaw({ address }, 'ann', makeKey());
    const closed = once(ann.ssh, 'close');
    const lines = ['{', '[]', 'null', '"x"', `{"${EVIL}`, '{"jsonrpc":"1.0"}', '\u0000\u0001', '{}'];
    ann.channel.write(lines.map((line) => `${line}\n`).join(''));
    await closed;
    await bystanders.goOn();
  });

  test('names and words with escape sequences from a hostile client', async () => {
    const refusals: unknown[] = [];
    const refuse = (error: unknown): number => refusals.push(error);
    // libssh-style clients send any bytes as a user name.
    const nameless = await connectRaw({ address }, EVIL, makeKey());
    await nameless.hello().catch(refuse);
    nameless.close();
    const mallory = await joinAs({ address }, 'mallory', 'lobby');
    const body = Buffer.from(EVIL).toString('base64');
    for (const [method, params] of [
      ['room.join', { room: EVIL }],
      ['room.post', { room: 'lobby', id: randomUUID(), type: EVIL, body }],
      [EVIL, {}],
    ] as const) {
      mallory.control.onProtocolError = () => undefined;
      mallory.channel.write(
        `${JSON.stringify({ jsonrpc: '2.0', id: refusals.length + 1000, method, params })}\n`,
      );
      await eventually(() => expect(mallory.lines.at(-1)).toContain('"error"'));
      refusals.push(mallory.lines.at(-1));
    }
    expect(refusals).toHaveLength(4);
    const ssh = await connectSsh({ address }, 'mallory2', makeKey());
    ssh.exec(EVIL, (_error, channel) => channel?.on('data', () => undefined));
    ssh.subsys(EVIL, () => ssh.destroy());
    // A body is anything at all: it is kept as it is and shown harmlessly.
    await mallory.control.call('room.post', { room: 'lobby', id: randomUUID(), type: 'text/plain', body });
    const json = await place.run(['tail', station.target('cleo'), '--json'], { home: 'cleo' });
    expect(parseLines<{ text: string }>(json.stdout).map(({ text }) => text)).toEqual([EVIL]);
    const plain = await place.run(['tail', station.target('cleo')], { home: 'cleo' });
    expect(plain.stdout).toContain('pwned');
    for (const output of [json, plain]) {
      expect(output.stdout).not.toMatch(RAW);
      expect(output.stderr).toBe('');
    }
    mallory.close();
    await bystanders.goOn();
  });

  test('and nobody in there noticed', { timeout: 60_000 }, async () => {
    await bystanders.expectUndisturbed();
    const { status, stderr } = await station.process.end('SIGTERM');
    expect(status).toBe(0);
    expect(stderr).toContain('stopped');
    expect(stderr).not.toMatch(RAW);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stderr).not.toContain('fault');
  });
});

describe('on its own command line', () => {
  test.each<[string[], number]>([
    [['voice', `ann@127.0.0.1:1/${EVIL}`], 2],
    [['voice', `${EVIL}@127.0.0.1:1/lobby`], 2],
    [['say', `ann@${EVIL}:1`, 'hi'], 2],
    [['tail', 'ann@127.0.0.1:1', '--since', EVIL], 2],
    [['voice', 'ann@127.0.0.1:1', '--config', `/${EVIL}.toml`], 2],
    [['serve', '--listen', EVIL], 2],
    [[`--${EVIL}`], 2],
    [['tail', `--${EVIL}`], 2],
    [['voice', 'ann@127.0.0.1:1', '--duration', EVIL], 2],
    [['help', EVIL], 2],
    [['say', 'ann@127.0.0.1:1', EVIL, '--timeout', '1'], 1],
  ])('the program prints no control character, case %#', async (args, status) => {
    const outcome = await place.run(args, { home: 'ann' });
    expect(outcome.stderr).not.toBe('');
    expect(outcome.stderr).not.toMatch(RAW);
    expect(outcome.stdout).not.toMatch(RAW);
    expect(outcome.status).toBe(status);
  });
});
