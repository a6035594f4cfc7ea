/** An ordinary SSH host that forwards TCP and nothing else, for tests of ProxyJump. */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import ssh2, { type Connection } from 'ssh2';
import { makeKey } from '../station/raw-client.ts';

export interface JumpHost {
  readonly port: number;
  /** The public part of its host key, a line as in known_hosts: "ssh-ed25519 AAAA...". */
  readonly hostKey: string;
  /** Users that logged in, and where they went. */
  readonly users: string[];
  readonly asked: string[];
  readonly open: number;
  close(): Promise<void>;
}

/** `allows` is the public key that it admits. */
export async function startJumpHost(allows: string): Promise<JumpHost> {
  const key = makeKey();
  const admitted = ssh2.utils.parseKey(allows);
  if (admitted instanceof Error) throw admitted;
  const users: string[] = [];
  const asked: string[] = [];
  const clients = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [key.private] }, (client) => {
    clients.add(client);
    client.on('error', () => undefined).on('close', () => clients.delete(client));
    client.on('authentication', (context) => {
      const fits = context.method === 'publickey' && context.key.data.equals(admitted.getPublicSSH());
      if (!fits) return context.reject(['publickey']);
      users.push(context.username);
      context.accept();
    });
    client.on('tcpip', (accept, reject, { destIP, destPort }) => {
      asked.push(`${destIP}:${destPort}`);
      const far = connect(destPort, destIP);
      far.once('error', () => reject());
      far.once('connect', () => {
        far.removeAllListeners('error').on('error', () => undefined);
        const channel = accept();
        channel.on('close', () => far.destroy()).on('error', () => undefined);
        far.on('close', () => channel.end());
        far.pipe(channel).pipe(far);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: key.public.trim().split(' ').slice(0, 2).join(' '),
    users,
    asked,
    get open() {
      return clients.size;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const client of clients) client.end();
      await closed;
    },
  };
}
