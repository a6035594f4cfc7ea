/**
 * A member that speaks the control protocol in plain lines, without the checks of the program's own client: what a crowd of
 * them costs must not hide what the station does.
 */
import { randomUUID } from 'node:crypto';
import ssh2 from 'ssh2';
import { CONTROL_SUBSYSTEM } from '../../src/net/control/schema.ts';

export interface Where {
  readonly host: string;
  readonly port: number;
}

type Answered = (error: { message: string } | undefined, at: number) => void;

export class LineClient {
  /** Notifications of messages: their ids and when they came. */
  onMessage: (id: string, at: number) => void = () => undefined;
  readonly #channel: ssh2.ClientChannel;
  readonly #ssh: ssh2.Client;
  readonly #waiting = new Map<number, Answered>();
  #rest = '';
  #ids = 0;

  static async connect({ host, port }: Where, username: string, privateKey: string): Promise<LineClient> {
    const ssh = new ssh2.Client();
    await new Promise<void>((resolve, reject) => {
      ssh.once('ready', resolve).once('error', reject).connect({ host, port, username, privateKey });
    });
    ssh.setNoDelay(true); // as the program's own client does
    const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
      ssh.subsys(CONTROL_SUBSYSTEM, (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    const client = new LineClient(ssh, channel);
    await client.call('hello', { versions: [1], client: 'bench' });
    return client;
  }

  private constructor(ssh: ssh2.Client, channel: ssh2.ClientChannel) {
    this.#ssh = ssh;
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => this.#receive(chunk.toString('latin1')));
    ssh.on('error', () => undefined);
    ssh.on('close', () => {
      for (const answered of this.#waiting.values()) answered({ message: 'closed' }, performance.now());
      this.#waiting.clear();
    });
  }

  call(method: string, params: object): Promise<void> {
    return new Promise((resolve, reject) =>
      this.ask(method, params, (error) => (error ? reject(new Error(error.message)) : resolve())),
    );
  }

  ask(method: string, params: object, answered: Answered): void {
    this.#ids += 1;
    this.#waiting.set(this.#ids, answered);
    this.#channel.write(`${JSON.stringify({ jsonrpc: '2.0', id: this.#ids, method, params })}\n`);
  }

  /** Posts; returns the message's id. */
  post(room: string, text: string, answered: Answered): string {
    const id = randomUUID();
    const body = Buffer.from(text).toString('base64');
    this.ask('room.post', { room, id, type: 'text/plain', body }, answered);
    return id;
  }

  close(): void {
    this.#ssh.destroy();
  }

  #receive(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    const at = performance.now();
    for (const line of lines) this.#line(line, at);
  }

  #line(line: string, at: number): void {
    const message = /"method":"room\.message".*?"id":"([^"]+)"/.exec(line)?.[1];
    if (message !== undefined) return this.onMessage(message, at);
    const { id, error } = JSON.parse(line);
    const answered = this.#waiting.get(id);
    this.#waiting.delete(id);
    answered?.(error, at);
  }
}

/** A key that can be read again, which ssh2 does not always make (see store/identity.ts). */
export function makeKey(): string {
  const { private: made } = ssh2.utils.generateKeyPairSync('ed25519');
  return ssh2.utils.parseKey(made) instanceof Error ? makeKey() : made;
}
