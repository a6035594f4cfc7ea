/**
 * A game in miniature: 60 datagrams a second through a tunnel to a UDP echo at the station's side, and what came back.
 *
 *     node examples/udp-echo.ts --listen 4242                      the "game server", on the station's machine
 *     voipterm serve --authorized-keys friends.keys --allow-forward 127.0.0.1:4242/udp
 *     node examples/udp-echo.ts ann@host --key ~/.ssh/id_ed25519 --to 127.0.0.1:4242 --seconds 10
 *
 * Prints one line a second and one at the end: round trips, loss, and what the datagrams travel by.
 */
import { createSocket } from 'node:dgram';
import { parseArgs } from 'node:util';
import { connect, type TunnelHandle, type UdpSocket, VoiptermError } from 'voipterm/tunnel';

const RATE_HZ = 60;
/** Number and send time, and as much as a player's position and input take. */
const BYTES = 64;
/** What is not back by then is lost to a game. */
const PATIENCE_MS = 1000;

class Match {
  readonly #socket: UdpSocket;
  readonly #roundTrips: number[] = [];
  #sent = 0;
  /** Round trips that a line was printed for. */
  #told = 0;

  constructor(socket: UdpSocket) {
    this.#socket = socket;
    socket.on('message', (bytes) => {
      const ms = performance.now() - bytes.readDoubleBE(4);
      if (ms < PATIENCE_MS) this.#roundTrips.push(ms);
    });
  }

  /** Sends what is due by the clock: a timer alone would drift. */
  play(seconds: number): Promise<void> {
    const start = performance.now();
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const due = Math.min(seconds * RATE_HZ, ((performance.now() - start) * RATE_HZ) / 1000);
        while (this.#sent < due) this.#send();
        if (this.#sent < seconds * RATE_HZ) return;
        clearInterval(timer);
        resolve();
      }, 4);
    });
  }

  /** Waits for the last ones. */
  async settle(): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (this.#roundTrips.length < this.#sent && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  line(): string {
    const now = this.#roundTrips.slice(this.#told);
    this.#told = this.#roundTrips.length;
    return `${now.length} back in this second, round trip ${quantiles(now)}`;
  }

  total(): string {
    const [sent, back] = [this.#sent, this.#roundTrips.length];
    const lost = (100 * (sent - back)) / Math.max(1, sent);
    return `${sent} sent, ${back} back, ${lost.toFixed(1)} % lost, round trip ${quantiles(this.#roundTrips)}`;
  }

  #send(): void {
    const bytes = Buffer.alloc(BYTES);
    bytes.writeUInt32BE(this.#sent, 0);
    bytes.writeDoubleBE(performance.now(), 4);
    this.#sent += 1;
    this.#socket.send(bytes); // what cannot go now is lost, as it would be in a network
  }
}

function quantiles(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    return value === undefined ? '-' : value.toFixed(2);
  };
  return `p50 ${at(0.5)} p99 ${at(0.99)} max ${at(1)} ms`;
}

interface Way {
  readonly target: string;
  readonly key: string;
  readonly knownHosts: string;
}

async function play({ target, key, knownHosts }: Way, to: string, seconds: number): Promise<void> {
  const tunnel = await connect({
    target,
    identity: { from: 'file', path: key },
    hostKey: { by: 'known-hosts', file: knownHosts, unknown: 'tofu' },
  });
  try {
    tunnel.on('offline', ({ error, datagrams }) =>
      console.error(`${error.message}; ${datagrams ? 'the game goes on' : 'the game stands'}`),
    );
    const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(to) ?? [];
    const socket = await tunnel.udp({ host, port: Number(port) });
    // Also when the tunnel fails for good: its sockets end with the reason.
    socket.on('error', (error) => console.error(error.message));
    console.log(`through ${target}, ${tunnel.station.fingerprint}: datagrams up to ${socket.maxBytes} bytes`);
    await show(tunnel, new Match(socket), seconds);
  } finally {
    await tunnel.close();
  }
}

async function show(tunnel: TunnelHandle, match: Match, seconds: number): Promise<void> {
  const ticker = setInterval(() => {
    const stats = tunnel.stats();
    console.log(`${match.line()}, by ${stats?.carrierUp ?? '?'} up and ${stats?.carrierDown ?? '?'} down`);
  }, 1000);
  await match.play(seconds);
  await match.settle();
  clearInterval(ticker);
  console.log(`total: ${match.total()}`);
}

function listen(port: number): void {
  const socket = createSocket('udp4', (bytes, from) => socket.send(bytes, from.port, from.address));
  socket.bind(port, '127.0.0.1', () => console.log(`echo on 127.0.0.1:${socket.address().port}`));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    listen: { type: 'string' },
    key: { type: 'string' },
    to: { type: 'string' },
    'known-hosts': { type: 'string', default: 'known_hosts' },
    seconds: { type: 'string', default: '10' },
  },
});
const [target] = positionals;
try {
  if (values.listen !== undefined) listen(Number(values.listen));
  else if (target && values.key && values.to)
    await play(
      { target, key: values.key, knownHosts: values['known-hosts'] },
      values.to,
      Number(values.seconds),
    );
  else throw new Error('usage: udp-echo.ts --listen PORT | udp-echo.ts TARGET --key FILE --to HOST:PORT');
} catch (error) {
  const code = error instanceof VoiptermError ? ` (${error.code})` : '';
  console.error(`${error instanceof Error ? error.message : String(error)}${code}`);
  process.exitCode = 1;
}
