/** Delay and received share of a voice-like stream over a lossy network, on UDP and inside TCP. */
import { ADDRESS, type TwoHosts } from './hosts.ts';
import { FAR_PORT, sendThrough, withFar } from './measure.ts';
import { PROGRAM, voipterm } from './ours.ts';
import { ms, printTable } from './table.ts';

/** Percent of the packets from client to station. */
const LOSSES = [0, 10, 20, 30, 40, 50, 60] as const;
/** 20 ms frames for ten seconds. */
const VOICE = { count: 500, bytes: 160, perSecond: 50 };
/** A path to somewhere, so that what a retransmission costs is in proportion: ms each way. */
const DELAY_MS = 20;
/** The station's port, which the impairment proxy takes on the near host. */
const PORT = 2222;
/** What the 2014 thesis measured, for its own carrier. */
const THESIS = new Map([
  [0, '83 ms'],
  [60, '124 ms, 0.39'],
]);

/** One row: the share that came and its delay beyond the network's own. */
async function through(
  hosts: TwoHosts,
  directory: string,
  carrier: 'udp' | 'stream',
  loss: number,
): Promise<string[]> {
  const impair = `loss=${loss}% delay=${DELAY_MS}ms`;
  const sockets = carrier === 'udp' ? '--both' : '--tcp';
  const ends = ['--listen', `127.0.0.1:${PORT}`, '--target', `${ADDRESS.far}:${PORT}`];
  // UDP's handshake goes over a clean path: what is measured is the datagrams' way, not how long SSH takes to stand.
  const proxy = hosts.start('near', process.execPath, [
    PROGRAM,
    'lab',
    'proxy',
    ...ends,
    sockets,
    '--seed',
    '7',
  ]);
  try {
    await proxy.json();
    const way = await voipterm(hosts, directory, FAR_PORT, `bench@127.0.0.1:${PORT}`);
    try {
      return await withFar(hosts, 'sink', way.far, async (sink) => {
        if (carrier === 'stream') await new Promise((resolve) => setTimeout(resolve, 5000)); // UDP is given up
        await proxy.ask(JSON.stringify({ up: impair, down: `delay=${DELAY_MS}ms` }));
        await sendThrough(hosts, way, sink, { ...VOICE, count: 100 });
        const { sent, received, delayMs } = await sendThrough(hosts, way, sink, VOICE);
        return [(received / sent).toFixed(2), ms(delayMs.p50), ms(delayMs.p95)];
      });
    } finally {
      await way.stop();
    }
  } finally {
    await proxy.stop();
  }
}

export async function loss(hosts: TwoHosts, directory: string): Promise<void> {
  const rows: string[][] = [];
  for (const percent of LOSSES) {
    const udp = await through(hosts, directory, 'udp', percent);
    const stream = await through(hosts, directory, 'stream', percent);
    rows.push([`${percent} %`, ...udp, ...stream, THESIS.get(percent) ?? '']);
  }
  printTable(
    `Loss from client to station, ${DELAY_MS} ms away: received share and one-way delay of ${VOICE.bytes} bytes every 20 ms`,
    ['loss', 'udp share', 'p50 ms', 'p95', 'stream share', 'p50 ms', 'p95', 'thesis'],
    rows,
  );
}
