/**
 * Many members of one station in one process: crowd.ts HOST PORT COUNT ROOM_SIZE. Connects them all, says "ready"; each
 * line of stdin, "RATE SECONDS", has them post so many messages a second together, and is answered with what became of them.
 */
import { createInterface } from 'node:readline';
import { LineClient, makeKey } from './line-client.ts';

/** At once: a station takes only so many connections that have not proved a key. */
const CONNECTING = 16;
/** How often posts are sent, ms. */
const TICK_MS = 10;

const [host = '', port = '0', count = '0', roomSize = '1'] = process.argv.slice(2);
const clients: LineClient[] = [];
const roomOf = (index: number): string => `room${Math.floor(index / Number(roomSize))}`;
let notified = 0;

for (let done = 0; done < Number(count); done += CONNECTING) {
  const batch = Array.from({ length: Math.min(CONNECTING, Number(count) - done) }, async (_, offset) => {
    const index = done + offset;
    const client = await LineClient.connect({ host, port: Number(port) }, `crowd${index}`, makeKey());
    client.onMessage = () => {
      notified += 1;
    };
    await client.call('room.join', { room: roomOf(index) });
    return client;
  });
  clients.push(...(await Promise.all(batch)));
}
say({ event: 'ready' });

for await (const line of createInterface({ input: process.stdin })) {
  const [rate = 0, seconds = 0] = line.split(' ').map(Number);
  say(await run(rate, seconds));
}
for (const client of clients) client.close();
process.exit();

async function run(rate: number, seconds: number): Promise<object> {
  const delays: number[] = [];
  let refused = 0;
  notified = 0;
  const from = performance.now();
  let sent = 0;
  const total = rate * seconds;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - from) / 1000) * rate));
      while (sent < due) post(sent++);
      if (sent === total) clearInterval(timer);
    }, TICK_MS);
    function post(index: number): void {
      const which = index % clients.length;
      const at = performance.now();
      clients[which]?.post(roomOf(which), `message number ${index} of a busy day`, (error, answeredAt) => {
        if (error) refused += 1;
        else delays.push(answeredAt - at);
        if (delays.length + refused === total) resolve();
      });
    }
  });
  const tookS = (performance.now() - from) / 1000;
  return { sent, refused, tookS, notified, delays: quantiles(delays) };
}

function quantiles(values: number[]): { p50: number; p99: number } {
  const sorted = values.sort((a, b) => a - b);
  return { p50: sorted[sorted.length >> 1] ?? 0, p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0 };
}

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
