/** The tunnel's thread: the typed port in front of a Tunnel. It never writes to the terminal; lines go out as 'log'. */
import { parentPort } from 'node:worker_threads';
import { VoiptermError } from '../../errors.ts';
import { loggerFrom } from '../../log.ts';
import { servePort } from '../../port.ts';
import type { TunnelEvent, TunnelRequests } from './messages.ts';
import { Tunnel } from './tunnel.ts';

if (!parentPort) throw new VoiptermError('internal', 'tunnel/worker must be started as a worker thread');

const emit = servePort<TunnelRequests, TunnelEvent>(parentPort, {
  connect: (options) => void tunnel.connect(options),
  call: (call) => tunnel.call(call),
  notify: (notification) => void tunnel.notify(notification),
  voicePort: ({ port }) => void tunnel.setVoicePort(port),
  shellOpen: ({ columns, rows, port }) => tunnel.openShell(columns, rows, port),
  forwardAdd: (ask) => tunnel.forwards.add(ask),
  forwardRemove: ({ id }) => tunnel.forwards.remove(id),
  forwardList: () => tunnel.forwards.list(),
  disconnect: () => void tunnel.disconnect(),
});
const tunnel = new Tunnel(
  emit,
  loggerFrom((level, text, fields) => emit({ event: 'log', level, text, fields })),
);
emit({ event: 'ready' });
