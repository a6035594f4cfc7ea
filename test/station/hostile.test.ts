import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { Duplex } from 'node:stream';
import type ssh2 from 'ssh2';
import { test as base, describe, expect } from 'vitest';
import { MAX_BODY_BYTES, MAX_LINE_BYTES } from '../../src/net/control/schema.ts';
import { MAX_UNSENT_BYTES } from '../../src/station/control-channel.ts';
import type { Station, StationOptions } from '../../src/station/station.ts';
import {
  connectRaw,
  connectSsh,
  eventually,
  joinAs,
  makeKey,
  openDatagrams,
  type RawClient,
  startStation,
} from './raw-client.ts';

const annKey = makeKey();

/** A station, and a member who has nothing to do with what is done to it. */
interface Setting {
  readonly station: Station;
  readonly bystander: RawClient;
}

/** Each test has a station of its own, so that they can wait at the same time. */
const it = base.extend<{ setting: Setting; hastySetting: Setting }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it what a fixture needs
  setting: ({}, use) => inSetting({}, use),
  /** The station has little patience with who proves nothing. */
  // biome-ignore lint/correctness/noEmptyPattern: as above
  hastySetting: ({}, use) => inSetting({ handshakeMs: 1500 }, use),
});

async function inSetting(
  options: Partial<StationOptions>,
  use: (setting: Setting) => Promise<void>,
): Promise<void> {
  const { station, close } = await startStation(options);
  const bystander = await joinAs(station, 'bystander', 'lobby');
  await use({ station, bystander });
  bystander.close();
  await close();
}

/** The station lives and another member notices nothing. */
async function expectUnharmed({ bystander }: Setting): Promise<void> {
  const post = { room: 'lobby', id: randomUUID(), type: 'text/plain', body: 'aGk=' };
  await expect(bystander.control.call('room.post', post)).resolves.toMatchObject({ duplicate: false });
  expect(bystander.closed).toBe(false);
}

/** Posts until the station drops a member that does not read; it must not have held much more than its bound. */
async function expectDroppedForSlowness(setting: Setting): Promise<void> {
  const { station, bystander } = setting;
  const body = Buffer.alloc(MAX_BODY_BYTES, 0x61).toString('base64');
  let posted = 0;
  while (station.counters().slowReaders === 0) {
    const posts = Array.from({ length: 25 }, () =>
      bystander.control.call('room.post', { room: 'lobby', id: randomUUID(), type: 'text/plain', body }),
    );
    await Promise.all(posts);
    posted += posts.length;
    expect(posted * body.length).toBeLessThan(4 * MAX_UNSENT_BYTES);
  }
  expect(posted * body.length).toBeGreaterThan(MAX_UNSENT_BYTES);
  await eventually(() => expect(station.memberCount).toBe(1));
  await expectUnharmed(setting);
}

async function rawTcp({ station }: Setting): Promise<net.Socket> {
  const socket = net.connect(station.address.port, station.address.host);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('on the TCP port', { concurrent: true }, () => {
  it('random bytes, with and without an SSH greeting, end only that connection', async ({ setting }) => {
    const { station } = setting;
    for (const greeting of ['', 'SSH-2.0-x\r\n', 'GET / HTTP/1.1\r\n\r\n']) {
      const socket = await rawTcp(setting);
      socket.resume();
      const closed = once(socket, 'close');
      socket.write(greeting);
      socket.write(randomBytes(64 * 1024));
      await closed;
    }
    await expectUnharmed(setting);
    await eventually(() => expect(station.counters().unproved).toBe(3));
  });

  it('a connection that says nothing is closed after a while', async ({ hastySetting: setting }) => {
    const socket = await rawTcp(setting);
    socket.resume();
    await once(socket, 'close');
    await expectUnharmed(setting);
  });

  it('an authenticated one that opens no channel is closed too', async ({ hastySetting: setting }) => {
    const { station } = setting;
    const ssh = await connectSsh(station, 'idle', makeKey());
    await once(ssh, 'close');
    await expectUnharmed(setting);
  });

  it('has a bound of connections that proved nothing, which those inside do not feel', async () => {
    const small = await startStation({
      admission: {
        unauthenticated: 3,
        unauthenticatedPerAddress: 3,
        connectionsPerAddress: 8,
        connections: 8,
      },
    });
    const inside = await joinAs(small.station, 'ann', 'lobby');
    const sockets = Array.from({ length: 6 }, () => {
      const socket = net.connect(small.station.address.port, small.station.address.host);
      socket.on('error', () => undefined);
      return socket;
    });
    await eventually(() => expect(small.station.counters().refused).toBe(3));
    await expect(inside.control.call('room.list', {})).resolves.toBeDefined();
    for (const socket of sockets) socket.destroy();
    await eventually(() => expect(small.station.counters().unproved).toBe(3));
    const later = await joinAs(small.station, 'bob', 'lobby');
    inside.close();
    later.close();
    await small.close();
  });
});

describe('on the control channel', { concurrent: true }, () => {
  it('10 MB without a newline end only that member', async ({ setting }) => {
    const { station } = setting;
    const ann = await joinAs(station, 'ann', 'lobby');
    ann.channel.on('error', () => undefined);
    ann.channel.write(Buffer.alloc(10 * 1024 * 1024, 0x20));
    await eventually(() => expect(ann.closed).toBe(true));
    await expectUnharmed(setting);
    expect(station.counters().protocolErrors).toBe(1);
    await eventually(() => expect(station.memberCount).toBe(1));
  });

  it('a line of nearly the bound is only a bad line', async ({ setting }) => {
    const { station } = setting;
    const ann = await joinAs(station, 'ann', 'lobby');
    ann.control.onProtocolError = () => undefined;
    ann.channel.write(`${'['.repeat(MAX_LINE_BYTES - 2)}\n`);
    await eventually(() => expect(JSON.parse(ann.lines.at(-1)!)).toMatchObject({ error: { code: -32700 } }));
    expect(ann.closed).toBe(false);
    await expectUnharmed(setting);
    ann.close();
  });

  it('bad JSON is answered, and ends the member when nothing else comes', async ({ setting }) => {
    const { station } = setting;
    const ann = await connectRaw(station, 'ann');
    const closed = once(ann.ssh, 'close');
    ann.channel.write('{"jsonrpc":\n'.repeat(4));
    ann.channel.write(Buffer.concat([Buffer.alloc(100, 0xfe), Buffer.of(10)]));
    ann.channel.write('[]\nnull\n"hello"\n');
    await closed;
    expect(ann.lines).toHaveLength(8);
    await expectUnharmed(setting);
  });

  it('a message over the bound is refused with a sentence', async ({ setting }) => {
    const { bystander } = setting;
    const body = Buffer.alloc(MAX_BODY_BYTES + 1, 0x61).toString('base64');
    const id = randomUUID();
    const tooLong = bystander.control.call('room.post', { room: 'lobby', id, type: 'text/plain', body });
    await expect(tooLong).rejects.toMatchObject({ code: expect.stringMatching(/limit|invalid/) });
    const most = Buffer.alloc(MAX_BODY_BYTES, 0x61).toString('base64');
    await expect(
      bystander.control.call('room.post', { room: 'lobby', id, type: 'text/plain', body: most }),
    ).resolves.toMatchObject({ seq: 1 });
  });

  it.for([MAX_BODY_BYTES + 3, 700_000, 1_000_000, 2_000_000])(
    'a message of %i bytes is refused with a clear sentence, and its sender goes on',
    async (size, { setting }) => {
      const { station } = setting;
      const ann = await joinAs(station, 'ann', 'lobby');
      const params = {
        room: 'lobby',
        id: randomUUID(),
        type: 'text/plain',
        body: Buffer.alloc(size).toString('base64'),
      };
      ann.channel.write(`${JSON.stringify({ jsonrpc: '2.0', id: 'long', method: 'room.post', params })}\n`);
      await eventually(() => expect(ann.lines.at(-1)).toContain('"id":"long"'));
      const { error } = JSON.parse(ann.lines.at(-1)!);
      expect(error.message).toContain(`a message ${size > 720_000 ? '' : 'has at most '}${MAX_BODY_BYTES}`);
      expect(error.message).toMatch(/send it in parts$/);
      const post = ann.control.call('room.post', { ...params, body: '' });
      await expect(post).resolves.toMatchObject({ seq: 1 });
      expect(ann.closed).toBe(false);
      ann.close();
    },
  );

  it('a full page of the largest messages fits into a line', async ({ setting }) => {
    const { bystander } = setting;
    const body = Buffer.alloc(MAX_BODY_BYTES, 0x61).toString('base64');
    const posts = Array.from({ length: 64 }, () =>
      bystander.control.call('room.post', { room: 'lobby', id: randomUUID(), type: 'text/plain', body }),
    );
    await Promise.all(posts);
    const page = await bystander.control.call('room.history', { room: 'lobby', limit: 64 });
    expect(page.messages).toHaveLength(64);
    expect(Math.max(...bystander.lines.map((line) => line.length))).toBeLessThan(MAX_LINE_BYTES);
  });

  it('a flood of requests is refused, not kicked', async ({ setting }) => {
    const { station } = setting;
    const ann = await joinAs(station, 'ann', 'lobby');
    const calls = Array.from({ length: 600 }, () => ann.control.call('room.list', {}));
    const results = await Promise.allSettled(calls);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'control.limit' });
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(250);
    expect(ann.closed).toBe(false);
    await expectUnharmed(setting);
    ann.close();
  });

  it('a member that reads nothing is dropped at a bound, and the others go on', async ({ setting }) => {
    const { station } = setting;
    const slow = await joinAs(station, 'slow', 'lobby');
    slow.channel.pause(); // its window of 2 MiB fills, then the station's buffer
    await expectDroppedForSlowness(setting);
    slow.close();
  });

  it('so is one that begins a key exchange and never goes on with it', async ({ setting }) => {
    const { station } = setting;
    const upstream = await rawTcp(setting);
    let passes = Number.POSITIVE_INFINITY;
    const gate = new Duplex({
      read: () => undefined,
      write: (chunk, _encoding, done) => {
        passes -= 1;
        if (passes >= 0) upstream.write(chunk);
        done();
      },
    });
    upstream.on('data', (chunk) => gate.push(chunk));
    const slow = await joinAs(station, 'slow', 'lobby', makeKey(), { sock: gate });
    // No client of ours does this, so it takes the library's insides: a window without an end, which would have
    // the station's SSH library hold everything, and then the first message of a key exchange.
    const protocol: { rekey(): void; channelWindowAdjust(channel: number, bytes: number): void } =
      Reflect.get(slow.ssh, '_protocol');
    const outgoing: { readonly id: number } = (slow.channel as unknown as { outgoing: { id: number } })
      .outgoing;
    protocol.channelWindowAdjust(outgoing.id, 2 ** 31);
    passes = 3; // the packet's length, its body and its tag are three writes
    protocol.rekey();
    await expectDroppedForSlowness(setting);
    slow.close();
  });

  it('every cut of the conversation is survived', async ({ setting }) => {
    const { station } = setting;
    for (const at of [1, 10, 50]) {
      const ann = await joinAs(station, 'ann', 'lobby', annKey);
      ann.control.call('room.history', { room: 'lobby', limit: 64 }).catch(() => undefined);
      ann.channel.write('{"jsonrpc":"2.0","id":9,"method":"room.list","params":{}}\n'.slice(0, at));
      ann.close();
    }
    await eventually(() => expect(station.memberCount).toBe(1));
    await expectUnharmed(setting);
  });
});

describe('what else SSH offers', { concurrent: true }, () => {
  const exec = async ({ station }: Setting, command: string): Promise<{ code: number; text: string }> => {
    const ssh = await connectSsh(station, 'ann', makeKey());
    return new Promise((resolve, reject) => {
      ssh.exec(command, (error, channel) => {
        if (error) return reject(error);
        let text = '';
        channel.stderr.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        channel.resume();
        channel.on('close', (code: number) => {
          ssh.destroy();
          resolve({ code, text });
        });
      });
    });
  };

  it('is answered to a shell or a command with a sentence and status 1', async ({ setting }) => {
    const { station } = setting;
    const { code, text } = await exec(setting, 'ls');
    expect(code).toBe(1);
    expect(text).toBe(
      `This is a voipterm station; connect with: voipterm USER@127.0.0.1:${station.address.port}\r\n`,
    );
    const ssh = await connectSsh(station, 'ann', makeKey());
    const shell = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
      ssh.shell((error, channel) => (error ? reject(error) : resolve(channel)));
    });
    shell.resume();
    shell.stderr.resume();
    const [status] = await once(shell, 'close');
    expect(status).toBe(1);
    ssh.destroy();
  });

  it('is refused: forwards, sftp, other subsystems, a second control channel', async ({ setting }) => {
    const { station } = setting;
    const ssh = await connectSsh(station, 'ann', makeKey());
    const refusal = (start: (done: (error: Error | undefined) => void) => void): Promise<Error | undefined> =>
      new Promise((resolve) => start(resolve));
    expect(await refusal((done) => ssh.forwardOut('127.0.0.1', 1, '127.0.0.1', 22, done))).toBeDefined();
    expect(await refusal((done) => ssh.forwardIn('127.0.0.1', 0, done))).toBeDefined();
    expect(await refusal((done) => ssh.sftp(done))).toBeDefined();
    expect(await refusal((done) => ssh.subsys('netconf', done))).toBeDefined();
    expect(await refusal((done) => ssh.subsys('voipterm', done))).toBeUndefined();
    expect(await refusal((done) => ssh.subsys('voipterm', done))).toBeDefined();
    ssh.destroy();
    await expectUnharmed(setting);
  });

  it('negotiates nothing older than what it means to', async ({ setting }) => {
    const { station } = setting;
    for (const algorithms of [
      { cipher: ['aes256-ctr'] as const },
      { kex: ['diffie-hellman-group14-sha256'] as const },
      { serverHostKey: ['rsa-sha2-512'] as const },
    ]) {
      const mutable = JSON.parse(JSON.stringify(algorithms)) as ssh2.Algorithms;
      await expect(connectSsh(station, 'ann', makeKey(), { algorithms: mutable })).rejects.toMatchObject({
        level: 'handshake',
      });
    }
    await expectUnharmed(setting);
  });
});

describe('on the UDP port', { concurrent: true }, () => {
  it('random, truncated, replayed, reflected and foreign datagrams are counted and answered by nothing', async ({
    setting,
  }) => {
    const { station, bystander } = setting;
    const datagrams = await openDatagrams(station, bystander);
    const before = station.counters();
    const answered = datagrams.connection.stats(0).received;
    const probe = datagrams.sent[0]!;
    for (let length = 0; length <= 1400; length += 100) datagrams.sendRaw(randomBytes(length));
    datagrams.sendRaw(probe); // a replay
    datagrams.sendRaw(probe.subarray(0, probe.length - 1));
    const forged = Buffer.from(probe);
    forged[12]! += 5; // another counter: not what was sealed
    datagrams.sendRaw(forged);
    const foreign = Buffer.from(probe);
    foreign[1]! ^= 0xff; // another session
    datagrams.sendRaw(foreign);
    await eventually(() => expect(station.counters().datagrams).toBe(before.datagrams + 19));
    const after = station.counters();
    expect(after.replayed - before.replayed).toBe(1);
    expect(after.unauthentic - before.unauthentic).toBe(2);
    expect(after.unroutable - before.unroutable).toBe(16);
    datagrams.connection.tick(performance.now() + 10_000);
    datagrams.drain();
    await eventually(() => expect(datagrams.connection.stats(0).received).toBeGreaterThan(answered));
    datagrams.close();
    await expectUnharmed(setting);
  });

  it('a datagram of the station sent back to it does not authenticate', async ({ setting }) => {
    const { station, bystander } = setting;
    const datagrams = await openDatagrams(station, bystander);
    const arrived: Uint8Array[] = [];
    datagrams.socket.on('message', (bytes) => arrived.push(bytes));
    datagrams.connection.tick(performance.now() + 10_000);
    datagrams.drain();
    await eventually(() => expect(arrived.length).toBeGreaterThan(0));
    datagrams.sendRaw(arrived[0]!);
    await eventually(() => expect(station.counters().unauthentic).toBe(1));
    datagrams.close();
    await expectUnharmed(setting);
  });

  it('what a session sealed means nothing once it has ended', async ({ setting }) => {
    const { station } = setting;
    const ann = await joinAs(station, 'ann', 'lobby');
    const datagrams = await openDatagrams(station, ann);
    ann.close();
    await eventually(() => expect(station.memberCount).toBe(1));
    const { unroutable } = station.counters();
    datagrams.connection.tick(performance.now() + 10_000);
    datagrams.drain();
    await eventually(() => expect(station.counters().unroutable).toBeGreaterThan(unroutable));
    datagrams.close();
  });
});
