/** Somebody else on the network, for end-to-end tests. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { vi } from 'vitest';

/** A socket of somebody else, who wants an answer. */
export class Attacker {
  readonly socket: dgram.Socket;
  readonly answers: Buffer[] = [];

  static async open(): Promise<Attacker> {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new Attacker(socket);
  }

  private constructor(socket: dgram.Socket) {
    this.socket = socket;
    socket.on('message', (bytes) => this.answers.push(bytes));
  }

  send(bytes: Buffer, port: number): void {
    this.socket.send(bytes, port, '127.0.0.1');
  }

  /** What came back: all of it is there once a datagram from ourselves has arrived behind it. */
  async received(): Promise<Buffer[]> {
    const sentinel = Buffer.from('the last one');
    this.send(sentinel, this.socket.address().port);
    await vi.waitUntil(() => this.answers.at(-1)?.equals(sentinel), { timeout: 10_000, interval: 5 });
    return this.answers.slice(0, -1);
  }
}
