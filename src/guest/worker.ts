/** The thread that draws for a station's guests: one visit each. Nothing of the station is in it but lines of the protocol. */
import { parentPort } from 'node:worker_threads';
import { loggerFrom } from '../log.ts';
import { servePort } from '../port.ts';
import type { GuestEvent, GuestRequests } from './messages.ts';
import { serve } from './serve.ts';
import { Visit } from './visit.ts';

if (!parentPort) throw new Error('this file is the entry of a worker thread');

/** How long a guest who has to go may still hear what was said before, ms. */
const LISTEN_MS = 20;

const visits = new Map<number, Visit>();
/** What a session tells its user is none of the station's log: only faults are. */
const log = loggerFrom((level, text, fields) => {
  if (level === 'warn' || level === 'error') post({ event: 'log', level, text, fields });
});

const post = servePort<GuestRequests, GuestEvent>(parentPort, {
  receive: ({ id, visitor, rules }) => {
    const visit = new Visit(
      visitor,
      rules,
      {
        output: (bytes) => post({ event: 'output', id, bytes }),
        errorOutput: (text) => post({ event: 'error-output', id, text }),
        line: (line) => post({ event: 'line', id, line }),
        rooms: (rooms) => {
          if (visitor.key !== undefined) post({ event: 'rooms', key: visitor.key, rooms });
        },
        ended: (status) => {
          visits.delete(id);
          post({ event: 'ended', id, status });
        },
      },
      log,
    );
    visits.set(id, visit);
    void visit.run(serve);
    return undefined;
  },
  typed: async ({ id, bytes }) => {
    const visit = visits.get(id);
    await (bytes ? visit?.typed(bytes) : visit?.typedAll());
    return undefined;
  },
  resized: async ({ id, size }) => {
    await visits.get(id)?.resized(size);
    return undefined;
  },
  signalled: ({ id, name }) => {
    visits.get(id)?.signalled(name);
    return undefined;
  },
  lines: (lines) => {
    for (const { line, to } of lines) for (const id of to) visits.get(id)?.line(line);
    return undefined;
  },
  taken: ({ id, bytes }) => {
    visits.get(id)?.taken(bytes);
    return undefined;
  },
  dismiss: async ({ id }) => {
    // Lines that came before are looked at over some turns of the loop; the last of them says why, as a rule.
    await new Promise((resolve) => setTimeout(resolve, LISTEN_MS));
    visits.get(id)?.dismiss();
    return undefined;
  },
  gone: ({ id }) => {
    visits.get(id)?.gone();
    return undefined;
  },
});

// Each screen listens to the end of the process, and there may be many.
process.setMaxListeners(0);
// What one screen throws where nobody catches it must not take the others along.
process.on('unhandledRejection', (error) =>
  log.error('something failed for a guest', { error: String(error) }),
);

post({ event: 'ready' });
