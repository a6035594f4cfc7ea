/**
 * `ssh user@host` in a tab of its own, by our own client through the station. Keys, agent and known hosts are those of
 * OpenSSH and of voipterm; a password is asked for in the terminal itself and not shown.
 */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import ssh2, { type Algorithms, type AnyAuthMethod, type Client, type ClientChannel } from 'ssh2';
import { sentenceOf, VoiptermError } from '../errors.ts';
import { SSH_ALGORITHMS } from '../net/control/algorithms.ts';
import { HostKeyJudge } from '../net/control/host-key.ts';
import { dialThroughProxy } from '../net/control/proxy.ts';
import type { EmulatorSize } from '../session/shell-emulator.ts';
import type { Launch, Program, ProgramEvents } from '../session/shell-program.ts';
import type { ShellTunnel } from '../session/shell-tunnel.ts';
import { isEncrypted } from '../store/identity.ts';
import type { Context } from './context.ts';
import { configuredPath } from './paths.ts';
import { SshConfig } from './ssh-config.ts';
import { parseJumps } from './way.ts';

/** Hosts in general are older than stations: what OpenSSH of the last ten years offers, without SHA-1 and CBC. */
const ALGORITHMS: Algorithms = {
  ...SSH_ALGORITHMS,
  kex: [
    ...['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256', 'ecdh-sha2-nistp384'],
    ...['diffie-hellman-group16-sha512', 'diffie-hellman-group14-sha256'],
  ] as NonNullable<Algorithms['kex']>,
  cipher: [
    ...['chacha20-poly1305@openssh.com', 'aes256-gcm@openssh.com', 'aes128-gcm@openssh.com'],
    ...['aes256-ctr', 'aes128-ctr'],
  ] as NonNullable<Algorithms['cipher']>,
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
};
const SSH_PORT = 22;
/** Tries of a password, as ssh has it. */
const MAX_PASSWORDS = 3;
/** Longest password that is typed, characters. */
const MAX_PASSWORD_CHARS = 1024;
const READY_MS = 60_000;
const KEEPALIVE_MS = 20_000;

interface Host {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly keys: readonly string[];
}

/** @throws VoiptermError 'usage.invalid' for what is no [user@]host[:port]. */
export function launchSsh(context: Context, tunnel: ShellTunnel, target: string): Launch {
  const host = hostOf(context, target);
  return async (size, events, signal) => {
    const { host: address, port, user, password } = await tunnel.proxy();
    const proxy = { kind: 'socks5', host: address, port, user, password } as const;
    const stream = await dialThroughProxy(proxy, host.host, host.port, signal).catch((error: unknown) => {
      throw notReached(host, error);
    });
    const typing = new Typing(events);
    const judge = new HostKeyJudge({ ...host, hostKey: knownHosts(context) });
    const client = new ssh2.Client();
    const session = new SshProgram(client, typing, size, events);
    client.on('error', (error) =>
      events.ended({ why: `${target}: ${judge.refusal?.message ?? error.message}.` }),
    );
    client.on('close', () => events.ended({ why: `${target} closed the connection.` }));
    client.on('ready', () => {
      if (judge.added)
        events.output(`\x1b[2mnew host key ${judge.fingerprint}: remembered from now on\x1b[22m\r\n`);
      session.begin();
    });
    client.connect({
      sock: stream,
      username: host.user,
      algorithms: { ...ALGORITHMS, serverHostKey: [...judge.knownTypes()] },
      hostVerifier: (key: Buffer) => judge.accepts(key),
      readyTimeout: READY_MS,
      keepaliveInterval: KEEPALIVE_MS,
      authHandler: authHandler(host, typing),
    });
    return session;
  };
}

/** The station is the proxy, and what it says is the reason. */
function notReached({ host, port }: Host, error: unknown): VoiptermError {
  const why = sentenceOf(error).replace(/^.*?: /, '');
  return new VoiptermError(
    'forward.unreachable',
    `the station does not connect you to ${host} port ${port}: ${why}; "its rules" are serve --allow-forward.`,
  );
}

function hostOf({ config, paths }: Context, target: string): Host {
  const [spec, ...more] = parseJumps(target);
  if (!spec || more.length > 0)
    throw new VoiptermError('usage.invalid', 'write /shell ssh user@host or user@host:port');
  const said = config.client.sshConfig
    ? SshConfig.read(paths.home).of(spec.host, spec.user)
    : { identityFiles: [] };
  const usual = ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(paths.home, '.ssh', name));
  return {
    host: said.hostName ?? spec.host,
    port: spec.port ?? said.port ?? SSH_PORT,
    user: spec.user ?? said.user ?? userInfo().username,
    keys: [...(said.identityFiles.length > 0 ? said.identityFiles : usual), paths.identity].flatMap(readKey),
  };
}

/** A key behind a passphrase is the agent's to use. */
function readKey(file: string): string[] {
  try {
    const key = readFileSync(file, 'utf8');
    return isEncrypted(key) ? [] : [key];
  } catch {
    return []; // not there
  }
}

function knownHosts({ config, paths }: Context) {
  const file = configuredPath(config.client.knownHosts, paths.knownHosts, paths.home);
  const also = [join(paths.home, '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'];
  return { by: 'known-hosts', file, also, unknown: config.client.hostKeyCheck } as const;
}

type AuthHandler = (
  left: readonly string[] | null,
  partial: boolean | null,
  next: (method: AnyAuthMethod) => void,
) => void;

/** The library takes false for the end of all methods, and its types do not say so. */
const GIVE_UP = false as unknown as AnyAuthMethod;

/** Agent, keys, then a password; each only where the host takes it. */
function authHandler({ user: username, host, keys }: Host, typing: Typing): AuthHandler {
  const agent = process.env.SSH_AUTH_SOCK;
  const waiting: AnyAuthMethod[] = [
    ...(agent ? [{ type: 'agent', username, agent } as const] : []),
    ...keys.map((key) => ({ type: 'publickey', username, key }) as const),
  ];
  let passwords = 0;
  return (left, _partial, next) => {
    const method = waiting.shift();
    const takes = (name: string): boolean => left === null || left.includes(name);
    if (method && takes('publickey')) return next(method);
    if (left && !left.includes('password') && !left.includes('keyboard-interactive')) return next(GIVE_UP);
    passwords += 1;
    if (passwords > MAX_PASSWORDS) return next(GIVE_UP);
    void typing.ask(`${username}@${host}'s password: `).then((password) => {
      if (takes('password')) return next({ type: 'password', username, password });
      next({
        type: 'keyboard-interactive',
        username,
        // A host that asks for one thing without showing it asks for the password.
        prompt: (_name, _text, _language, prompts, finish) => finish(prompts.map(() => password)),
      });
    });
  };
}

/** A line that is typed and not shown. */
class Typing {
  readonly #events: ProgramEvents;
  #line = '';
  #done: ((line: string) => void) | undefined;

  constructor(events: ProgramEvents) {
    this.#events = events;
  }

  ask(prompt: string): Promise<string> {
    this.#events.output(prompt.replaceAll(/\p{Cc}/gu, '?'));
    this.#line = '';
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  /** False if nobody asks. */
  take(text: string): boolean {
    if (!this.#done) return false;
    for (const character of text) {
      if (character === '\r') return this.#enter();
      if (character === '\x7f') this.#line = [...this.#line].slice(0, -1).join('');
      else if (character === '\x15') this.#line = '';
      else if (character >= ' ' && this.#line.length < MAX_PASSWORD_CHARS) this.#line += character;
    }
    return true;
  }

  #enter(): true {
    this.#events.output('\r\n');
    const done = this.#done;
    this.#done = undefined;
    done?.(this.#line);
    this.#line = '';
    return true;
  }
}

/** The remote shell, once we are in. */
class SshProgram implements Program {
  readonly #client: Client;
  readonly #typing: Typing;
  readonly #events: ProgramEvents;
  #size: EmulatorSize;
  #channel: ClientChannel | undefined;
  #ended = false;

  constructor(client: Client, typing: Typing, size: EmulatorSize, events: ProgramEvents) {
    this.#client = client;
    this.#typing = typing;
    this.#size = size;
    this.#events = events;
  }

  begin(): void {
    const { columns: cols, rows } = this.#size;
    this.#client.shell({ term: 'xterm-256color', cols, rows, width: 0, height: 0 }, (error, channel) => {
      if (error) return this.#events.ended({ why: `The host gives no shell: ${error.message}.` });
      this.#channel = channel;
      channel.setEncoding('utf8');
      channel.on('data', (text: string) => this.#events.output(text));
      channel.stderr.setEncoding('utf8').on('data', (text: string) => this.#events.output(text));
      channel.on('exit', (code: number | null) => this.#events.ended({ code: code ?? 255 }));
      channel.on('close', () => this.end());
    });
  }

  write(text: string): void {
    if (!this.#typing.take(text)) this.#channel?.write(text);
  }

  resize(size: EmulatorSize): void {
    this.#size = size;
    this.#channel?.setWindow(size.rows, size.columns, 0, 0);
  }

  flow(go: boolean): void {
    if (go) this.#channel?.resume();
    else this.#channel?.pause();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#client.end();
  }
}
