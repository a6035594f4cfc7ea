/**
 * Shells on the station's own host, for the keys that its operator names. They run as the station's user, so that whoever
 * has one can do all that the station can: none unless it is asked for. A shell ends with its connection, and its begin
 * and end are in the audit log.
 */
import { homedir } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import { sentenceOf } from '../errors.ts';
import { STATION_SHELL_COMMAND } from '../net/control/schema.ts';
import type { Guests, Visit, Visitor, VisitorChannel } from './guests.ts';
import { TURNED_AWAY } from './no-guests.ts';

/** "off", the station's owners, or fingerprints of keys. */
export type HostShellPolicy = 'off' | 'owners' | readonly string[];

export interface HostShellOptions {
  readonly policy: () => HostShellPolicy;
  readonly isOwner: (fingerprint: string) => boolean;
  /** Writes into the audit log. */
  readonly audit: (fingerprint: string, user: string, action: string, detail: string) => void;
}

/** Shells at a time: each is a process tree on the host. */
const MAX_SHELLS = 16;
/** Output that the peer has not taken at which the program has to wait, bytes. */
const MAX_UNTAKEN = 256 * 1024;
/** What a shell gets of the station's environment: nothing that could hold a secret of the station's. */
const ENVIRONMENT = [
  'HOME',
  'USER',
  'LOGNAME',
  'PATH',
  'SHELL',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
];

export class HostShells {
  readonly #options: HostShellOptions;
  #running = 0;

  constructor(options: HostShellOptions) {
    this.#options = options;
  }

  /** Whether a key may have one. */
  allows(fingerprint: string): boolean {
    const policy = this.#options.policy();
    if (fingerprint === '' || policy === 'off') return false;
    return policy === 'owners' ? this.#options.isOwner(fingerprint) : policy.includes(fingerprint);
  }

  /** Guests as before, but for those who ask for a shell of the host. */
  before(guests: Guests): Guests {
    return {
      receive: (visitor, channel, enter) =>
        visitor.command === STATION_SHELL_COMMAND
          ? this.#receive(visitor, channel)
          : guests.receive(visitor, channel, enter),
    };
  }

  #receive(visitor: Visitor, channel: VisitorChannel): Visit {
    const refusal = this.#refusal(visitor);
    if (refusal !== undefined) {
      channel.writeError(`${refusal}\r\n`);
      channel.end(1);
      return TURNED_AWAY;
    }
    const { key = '', user } = visitor;
    this.#running += 1;
    this.#options.audit(key, user, 'shell', 'began');
    return new HostShell(visitor, channel, (detail) => {
      this.#running -= 1;
      this.#options.audit(key, user, 'shell', detail);
    });
  }

  #refusal({ key = '', terminal }: Visitor): string | undefined {
    if (!this.allows(key))
      return 'This station gives your key no shell on its host (station.shell of its operator).';
    if (!terminal) return 'A shell on the station needs a terminal: ssh -t.';
    if (this.#running >= MAX_SHELLS)
      return `${MAX_SHELLS} shells run on the station already: try again later.`;
    return undefined;
  }
}

type Pty = Awaited<ReturnType<typeof spawn>>;

class HostShell implements Visit {
  readonly #channel: VisitorChannel;
  readonly #done: (detail: string) => void;
  /** Characters may come in parts. */
  readonly #decoder = new StringDecoder('utf8');
  #pty: Pty | undefined;
  #untaken = 0;
  #over = false;
  #size: Visitor['terminal'];

  constructor(visitor: Visitor, channel: VisitorChannel, done: (detail: string) => void) {
    this.#channel = channel;
    this.#done = done;
    this.#size = visitor.terminal;
    this.#begin(visitor).catch((error: unknown) => {
      channel.writeError(`The shell could not be started (${sentenceOf(error)}).\r\n`);
      this.#end(1, 'could not be started');
    });
  }

  typed(bytes: Uint8Array): void {
    this.#pty?.write(this.#decoder.write(Buffer.from(bytes)));
  }

  typedAll(): void {
    // The terminal's end is the connection's.
  }

  resized({ columns, rows }: { readonly columns: number; readonly rows: number }): void {
    this.#size = this.#size && { ...this.#size, columns, rows };
    this.#pty?.resize(columns, rows);
  }

  signalled(): void {
    // Programs in a terminal get their signals by its keys.
  }

  dismiss(): Promise<void> {
    this.#end(0, 'ended with the station');
    return Promise.resolve();
  }

  gone(): void {
    this.#end(0, 'ended with the connection');
  }

  async #begin(visitor: Visitor): Promise<void> {
    const pty = await spawn(visitor);
    if (this.#over) return pty.kill();
    this.#pty = pty;
    if (this.#size) pty.resize(this.#size.columns, this.#size.rows);
    pty.onData((data: string | Buffer) => this.#output(Buffer.from(data)));
    pty.onExit(({ exitCode }) => this.#end(exitCode, `exit code ${exitCode}`));
  }

  #output(bytes: Buffer): void {
    this.#untaken += bytes.length;
    if (this.#untaken > MAX_UNTAKEN) this.#pty?.pause();
    this.#channel.write(bytes, () => {
      this.#untaken -= bytes.length;
      if (this.#untaken <= MAX_UNTAKEN / 2) this.#pty?.resume();
    });
  }

  #end(status: number, detail: string): void {
    if (this.#over) return;
    this.#over = true;
    try {
      this.#pty?.kill();
    } catch {
      // It has ended by itself.
    }
    this.#channel.end(status);
    this.#done(detail);
  }
}

async function spawn({ terminal, env }: Visitor) {
  const { spawn: start } = await import('@lydell/node-pty');
  const kept = ENVIRONMENT.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return start(process.env.SHELL || '/bin/sh', [], {
    name: terminal?.type || 'xterm-256color',
    cols: terminal?.columns ?? 80,
    rows: terminal?.rows ?? 24,
    cwd: homedir(),
    env: { ...Object.fromEntries(kept), ...env },
    encoding: null,
  });
}
