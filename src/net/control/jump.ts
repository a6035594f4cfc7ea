/** ProxyJump: through one ordinary SSH host after the other, each of which opens a TCP connection to the next. */
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { VoiptermError } from '../../errors.ts';
import type { Jump } from '../tunnel/messages.ts';
import { HostKeyJudge } from './host-key.ts';
import { jumpLogin, logIn } from './login.ts';

/** Opens a connection to a host; how is its own business. */
export type Dial = (host: string, port: number, signal: AbortSignal) => Promise<Duplex>;

/**
 * A dialer that goes by way of the jump hosts, the first of which `dial` reaches. The connections to them end with the
 * stream that they carry.
 */
export function dialThroughJumps(jumps: readonly Jump[], dial: Dial, nested = false): Dial {
  const [jump, ...more] = jumps;
  if (!jump) return dial;
  const through: Dial = async (host, port, signal) => {
    const stream = await dial(jump.host, jump.port, signal);
    const judge = new HostKeyJudge(jump);
    const client = await logIn(stream, jumpLogin(jump, judge, nested), signal);
    return openThrough(client, jump, host, port);
  };
  return dialThroughJumps(more, through, true);
}

function openThrough(client: Client, jump: Jump, host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      client.end();
      const way = `cannot reach ${host} port ${port} through ${jump.host}: ${why}`;
      reject(new VoiptermError('control.unreachable', way));
    };
    const lost = (): void => fail('it closed the connection');
    client.once('close', lost);
    client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
      client.off('close', lost);
      if (error) return fail(error.message.replace(/[^\x20-\x7e]/g, '?').slice(0, 200));
      channel.on('error', () => undefined);
      channel.on('close', () => client.end());
      client.on('close', () => channel.destroy());
      resolve(channel);
    });
  });
}
