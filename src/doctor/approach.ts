/** The first steps to a station where nothing stands between: its name's addresses, TCP to each, and who greets there. */
import { lookup } from 'node:dns/promises';
import { isIP, isIPv6, type Socket } from 'node:net';
import { toWireError, VoiptermError } from '../errors.ts';
import { readHead } from '../net/control/head.ts';
import { openTcp, reasonOf } from '../net/control/tcp.ts';
import { bounded } from './bounded.ts';
import { type Check, failure, ok, warning } from './check.ts';

const NAME_MS = 5_000;
/** For each address; all are tried at once. */
const TCP_MS = 5_000;
const GREETING_MS = 5_000;
/** Addresses of one name that are tried: a large service has more, a station one or two. */
const MAX_ADDRESSES = 6;
/** RFC 4253, 4.2: the longest identification line, with its end. */
const MAX_GREETING_BYTES = 255;

/** Numeric addresses of a host, IPv6 and IPv4 in the system's order; none if the check failed. */
export async function checkName(host: string): Promise<{ check: Check; addresses: readonly string[] }> {
  const id = 'path.name';
  if (isIP(host.replace(/%.*$/, '')) !== 0) {
    const family = isIPv6(host) ? 'IPv6' : 'IPv4';
    return { check: ok(id, `${host} is an ${family} address`, { addresses: [host] }), addresses: [host] };
  }
  try {
    const found = await bounded(NAME_MS, `looking up ${host}`, () =>
      lookup(host, { all: true, order: 'verbatim' }),
    );
    const addresses = [...new Set(found.map(({ address }) => address))].slice(0, MAX_ADDRESSES);
    const families = addresses.some(isIPv6)
      ? addresses.every(isIPv6)
        ? 'IPv6 only'
        : 'IPv4 and IPv6'
      : 'IPv4 only';
    return { check: ok(id, `${host} is ${addresses.join(', ')} (${families})`, { addresses }), addresses };
  } catch (error) {
    const reason = error instanceof VoiptermError ? error.message : `${host}: ${reasonOf(asError(error))}`;
    const fix = 'check how the name is spelt and that this machine is online, or give the address itself';
    return { check: failure(id, 'control.unreachable', reason, fix, { addresses: [] }), addresses: [] };
  }
}

/** What became of TCP to one address. */
interface Tried {
  readonly address: string;
  readonly socket: Socket | undefined;
  readonly connectMs: number | null;
  readonly error: string | null;
}

/** One connection that stands, if any does; the caller closes it. */
export async function checkTcp(
  host: string,
  port: number,
  addresses: readonly string[],
): Promise<{ check: Check; socket: Socket | undefined }> {
  const tried = await Promise.all(addresses.map((address) => tryTcp(address, port)));
  const [first, ...others] = tried.filter(({ socket }) => socket !== undefined);
  for (const { socket } of others) socket?.destroy();
  return { check: judgeTcp(host, port, tried), socket: first?.socket };
}

async function tryTcp(address: string, port: number): Promise<Tried> {
  const startedAt = performance.now();
  try {
    const socket = await bounded(TCP_MS, `TCP to ${address} port ${port}`, (signal) =>
      openTcp(address, port, signal),
    );
    socket.on('error', () => undefined);
    return { address, socket, connectMs: Math.round((performance.now() - startedAt) * 10) / 10, error: null };
  } catch (error) {
    return { address, socket: undefined, connectMs: null, error: toWireError(error).message };
  }
}

function judgeTcp(host: string, port: number, tried: readonly Tried[]): Check {
  const id = 'path.tcp';
  const facts = { port, addresses: tried.map(({ socket: _, ...rest }) => rest) };
  const dead = tried.filter(({ socket }) => socket === undefined);
  const reached = tried.find(({ socket }) => socket !== undefined);
  if (!reached) {
    const fix = `start the station, and open TCP port ${port} in its firewall and in yours`;
    return failure(id, 'control.unreachable', dead.map(({ error }) => error).join('; '), fix, facts);
  }
  const text = `${reached.address} port ${port} answers in ${reached.connectMs} ms`;
  if (dead.length === 0) return ok(id, text, facts);
  const fix = `have the station listen on every address of ${host}, or take the others out of its name`;
  return warning(id, `${text}; ${dead.map(({ error }) => error).join('; ')}`, fix, facts);
}

/** Who greets on a connection, which is closed then. */
export async function checkGreeting(socket: Socket, where: string): Promise<Check> {
  const id = 'path.ssh';
  try {
    const line = await bounded(GREETING_MS, `the greeting of ${where}`, (signal) =>
      readHead(socket, firstLine, where, signal),
    );
    if (line.startsWith('SSH-2.0-') || line.startsWith('SSH-1.99-')) return ok(id, line, { greeting: line });
    return failure(
      id,
      'control.unreachable',
      `${where} says ${JSON.stringify(line)}, which is no SSH`,
      WRONG_PORT,
      {
        greeting: line,
      },
    );
  } catch (error) {
    const { code, message } = toWireError(error);
    return failure(id, code, message, WRONG_PORT, { greeting: null });
  } finally {
    socket.destroy();
  }
}

const WRONG_PORT =
  'check the port, and whether something between, such as a captive portal, answers in its place';

/** Up to the end of the line or as much as a greeting may have, whatever it is; printable ASCII. */
function firstLine(bytes: Buffer): { used: number; value: string } | undefined {
  const end = bytes.indexOf('\n');
  if (end < 0 && bytes.length < MAX_GREETING_BYTES) return undefined;
  const length = end < 0 ? MAX_GREETING_BYTES : end;
  const value = bytes.toString('latin1', 0, Math.min(length, MAX_GREETING_BYTES)).replace(/\r$/, '');
  return { used: 0, value: value.replace(/[^\x20-\x7e]/g, '?') };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
