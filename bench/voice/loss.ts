/** Loss on the talker's way to the station: how much is still heard from real data, how late, and what it costs. */
import { printTable } from '../tunnel/table.ts';
import { type BadNetwork, type Calls, pause, SAMPLES, type Sample } from './call.ts';
import type { Choices } from './choices.ts';
import { delays, pathsOf, percent, quantile, realShare, tenths, within } from '../../test/e2e/frame-paths.ts';

const LOSSES = [10, 20, 30, 40, 50, 60] as const;
/** Shares of frames from real data that were set as goals. */
const GOALS = {
  random: { 10: 0.999, 20: 0.995, 30: 0.99, 40: 0.98, 50: 0.96, 60: 0.92 },
  bursts: { 10: 0.98, 20: 0.97, 30: 0.96, 40: 0.94, 50: 0.92, 60: 0.9 },
} as const;
type Kind = keyof typeof GOALS;
/** Until the listener's reports have told the talker, ms. */
const ADAPTATION_MS = 8000;
const SECONDS = 60;
/** Of an IPv4 and UDP header. */
const HEADER_BYTES = 28;

/** One call; the loss begins a second after the talker does. */
async function measure(
  calls: Calls,
  network: BadNetwork,
  name: { sample: Sample; kind: Kind; loss: number },
  seconds: number,
): Promise<string[]> {
  const { sample, kind, loss } = name;
  const room = `${kind}-${loss}-${sample}`;
  const { path } = await calls.spoken(sample, seconds);
  await network.change({ up: '' });
  const listener = await calls.caller(`ear-${room}`, { room, input: 'silence' });
  const talker = await calls.caller(`mouth-${room}`, { room, host: network.host, input: path });
  await pause(1000);
  await network.change({ up: `loss=${loss}%${kind === 'bursts' ? ' burst=4' : ''}` });
  await pause(ADAPTATION_MS);
  const begin = { at: performance.now(), ...(await network.up()) };
  await pause((seconds - 10) * 1000 - ADAPTATION_MS);
  const end = { at: performance.now(), ...(await network.up()) };
  const said = await talker.report(40_000);
  await pause(500);
  await listener.hangUp();
  const paths = within(pathsOf(talker.trace, listener.trace), 1000 + ADAPTATION_MS);
  const bytes = end.receivedBytes - begin.receivedBytes + HEADER_BYTES * (end.received - begin.received);
  const kilobits = (8 * bytes) / (end.at - begin.at);
  const share = realShare(paths);
  const goal = GOALS[kind][loss as keyof (typeof GOALS)[Kind]];
  const late = delays(paths);
  return [
    `${loss} %`,
    sample,
    percent(share),
    goal === undefined ? '-' : `${percent(goal)}${share >= goal ? '' : ' missed'}`,
    tenths(quantile(late, 0.5)),
    tenths(quantile(late, 0.99)),
    kilobits.toFixed(0),
    said.carrierUp,
  ];
}

async function table(
  calls: Calls,
  kind: Kind,
  title: string,
  { seconds = SECONDS, losses = LOSSES }: Choices,
) {
  const rows: string[][] = [];
  for (const loss of losses) {
    const both = SAMPLES.map(async (sample, i) => {
      const network = await calls.network(nextHost++, 7 + 4 * i);
      return measure(calls, network, { sample, kind, loss }, seconds);
    });
    rows.push(...(await Promise.all(both)));
  }
  printTable(
    `${title}; calls of ${seconds} s, the first ${ADAPTATION_MS / 1000} s of loss left out; mouth to ear in ms`,
    ['loss', 'sample', 'real data', 'goal', 'p50', 'p99', 'kbit/s up', 'carrier'],
    rows,
  );
}

/** Each call has a network of its own, on a loopback address of its own. */
let nextHost = 2;

export function loss(calls: Calls, choices: Choices): Promise<void> {
  return table(calls, 'random', 'Random loss', choices);
}

export function bursts(calls: Calls, choices: Choices): Promise<void> {
  return table(calls, 'bursts', 'Loss in bursts of 4 packets on average', choices);
}
