/** What a test of the path found, as sentences. Pure. */
import type { TunnelStats } from '../net/tunnel/messages.ts';
import type { PathTest } from './settings-model.ts';

type PathLine = PathTest['lines'][number];

export interface PathFigures {
  /** Of the control connection, ms. */
  readonly roundTrips: readonly number[];
  readonly asked: number;
  /** Why the next one failed, or null. */
  readonly failure: string | null;
  readonly stats: TunnelStats | null;
}

/** Of a call, more than this is heard, ms: ITU-T G.114 wants 150 one way. */
const SLOW_MS = 300;
/** Loss from here on is heard in spite of redundancy's first step, as a share. */
const LOSSY = 0.05;

export function pathWords({ roundTrips, asked, failure, stats }: PathFigures): readonly PathLine[] {
  return [controlLine(roundTrips, asked, failure), ...(stats ? datagramLines(stats) : [])];
}

function controlLine(roundTrips: readonly number[], asked: number, failure: string | null): PathLine {
  const answered = `${roundTrips.length} of ${asked} answered`;
  if (failure !== null) return { text: `Control (SSH): ${answered}, then: ${failure}`, tone: 'bad' };
  const sorted = roundTrips.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const most = sorted.at(-1) ?? 0;
  return {
    text: `Control (SSH): ${ms(median)} there and back, ${ms(most)} at most, ${answered}`,
    tone: most > SLOW_MS ? 'warning' : 'good',
  };
}

function datagramLines({ carrierUp, carrierDown, carrierReason, ...stats }: TunnelStats): PathLine[] {
  const way = carrierUp === carrierDown ? carrierUp : `${carrierUp} up, ${carrierDown} down`;
  if (stats.silent) {
    return [{ text: `Voice (${way}): nothing answers, so voice does not get through`, tone: 'bad' }];
  }
  const { rttMs, lossUp, lossDown } = stats;
  const lossy = Math.max(lossUp ?? 0, lossDown ?? 0) >= LOSSY;
  const slow = (rttMs ?? 0) > SLOW_MS;
  return [
    {
      text: `Voice (${way}): ${rttMs === null ? 'no answer yet' : `${ms(rttMs)} there and back`}, lost ${share(lossUp)} up and ${share(lossDown)} down`,
      tone: lossy || slow ? 'warning' : 'good',
    },
    { text: `Why this way: ${carrierReason}; packets of up to ${stats.mtu} bytes pass`, tone: 'plain' },
    ...stats.carriers
      .filter(({ carrier }) => carrier !== carrierUp)
      .map(({ carrier, up, down, rttMs: other }): PathLine => {
        const answers = up && down;
        const figure = other === null ? '' : `, ${ms(other)}`;
        return {
          text: `In reserve, ${carrier}: ${answers ? `answers${figure}` : 'does not answer'}`,
          tone: 'plain',
        };
      }),
  ];
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

function share(loss: number | null): string {
  return loss === null ? '? %' : `${(loss * 100).toFixed(loss > 0 && loss < 0.1 ? 1 : 0)} %`;
}
