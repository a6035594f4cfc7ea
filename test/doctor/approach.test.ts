import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { checkGreeting, checkName, checkTcp } from '../../src/doctor/approach.ts';
import { bounded } from '../../src/doctor/bounded.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
});

/** A server on loopback that says this to everybody, and its port. */
async function greeter(words: string | Buffer, host = '127.0.0.1'): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (words.length > 0) socket.end(words);
  });
  servers.push(server);
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function greeting(words: string | Buffer) {
  return checkGreeting(connect(await greeter(words), '127.0.0.1'), 'the server');
}

describe('a name', () => {
  test.each([
    ['127.0.0.1', 'IPv4'],
    ['::1', 'IPv6'],
    ['fe80::1%lo', 'IPv6'],
  ])('that is the address %s needs no name server', async (address, family) => {
    const { check, addresses } = await checkName(address);
    expect(check).toMatchObject({ status: 'ok', text: `${address} is an ${family} address` });
    expect(addresses).toEqual([address]);
  });

  test('of this machine has addresses', async () => {
    const { check, addresses } = await checkName('localhost');
    expect(check.status).toBe('ok');
    expect(addresses.length).toBeGreaterThan(0);
  });
});

describe('TCP', () => {
  test('is well when the only address answers', async () => {
    const port = await greeter('x');
    const { check, socket } = await checkTcp('127.0.0.1', port, ['127.0.0.1']);
    socket?.destroy();
    expect(check).toMatchObject({ status: 'ok', facts: { port } });
  });

  test('is a warning when one of two addresses does not', async () => {
    const port = await greeter('x');
    const { check, socket } = await checkTcp('host', port, ['127.0.0.9', '127.0.0.1']);
    socket?.destroy();
    expect(check.status).toBe('warning');
    expect(check.text).toMatch(/^127\.0\.0\.1 port .*cannot reach 127\.0\.0\.9/);
  });

  test('is a failure when none does', async () => {
    const port = await greeter('x');
    const { check, socket } = await checkTcp('host', port, ['127.0.0.9']);
    expect(socket).toBeUndefined();
    expect(check).toMatchObject({ status: 'failure', code: 'control.unreachable' });
    expect(check.text).toMatch(/nothing listens there/);
  });
});

describe('a greeting', () => {
  test('of SSH is well', async () => {
    expect(await greeting('SSH-2.0-voipterm\r\n')).toMatchObject({ status: 'ok', text: 'SSH-2.0-voipterm' });
  });

  test.each([
    ['220 mail.example.org ESMTP\r\n', /says "220 mail\.example\.org ESMTP", which is no SSH/],
    ['SSH-1.5-old\n', /says "SSH-1\.5-old"/],
    ['x'.repeat(5000), /says "x{255}"/],
    [Buffer.from('\x1b]0;owned\x07\xff\n', 'latin1'), /says "\?\]0;owned\?\?"/],
    ['no end of a line', /closed the connection/],
  ])('of %j is a failure', async (words, text) => {
    const check = await greeting(words);
    expect(check).toMatchObject({ status: 'failure', code: 'control.unreachable' });
    expect(check.text).toMatch(text);
  });
});

describe('a bound', () => {
  test('ends a step that does not end, and tells it', async () => {
    let told: AbortSignal | undefined;
    const endless = bounded(20, 'waiting', (signal) => {
      told = signal;
      return new Promise<never>(() => undefined);
    });
    await expect(endless).rejects.toMatchObject({
      code: 'control.timeout',
      message: 'waiting took longer than 0.02 s',
    });
    expect(told?.aborted).toBe(true);
  });

  test('gives what the step gives, or throws what it throws', async () => {
    expect(await bounded(1000, 'it', () => Promise.resolve(7))).toBe(7);
    await expect(bounded(1000, 'it', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
