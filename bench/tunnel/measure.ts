/** One measurement at a time over a way: a burst, a round trip, a steady rate. All in ms and datagrams. */
import { readFileSync } from 'node:fs';
import type { Program, TwoHosts } from './hosts.ts';
import { LOAD } from './ours.ts';
import type { Way } from './references.ts';

/** Where sink and echo listen on the far host. */
export const FAR_PORT = 7000;
/** After the last datagram: what stands in queues comes out, or never does. */
const SETTLE_MS = 700;

export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}
export interface Report {
  readonly received: number;
  readonly unexpected: number;
  readonly seconds: number;
  readonly delayMs: Quantiles;
}
export interface Sent {
  readonly sent: number;
  readonly seconds: number;
}
export interface Pinged {
  readonly sent: number;
  readonly received: number;
  readonly rttMs: Quantiles;
}

/** Runs `work` with a far listener of that role. */
export async function withFar<T>(
  hosts: TwoHosts,
  role: 'sink' | 'echo',
  address: string,
  work: (far: Program) => Promise<T>,
): Promise<T> {
  const far = hosts.start('far', process.execPath, [LOAD, role, address, `${FAR_PORT}`]);
  try {
    await far.json();
    return await work(far);
  } finally {
    await far.stop();
  }
}

/** Sends `count` datagrams of `bytes` at `perSecond` (0: flat out) and says what came out at the far end. */
export async function sendThrough(
  hosts: TwoHosts,
  way: Way,
  sink: Program,
  { count, bytes, perSecond }: { count: number; bytes: number; perSecond: number },
): Promise<Sent & Report> {
  const { address, port } = way.target(FAR_PORT);
  const numbers = [count, bytes, perSecond].map(String);
  const sender = hosts.start('near', process.execPath, [LOAD, 'send', address, `${port}`, ...numbers]);
  const sent = await sender.json<Sent>(60_000);
  await sender.stop();
  await settle();
  const report = await sink.ask<Report>();
  return { ...report, ...sent };
}

/** One datagram at a time to the far echo and back. */
export async function pingThrough(
  hosts: TwoHosts,
  way: Way,
  { count, bytes, perSecond }: { count: number; bytes: number; perSecond: number },
): Promise<Pinged> {
  const { address, port } = way.target(FAR_PORT);
  const numbers = [count, bytes, perSecond].map(String);
  const pinger = hosts.start('near', process.execPath, [LOAD, 'ping', address, `${port}`, ...numbers]);
  const pinged = await pinger.json<Pinged>(60_000 + (count * 1000) / perSecond);
  await pinger.stop();
  return pinged;
}

/** CPU time that a process and its threads have used, user and system, us. (/proc counts in ticks of 10 ms.) */
export function cpuUs({ pid }: Program): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Resident memory of a process, MB. */
export function residentMb({ pid }: Program): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return (pages * 4096) / 1e6;
}

export function settle(ms = SETTLE_MS): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}
