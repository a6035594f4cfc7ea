/** One member's requests about files: which method of the control protocol does what. */
import type { ControlHandlers } from '../net/control/rpc.ts';
import type { fileRequests } from '../net/control/schema-files.ts';
import { type Asker, done } from './asker.ts';
import type { Lobby } from './lobby.ts';

export function fileHandlers(
  { files }: Lobby,
  asker: Asker,
): Pick<ControlHandlers, keyof typeof fileRequests> {
  return {
    'file.offer': (ask) => files.offer(asker.admit(), ask),
    'file.withdraw': (ask) => done(() => files.withdraw(asker.admit(), ask)),
    'file.take': (ask) => done(() => files.take(asker.admit(), ask)),
    'file.refuse': (ask) => done(() => files.refuse(asker.admit(), ask)),
    // Uncounted: the window of a file bounds what comes of it.
    'file.data': (ask) => done(() => files.data(asker.known(), ask)),
    'file.ack': (ask) => done(() => files.ack(asker.known(), ask)),
  };
}
