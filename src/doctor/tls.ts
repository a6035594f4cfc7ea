/** Whether a station's second door, SSH inside TLS, can be reached from here. */
import { toWireError } from '../errors.ts';
import { reachByTls } from '../net/control/reach.ts';
import type { ConnectOptions } from '../net/tunnel/messages.ts';
import { bounded } from './bounded.ts';
import { type Check, ok, warning } from './check.ts';

const TLS_MS = 8_000;

/** No failure: it is a way for networks that let nothing else through. */
export async function checkTls(options: ConnectOptions, port: number): Promise<Check> {
  const id = 'path.tls';
  try {
    const stream = await bounded(TLS_MS, `SSH inside TLS on port ${port}`, (signal) =>
      reachByTls(options, port, signal),
    );
    stream.on('error', () => undefined);
    stream.destroy();
    return ok(id, `the station takes SSH inside TLS on port ${port}`, { port });
  } catch (error) {
    const fix = `open TCP port ${port} in the station's firewall; it helps where a network blocks everything else`;
    return warning(id, toWireError(error).message, fix, { port });
  }
}
