/** `voipterm lab proxy`: a bad network to try programs on, changed while it runs by JSON lines on stdin. */
import { z } from 'zod';
import { toWireError, VoiptermError } from '../errors.ts';
import { DEFAULT_SEED, ImpairmentProxy } from '../lab/proxy.ts';
import { LineDecoder } from '../net/control/lines.ts';
import { type Listen, parseListen } from '../net/control/target.ts';
import { toJsonLine } from './json-line.ts';
import { printLine } from './output.ts';
import { onStopSignal } from './signals.ts';

export interface LabProxyOptions {
  readonly listen: string;
  readonly target: string;
  readonly udp?: boolean;
  readonly tcp?: boolean;
  readonly both?: boolean;
  readonly seed?: number;
  readonly up?: string;
  readonly down?: string;
}

/** The longest command on stdin. */
const MAX_LINE_BYTES = 4096;

/** A line on stdin. Impairments themselves are judged by the proxy. */
const commandSchema = z
  .strictObject({ up: z.string(), down: z.string(), stats: z.literal(true) })
  .partial()
  .refine((command) => Object.keys(command).length > 0);

export async function labProxy(options: LabProxyOptions): Promise<void> {
  const target = parseListen(options.target);
  if (target.port === 0)
    throw new VoiptermError(
      'usage.invalid',
      '--target needs the port that the proxy leads to, from 1 to 65535',
    );
  const stop = onStopSignal();
  const proxy = await ImpairmentProxy.start({
    ...choices(options),
    listen: parseListen(options.listen),
    target,
    seed: options.seed ?? DEFAULT_SEED,
    up: options.up ?? '',
    down: options.down ?? '',
  });
  try {
    await printLine(toJsonLine({ event: 'listening', ...whereItListens(proxy, options) }));
    obeyLines(proxy);
    await stop.requested;
    await printLine(toJsonLine({ event: 'stopped', ...proxy.stats() }));
  } finally {
    stop.dispose();
    await proxy.close();
  }
}

/** Without a choice, and with both, everything is carried. */
function choices({ udp = false, tcp = false, both = false }: LabProxyOptions): {
  udp: boolean;
  tcp: boolean;
} {
  const all = both || udp === tcp;
  return { udp: udp || all, tcp: tcp || all };
}

function whereItListens(
  { address: { host, port }, seed, impairments }: ImpairmentProxy,
  options: LabProxyOptions,
): Listen & { udpPort: number | null; seed: number; up: string; down: string } {
  return { host, port, udpPort: choices(options).udp ? port : null, seed, ...impairments };
}

/** Answers every line of stdin with one on stdout. Its end changes nothing: what started it may be gone. */
function obeyLines(proxy: ImpairmentProxy): void {
  const decoder = new LineDecoder(MAX_LINE_BYTES);
  let answered = Promise.resolve();
  const answer = (value: object): void => {
    answered = answered.then(() => printLine(toJsonLine(value))).catch(() => undefined); // nobody reads: go on
  };
  process.stdin.on('error', () => undefined); // as its end
  process.stdin.on('data', (chunk: Buffer) => {
    const { lines, overflow } = decoder.push(chunk);
    for (const line of lines) if (line.trim() !== '') answer(obey(proxy, line));
    if (!overflow) return;
    answer({ event: 'error', message: `a line has at most ${MAX_LINE_BYTES} bytes; no further one is read` });
    process.stdin.pause();
    process.stdin.removeAllListeners('data');
  });
}

function obey(proxy: ImpairmentProxy, line: string): object {
  const command = commandSchema.safeParse(parsedJson(line));
  if (!command.success) {
    const message = 'a line is JSON such as {"up":"loss=5% delay=10ms"}, {"down":"block"} or {"stats":true}';
    return { event: 'error', message };
  }
  const { up, down, stats } = command.data;
  try {
    proxy.change({ up, down });
  } catch (error) {
    return { event: 'error', message: toWireError(error).message };
  }
  if (stats) return { event: 'stats', ...proxy.impairments, ...proxy.stats() };
  return { event: 'changed', ...proxy.impairments };
}

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
