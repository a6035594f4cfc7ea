/** SSH inside TLS at a real station, with a TLS client and an SSH client that are not ours. */
import { once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { Station } from '../../src/station/station.ts';
import { silentLog } from '../../src/log.ts';
import { connectRaw, eventually, scratch, startStation, type TestStation } from './raw-client.ts';

const places: TestStation[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.close();
});

async function start(options: Parameters<typeof startStation>[0] = {}): Promise<TestStation> {
  const place = await startStation({ tls: { host: '127.0.0.1', port: 0 }, ...options });
  places.push(place);
  return place;
}

async function dial({ station }: TestStation): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port: station.address.tlsPort ?? 0,
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  return socket;
}

test('takes SSH inside TLS, and tells its members where', async () => {
  const place = await start();
  const sock = await dial(place);
  const member = await connectRaw(place.station, 'ann', undefined, { sock });
  expect(await member.control.call('hello', { versions: [1], client: 'test' })).toMatchObject({
    tlsPort: place.station.address.tlsPort,
  });
  expect(place.station.memberCount).toBe(1);
  member.close();
  await eventually(() => expect(place.station.memberCount).toBe(0));
});

test('makes one certificate for good, which only its owner can read', async () => {
  const place = await start();
  const file = join(place.dir, 'data', 'tls.pem');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const socket = await dial(place);
  const certificate = socket.getPeerX509Certificate();
  expect(certificate?.subject).toBe('CN=voipterm');
  expect(Date.parse(certificate?.validTo ?? '')).toBeGreaterThan(Date.now() + 19 * 365 * 86_400_000);
  const before = await readFile(file, 'utf8');
  await place.station.close();
  const again = await start({ dataDir: join(place.dir, 'data') });
  expect(await readFile(file, 'utf8')).toBe(before);
  expect((await dial(again)).getPeerX509Certificate()?.fingerprint256).toBe(certificate?.fingerprint256);
});

test('cuts who never ends the TLS or the SSH handshake, and counts them', async () => {
  const place = await start({ handshakeMs: 200 });
  const silent = connect({
    host: '127.0.0.1',
    port: place.station.address.tlsPort ?? 0,
    rejectUnauthorized: false,
  });
  silent.on('error', () => undefined).resume();
  await once(silent, 'close');
  const garbage = connectTcp(place.station.address.tlsPort ?? 0, '127.0.0.1');
  garbage.on('error', () => undefined).resume();
  garbage.write('GET / HTTP/1.1\r\n\r\n');
  await once(garbage, 'close');
  await eventually(() => expect(place.station.counters().unproved).toBe(2));
});

test('uses the certificate that it is given, and says what is wrong with one', async () => {
  const maker = await start();
  const pem = await readFile(join(maker.dir, 'data', 'tls.pem'), 'utf8');
  const dir = await scratch();
  const [cert, key] = [join(dir.path, 'c.pem'), join(dir.path, 'k.pem')];
  await writeFile(cert, pem.slice(pem.indexOf('-----BEGIN CERTIFICATE')));
  await writeFile(key, pem.slice(0, pem.indexOf('-----BEGIN CERTIFICATE')));
  const tls = { host: '127.0.0.1', port: 0, files: { cert, key } };
  const place = await start({ tls });
  const mine = (await dial(place)).getPeerX509Certificate()?.fingerprint256;
  expect(mine).toBe((await dial(maker)).getPeerX509Certificate()?.fingerprint256);
  await writeFile(cert, 'nonsense');
  await expect(start({ tls })).rejects.toThrow(/c\.pem and the key .*k\.pem cannot be used/);
  await expect(start({ tls: { ...tls, files: { cert: join(dir.path, 'none'), key } } })).rejects.toThrow(
    /Cannot read .*none/,
  );
  await dir.dispose();
});

test('says which option to change when the TLS port is taken, and lets go of everything else', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const dir = await scratch();
  const options = {
    host: '127.0.0.1',
    port: 0,
    dataDir: join(dir.path, 'data'),
    authorizedKeys: join(dir.path, 'keys'),
    open: true,
    name: 'test',
    log: silentLog,
  };
  await expect(Station.open({ ...options, tls: { host: '127.0.0.1', port } })).rejects.toMatchObject({
    code: 'station.port-in-use',
    message: expect.stringContaining('--listen-tls 127.0.0.1:PORT'),
  });
  await (await Station.open(options)).close();
  taken.close();
  await dir.dispose();
});
