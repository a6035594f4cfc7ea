/** A station that wants to harm the terminals of its members: it speaks the protocol and says what it likes. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import { LineDecoder } from '../../src/net/control/lines.ts';
import { CONTROL_SUBSYSTEM } from '../../src/net/control/schema.ts';
import { makeKey } from '../station/raw-client.ts';

/** What it answers to a request, by method. An Error becomes the request's error, with this message. */
export type Answers = Readonly<Record<string, unknown>>;

export interface HostileStation {
  target(user: string): string;
  /** Sends a line to everybody. */
  say(message: object): void;
  close(): Promise<void>;
}

/** Keys for a datagram session that leads nowhere. */
function datagramAnswer(udpPort: number): object {
  const key = (): string => randomBytes(32).toString('base64');
  return { session: 1, suite: 'chacha20-poly1305', clientKey: key(), stationKey: key(), udpPort };
}

/** Lets everybody in on 127.0.0.1. */
export async function startHostileStation(answers: Answers): Promise<HostileStation> {
  const channels = new Set<ssh2.ServerChannel>();
  const clients = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [makeKey().private] }, (client) => {
    clients.add(client);
    client.on('error', () => undefined);
    client.on('authentication', (context) => context.accept());
    client.on('session', (accept) => {
      accept().on('subsystem', (acceptChannel, reject, { name }) => {
        // No stream for datagrams: what comes there is no lines.
        if (name !== CONTROL_SUBSYSTEM) return reject();
        const channel = acceptChannel();
        channels.add(channel);
        serve(channel, { 'datagram.open': datagramAnswer(port), ...answers });
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    target: (user) => `${user}@127.0.0.1:${port}/lobby`,
    say: (message) => {
      for (const channel of channels) channel.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    },
    close: async () => {
      for (const client of clients) client.end();
      await new Promise((done) => server.close(done));
    },
  };
}

function serve(channel: ssh2.ServerChannel, answers: Answers): void {
  const decoder = new LineDecoder(1024 * 1024);
  channel.on('error', () => undefined);
  channel.on('data', (chunk: Buffer) => {
    for (const line of decoder.push(chunk).lines) {
      const { id, method } = JSON.parse(line) as { id?: number; method: string };
      const answer = answers[method] ?? {};
      const body =
        answer instanceof Error
          ? { error: { code: -32000, message: answer.message, data: { code: answer.name } } }
          : { result: answer };
      if (id !== undefined) channel.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...body })}\n`);
    }
  });
}
