import { once } from 'node:events';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { bindPair } from '../../src/station/bind.ts';
import { Station, type StationOptions } from '../../src/station/station.ts';
import { scratch } from './raw-client.ts';

let dir: Awaited<ReturnType<typeof scratch>>;

beforeEach(async () => {
  dir = await scratch();
});
afterEach(() => dir.dispose());

const options = (more: Partial<StationOptions> = {}): StationOptions => ({
  host: '127.0.0.1',
  port: 0,
  dataDir: join(dir.path, 'data'),
  authorizedKeys: join(dir.path, 'authorized_keys'),
  open: true,
  name: 'test',
  log: silentLog,
  ...more,
});

describe('opening a station', () => {
  it('binds TCP and UDP to one number and keeps its files private', async () => {
    const station = await Station.open(options());
    const { host, port, udpPort, fingerprint } = station.address;
    expect([host, udpPort]).toEqual(['127.0.0.1', port]);
    expect(fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect((await stat(join(dir.path, 'data', 'host_ed25519'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir.path, 'data', 'station.db'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir.path, 'data'))).mode & 0o777).toBe(0o700);
    await station.close();
    await station.close();
  });

  it('refuses a port in use, of either kind, and leaves the directory free', async () => {
    const { tcp, udp, port } = await bindPair('127.0.0.1', 0);
    const inUse = { code: 'station.port-in-use', message: expect.stringContaining(`Port ${port}`) };
    await expect(Station.open(options({ port }))).rejects.toMatchObject(inUse);
    tcp.close();
    await expect(Station.open(options({ port }))).rejects.toMatchObject(inUse);
    udp.close();
    const blocker = net.createServer().listen(port, '127.0.0.1');
    await once(blocker, 'listening');
    await expect(Station.open(options({ port }))).rejects.toMatchObject(inUse);
    blocker.close();
    await once(blocker, 'close');
    const station = await Station.open(options({ port }));
    expect(station.address.port).toBe(port);
    await station.close();
  });

  it('refuses an address that is not of this machine', async () => {
    await expect(Station.open(options({ host: '192.0.2.1' }))).rejects.toMatchObject({
      code: 'station.address',
    });
    await expect(Station.open(options({ host: 'no such host' }))).rejects.toMatchObject({
      code: 'station.address',
    });
  });

  it('refuses a directory that another station uses', async () => {
    const first = await Station.open(options());
    await expect(Station.open(options())).rejects.toMatchObject({ code: 'store.locked' });
    await first.close();
    await (await Station.open(options())).close();
  });

  it.skipIf(process.getuid?.() === 0)('refuses a directory that it cannot write', async () => {
    await mkdir(join(dir.path, 'data'));
    await chmod(join(dir.path, 'data'), 0o500);
    await expect(Station.open(options())).rejects.toMatchObject({ code: 'store.unwritable' });
    await chmod(join(dir.path, 'data'), 0o700);
  });

  it('refuses a data directory that is a file, and a host key that is none', async () => {
    await writeFile(join(dir.path, 'file'), '');
    await expect(Station.open(options({ dataDir: join(dir.path, 'file') }))).rejects.toMatchObject({
      code: 'store.unwritable',
    });
    const station = await Station.open(options());
    await station.close();
    await writeFile(join(dir.path, 'data', 'host_ed25519'), 'nonsense');
    await expect(Station.open(options())).rejects.toMatchObject({ code: 'identity.unreadable' });
    expect(await readFile(join(dir.path, 'data', 'host_ed25519'), 'utf8')).toBe('nonsense');
  });

  it('listens on IPv6', async () => {
    const station = await Station.open(options({ host: '::1' }));
    expect(station.address.host).toBe('::1');
    await station.close();
  });
});
