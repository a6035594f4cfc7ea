/** The bridge's UDP sockets: opened with a sentence for whoever chose an address that cannot be had. */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { VoiptermError } from '../errors.ts';

export interface Address {
  /** An IP address or a host name, without brackets. */
  readonly host: string;
  readonly port: number;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses it; choose another port, or 0 for any that is free',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'it takes a privilege; choose a port above 1023',
};

/** The same place as an IP address. Throws 'usage.invalid' if the name is not known. */
export async function resolved({ host, port }: Address): Promise<Address> {
  try {
    return { host: (await lookup(host)).address, port };
  } catch (error) {
    throw new VoiptermError('usage.invalid', `the address of "${host}" is not known; write an IP address`, {
      cause: error,
    });
  }
}

/** A socket that receives at an IP address. Throws 'forward.in-use' if it cannot. */
export async function listenAt({ host, port }: Address): Promise<Socket> {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
  const listening = once(socket, 'listening');
  socket.bind({ address: host, port });
  try {
    await listening;
  } catch (error) {
    socket.close();
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why = REASONS[code] ?? code;
    throw new VoiptermError('forward.in-use', `RTP cannot be received at ${host} port ${port}: ${why}`, {
      cause: error,
    });
  }
  return socket;
}

/** A socket to send to that address from. */
export function senderTo({ host }: Address): Socket {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
  // Nobody may listen there yet: the stream goes on for when somebody does.
  socket.on('error', () => undefined);
  return socket;
}
