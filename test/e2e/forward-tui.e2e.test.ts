/** Forwards beside the interface: by options from the start, by /forward while it runs, and what is said of them. */
import { afterEach, beforeEach, expect } from 'vitest';
import { eventually, Sockets } from '../net/forward/sockets.ts';
import { leave, until } from './screens.ts';
import { test } from './screens-test.ts';

let sockets: Sockets;
beforeEach(() => {
  sockets = new Sockets();
});
afterEach(() => sockets.close());

test('-L from the start, /forward while it runs', { timeout: 60_000 }, async ({ place, screens }) => {
  const udp = await sockets.udpEcho();
  const station = await place.serve({ more: ['--allow-forward', '127.0.0.1:*/udp'] });
  const taken = await sockets.tcp(() => undefined);
  const ann = await screens.open(
    'ann',
    ['-L', `0:127.0.0.1:${udp.port}/udp`, '-D', `${taken}`, station.target('ann')],
    { columns: 240, rows: 40 },
  );
  await until(ann, 'online', 'listening on port', `cannot listen on localhost:${taken}`);
  const port = Number(/listening on port (\d+)/.exec(ann.lines.join('\n'))?.[1]);
  const end = await sockets.udp();
  end.send('through the interface', port);
  await eventually('the echo', () => end.heard.length === 1);
  ann.send('/forward -L 0:10.1.2.3:53/udp\r');
  await until(ann, /failed: .*10\.1\.2\.3:53\/udp/);
  ann.send('/forward add -D 0\r');
  await until(ann, /\(-D 0\): listening on port \d+/);
  ann.send('/forward list\r');
  await until(ann, /1 +-L 0:127\.0\.0\.1:\d+\/udp +listening on port/, '1 of 1 flows open');
  ann.send('/forward remove 1\r');
  await until(ann, /forward 1 is removed/i);
  end.send('too late', port);
  ann.send('/forward remove 1\r');
  await until(ann, /there is no forward 1/i);
  expect(end.heard).toEqual(['through the interface']);
  await leave(ann);
});
