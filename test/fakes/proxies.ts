/** A tiny HTTP CONNECT proxy and a tiny SOCKS5 server on loopback, written from the RFCs for tests. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface FakeProxy {
  readonly port: number;
  /** What clients asked for, as "host:port". */
  readonly asked: string[];
  /** Connections open at present. */
  readonly open: number;
  close(): Promise<void>;
}

/** Where a name of the test's own leads: nothing is looked up. */
export type Names = Readonly<Record<string, { host: string; port: number }>>;

interface Behaviour {
  readonly credentials?: { readonly user: string; readonly password: string };
  readonly names?: Names;
}

/** Sends `answer` to everything, if it is given. */
export function startHttpProxy(options: Behaviour & { readonly answer?: string } = {}): Promise<FakeProxy> {
  const { credentials, names, answer } = options;
  return start((socket, asked) => {
    let head = '';
    const onData = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', onData);
      if (answer !== undefined) return void socket.end(answer);
      const [, authority = ''] = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head) ?? [];
      asked.push(authority);
      const basic =
        credentials && Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
      if (basic && !head.includes(`\r\nProxy-Authorization: Basic ${basic}\r\n`)) {
        return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      }
      join(socket, authority, names, {
        ok: 'HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n',
        failed: 'HTTP/1.1 502 Bad Gateway\r\n\r\n',
      });
    };
    socket.on('data', onData);
  });
}

/** `reply` is the code that every request gets, if it is given. */
export function startSocksProxy(options: Behaviour & { readonly reply?: number } = {}): Promise<FakeProxy> {
  const { credentials, names, reply } = options;
  return start(async (socket, asked) => {
    const read = reader(socket);
    const [, count = 0] = await read(2);
    const methods = await read(count);
    const wanted = credentials ? 2 : 0;
    if (!methods.includes(wanted)) return void socket.end(Buffer.of(5, 0xff));
    socket.write(Buffer.of(5, wanted));
    if (credentials && !(await logIn(socket, read, credentials))) return void socket.end();
    const [, , , type = 0] = await read(4);
    const host = await readHost(read, type);
    const authority = `${host}:${(await read(2)).readUInt16BE(0)}`;
    asked.push(authority);
    const answer = (code: number): Buffer => Buffer.of(5, code, 0, 1, 127, 0, 0, 1, 0, 9);
    if (reply !== undefined) return void socket.end(answer(reply));
    join(socket, authority, names, { ok: answer(0), failed: answer(5) });
  });
}

async function logIn(
  socket: Socket,
  read: Read,
  wanted: NonNullable<Behaviour['credentials']>,
): Promise<boolean> {
  const [, userLength = 0] = await read(2);
  const user = (await read(userLength)).toString();
  const password = (await read((await read(1))[0] ?? 0)).toString();
  const fits = user === wanted.user && password === wanted.password;
  socket.write(Buffer.of(1, fits ? 0 : 1));
  return fits;
}

async function readHost(read: Read, type: number): Promise<string> {
  if (type === 1) return (await read(4)).join('.');
  if (type === 3) return (await read((await read(1))[0] ?? 0)).toString('latin1');
  return `[${(await read(16)).toString('hex')}]`;
}

type Read = (bytes: number) => Promise<Buffer>;

function reader(socket: Socket): Read {
  return async (bytes) => {
    if (bytes === 0) return Buffer.alloc(0);
    for (;;) {
      const chunk: Buffer | null = socket.read(bytes);
      if (chunk) return chunk;
      await once(socket, 'readable');
    }
  };
}

function join(
  socket: Socket,
  authority: string,
  names: Names | undefined,
  say: { ok: string | Buffer; failed: string | Buffer },
): void {
  const colon = authority.lastIndexOf(':');
  const host = authority.slice(0, colon).replace(/^\[|\]$/g, '');
  const far = connect(names?.[host] ?? { host, port: Number(authority.slice(colon + 1)) });
  far.on('error', () => socket.end(say.failed));
  far.on('close', () => socket.destroy());
  socket.on('close', () => far.destroy());
  far.once('connect', () => {
    socket.write(say.ok);
    socket.pipe(far).pipe(socket);
  });
}

async function start(serve: (socket: Socket, asked: string[]) => void | Promise<void>): Promise<FakeProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    void serve(socket, asked);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    get open() {
      return sockets.size;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
