/**
 * A wiretap for end-to-end tests: stands between clients and a station, passes everything on and keeps a copy.
 *
 * A station tells its clients the number of its UDP port, so the tap has the same number on another address: all of
 * 127.0.0.0/8 is loopback on Linux, elsewhere ::1 is the other address.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { vi } from 'vitest';

const TAP_HOST = process.platform === 'linux' ? '127.0.0.2' : '::1';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A datagram that passed. */
export interface Tapped {
  readonly from: 'client' | 'station';
  /** The client's own UDP address, whichever way the datagram went. */
  readonly client: Endpoint;
  readonly bytes: Buffer;
}

/** What is passed on in place of a client's datagram, now: [datagram] changes nothing, [] holds it back. */
export type Tamper = (datagram: Buffer, client: Endpoint) => readonly Buffer[];

export class RecordingProxy {
  readonly host = TAP_HOST;
  readonly port: number;
  /** Every datagram, in the order in which they passed, as it came. */
  readonly datagrams: Tapped[] = [];
  /** Meddles with what clients send. */
  tamper: Tamper = (datagram) => [datagram];
  #station: Endpoint;
  #tcp: net.Server;
  #udp: dgram.Socket;
  /** The bytes of each TCP connection, each way. */
  #streams: Buffer[][] = [];
  #sockets = new Set<net.Socket>();
  /** Towards the station each client has a socket of its own, by its address. */
  #upstream = new Map<string, Promise<dgram.Socket>>();

  static async open(station: { readonly host: string; readonly port: number }): Promise<RecordingProxy> {
    const udp = dgram.createSocket(net.isIPv6(TAP_HOST) ? 'udp6' : 'udp4');
    udp.bind(station.port, TAP_HOST);
    await once(udp, 'listening');
    udp.setRecvBufferSize(1024 * 1024);
    const tcp = net.createServer();
    tcp.listen(station.port, TAP_HOST);
    await once(tcp, 'listening');
    return new RecordingProxy(station, tcp, udp);
  }

  private constructor(
    station: { readonly host: string; readonly port: number },
    tcp: net.Server,
    udp: dgram.Socket,
  ) {
    this.port = station.port;
    this.#station = { address: station.host, port: station.port };
    this.#tcp = tcp;
    this.#udp = udp;
    tcp.on('connection', (socket) => this.#relayStream(socket));
    udp.on('message', (bytes, { address, port }) => this.#fromClient(bytes, { address, port }));
  }

  target(user: string, room: string): string {
    const host = net.isIPv6(this.host) ? `[${this.host}]` : this.host;
    return `${user}@${host}:${this.port}/${room}`;
  }

  /** Everything that was recorded: each datagram, and each direction of each connection in one piece. */
  get bytes(): Buffer[] {
    return [
      ...this.datagrams.map(({ bytes }) => bytes),
      ...this.#streams.map((parts) => Buffer.concat(parts)),
    ];
  }

  count(from: Tapped['from']): number {
    return this.datagrams.filter((datagram) => datagram.from === from).length;
  }

  /** Waits until so many more datagrams came from the station: by then it has taken what lay before it. */
  async passed(more: number): Promise<void> {
    const enough = this.count('station') + more;
    await vi.waitUntil(() => this.count('station') >= enough, { timeout: 15_000, interval: 5 });
  }

  /** Sends a datagram to the station as if this client had sent it. */
  toStationAs(client: Endpoint, bytes: Buffer): void {
    void this.#upstreamOf(client).then((socket) => socket.send(bytes, () => undefined));
  }

  /** Sends a datagram to a client as if it came from the station. */
  toClient({ address, port }: Endpoint, bytes: Buffer): void {
    this.#udp.send(bytes, port, address);
  }

  async close(): Promise<void> {
    this.#tcp.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#udp.close();
    for (const socket of this.#upstream.values()) (await socket).close();
  }

  #relayStream(client: net.Socket): void {
    const station = net.connect(this.#station.port, this.#station.address);
    this.#copy(client, station);
    this.#copy(station, client);
  }

  #copy(from: net.Socket, to: net.Socket): void {
    const parts: Buffer[] = [];
    this.#streams.push(parts);
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes: Buffer) => {
      parts.push(bytes);
      to.write(bytes);
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroySoon());
  }

  #fromClient(bytes: Buffer, client: Endpoint): void {
    this.datagrams.push({ from: 'client', client, bytes });
    for (const passed of this.tamper(bytes, client)) this.toStationAs(client, passed);
  }

  #upstreamOf(client: Endpoint): Promise<dgram.Socket> {
    const key = `${client.address} ${client.port}`;
    const socket = this.#upstream.get(key) ?? this.#openUpstream(client);
    this.#upstream.set(key, socket);
    return socket;
  }

  /** Unlike an ordinary socket a connected one sends at once, so that nothing overtakes anything. */
  async #openUpstream(client: Endpoint): Promise<dgram.Socket> {
    const socket = dgram.createSocket(net.isIPv6(this.#station.address) ? 'udp6' : 'udp4');
    socket.connect(this.#station.port, this.#station.address);
    await once(socket, 'connect');
    socket.on('message', (bytes) => {
      this.datagrams.push({ from: 'station', client, bytes });
      this.toClient(client, bytes);
    });
    socket.on('error', () => undefined); // the station is gone
    return socket;
  }
}
