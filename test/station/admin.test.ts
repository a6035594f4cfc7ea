/** The operator's socket: what it answers, and what is no request. */
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { AdminSocket } from '../../src/station/admin.ts';
import { adminHandlers } from '../../src/station/admin-handlers.ts';
import { ADMIN_SOCKET } from '../../src/station/admin-schema.ts';
import { eventually, joinAs, makeKey, startStation, type TestStation } from './raw-client.ts';

let test: TestStation;
let admin: AdminSocket | undefined;
let directory: string;
const sockets: Socket[] = [];

beforeEach(async () => {
  test = await startStation({ open: false });
  directory = join(test.dir, 'data');
  writeFileSync(join(directory, ADMIN_SOCKET), ''); // as a crash leaves it
  const reload = () => ({ changed: ['station.name'], later: [] });
  admin = await AdminSocket.open(directory, adminHandlers(test.station, { reload, startedAt: 0 }), silentLog);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await admin?.close();
  await test.close();
});

async function say(
  text: string,
): Promise<{ result?: unknown; error?: { code: number; data?: { code: string } } }> {
  const socket = connect(join(directory, ADMIN_SOCKET));
  sockets.push(socket);
  socket.write(text);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return JSON.parse(bytes.toString());
}

const ask = (method: string, params?: object) =>
  say(`${JSON.stringify({ jsonrpc: '2.0', id: 7, method, ...(params ? { params } : {}) })}\n`);

describe('the socket', () => {
  it('takes the place of one that a crash left, and is for its owner alone', () => {
    const { mode } = statSync(join(directory, ADMIN_SOCKET));
    expect(mode & 0o777).toBe(0o600);
  });

  it('answers with the id that was asked with, with or without parameters', async () => {
    await expect(ask('station.users')).resolves.toEqual({ jsonrpc: '2.0', id: 7, result: { users: [] } });
    await expect(ask('station.reload', {})).resolves.toMatchObject({ result: { changed: ['station.name'] } });
  });

  it.each([
    ['not JSON\n', -32600],
    ['[]\n', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"toString"}\n', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"room.post"}\n', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"keys.remove","params":{}}\n', -32602],
  ])('says what is wrong with %j', async (line, code) => {
    await expect(say(line)).resolves.toMatchObject({ error: { code } });
  });

  it('cuts off who sends a line without an end', async () => {
    const socket = connect(join(directory, ADMIN_SOCKET));
    sockets.push(socket);
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const piece = Buffer.alloc(1024 * 1024, 'x');
    for (let sent = 0; sent < 6 && !socket.destroyed; sent += 1) socket.write(piece);
    await closed;
    await expect(ask('station.status')).resolves.toMatchObject({ result: { name: 'test' } });
  });
});

describe('keys', () => {
  it('are imported once, without those that the file limits, and removed with their connections', async () => {
    const [key, limited] = [makeKey(), makeKey()];
    const text = `# friends\n${key.public} gus\nrestrict ${limited.public}\nssh-rsa AAAA old\n`;
    await expect(ask('keys.import', { text, role: 'guest' })).resolves.toMatchObject({
      result: {
        added: 1,
        known: 0,
        warnings: [expect.stringContaining('line 4'), expect.stringContaining('limit')],
      },
    });
    await expect(ask('keys.import', { text, role: 'guest' })).resolves.toMatchObject({
      result: { added: 0, known: 1 },
    });
    const gus = await joinAs(test.station, 'gus', 'lobby', key).catch(() => undefined);
    expect(gus).toBeUndefined(); // a guest makes no room
    const { station } = test;
    station.lobby.roles.setRules('lobby', station.lobby.roles.rulesOf('lobby'));
    const member = await joinAs(station, 'gus', 'lobby', key);
    await expect(ask('keys.list')).resolves.toMatchObject({
      result: { keys: [{ name: 'gus', role: 'guest', via: 'import' }] },
    });
    await expect(ask('keys.remove', { who: 'gus' })).resolves.toMatchObject({ result: { connections: 2 } });
    await eventually(() => expect(member.closed).toBe(true));
    await expect(joinAs(station, 'gus', 'lobby', key)).rejects.toThrow('authentication');
    await expect(ask('keys.remove', { who: 'gus' })).resolves.toMatchObject({
      error: { data: { code: 'control.not-found' } },
    });
  });
});
