/** One control connection from its TCP handshake to the answered hello. */
import { VoiptermError } from '../../errors.ts';
import { type ControlConnection, openControl } from '../control/connection.ts';
import { ControlClient } from '../control/rpc.ts';
import type { Answer, Ask, StationNotification } from '../control/schema.ts';
import { PROTOCOL_VERSION } from '../protocol/constants.ts';
import type { ConnectOptions } from './messages.ts';

/** An SSH connection in which something is asked, for the stream even every few seconds, and nothing comes for so long is dead. */
export const DEAD_LINK_MS = 10_000;

export interface LinkEvents {
  readonly onNotification: (notification: StationNotification) => void;
  /** An unknown host key was accepted and remembered. */
  readonly onNewHostKey: (fingerprint: string) => void;
  /** Once, when the link ends after it was given out, however it ends. */
  readonly onLost: (reason: VoiptermError) => void;
}

export interface Link {
  readonly connection: ControlConnection;
  readonly control: ControlClient;
  readonly hello: Answer<'hello'>;
}

/** Connects and says hello. Rejects with the reason of `signal` once that is aborted. */
export async function openLink(
  options: ConnectOptions,
  resume: Ask<'hello'>['resume'],
  events: LinkEvents,
  signal: AbortSignal,
): Promise<Link> {
  const control = new ControlClient((line) => connection.sendLine(line));
  control.onNotification = events.onNotification;
  let given = false;
  const connection: ControlConnection = await openControl(
    options,
    {
      onLine: (line) => control.receive(line),
      onClose: (reason) => {
        control.fail(reason);
        if (given) events.onLost(reason);
      },
    },
    signal,
  );
  control.onProtocolError = () => connection.close();
  const abort = (): void => connection.close();
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (connection.newHostKey) events.onNewHostKey(connection.fingerprint);
    const ask = { versions: [PROTOCOL_VERSION], client: 'voipterm', ...(resume ? { resume } : {}) };
    const hello = await control.call('hello', ask);
    given = true;
    return { connection, control, hello };
  } catch (error) {
    connection.close();
    throw signal.aborted ? aborted() : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** What a disconnect in the middle of connecting rejects with. */
export function aborted(): VoiptermError {
  return new VoiptermError('tunnel.closed', 'the connection was closed');
}
