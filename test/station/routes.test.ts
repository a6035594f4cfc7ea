/** A station with further UDP ports: it names them, takes the same packets there, and answers from there. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { Connection } from '../../src/net/protocol/connection.ts';
import { connectRaw, eventually, startStation, type TestStation } from './raw-client.ts';

let place: TestStation | undefined;
afterEach(() => place?.close());

it('takes datagrams on each of its ports', async () => {
  place = await startStation({ furtherUdpPorts: [0, 0] });
  const { station } = place;
  const client = await connectRaw(station, 'ann');
  await client.hello();
  const open = await client.control.call('datagram.open', { suites: ['chacha20-poly1305'] });
  const ports = [open.udpPort, ...(open.furtherUdpPorts ?? [])];
  expect(ports).toEqual([station.address.udpPort, ...station.address.furtherUdpPorts]);
  expect(new Set(ports).size).toBe(3);
  const connection = new Connection({
    role: 'client',
    session: open.session,
    suite: open.suite,
    clientKey: Buffer.from(open.clientKey, 'base64'),
    stationKey: Buffer.from(open.stationKey, 'base64'),
    remote: null,
    now: 0,
  });
  const sockets = ports.map(() => dgram.createSocket('udp4').bind(0, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'listening')));
  const answered = new Set<number>();
  for (const [route, socket] of sockets.entries()) {
    connection.lead(route, { address: '127.0.0.1', port: ports[route]! }, 0);
    socket.on('message', (bytes, from) => {
      expect(from.port).toBe(ports[route]);
      connection.receive(bytes, from, 1, route);
      answered.add(route);
    });
  }
  connection.tick(0);
  for (let out = connection.poll(); out; out = connection.poll()) {
    if (out.kind === 'datagram') sockets[out.route]!.send(out.bytes, out.to!.port, out.to!.address);
  }
  await eventually(() => expect([...answered].sort()).toEqual([0, 1, 2]));
  expect(connection.stats(1).dropped).toMatchObject({ malformed: 0, unauthentic: 0 });
  for (const socket of sockets) socket.close();
  client.close();
});

it('says which further port it cannot have, and lets go of the others', async () => {
  const taken = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  await expect(startStation({ furtherUdpPorts: [0, port] })).rejects.toMatchObject({
    code: 'station.port-in-use',
    message: expect.stringContaining(`Port ${port}`),
  });
  taken.close();
});
