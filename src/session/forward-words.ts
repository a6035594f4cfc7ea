/** Forwards in words, for notices and for the command line. Pure. */
import { formatForward } from '../net/forward/spec.ts';
import type { ForwardCounters, ForwardView } from '../net/forward/state.ts';

/** As the user asked for it: "-L 5300:10.0.0.2:53/udp". */
export function forwardName({ spec }: Pick<ForwardView, 'spec'>): string {
  return `${spec.option} ${formatForward(spec)}`;
}

/** What became of it: "listening on port 5300 of this machine". */
export function forwardStatus({ spec, state }: ForwardView): string {
  if (state.at !== 'active') return `${state.at}: ${state.reason.replace(/\.$/, '')}`;
  return `listening on port ${state.port} of ${spec.option === '-R' ? 'the station' : 'this machine'}`;
}

/** What it carried, one line; what never happened is left out. */
export function forwardTraffic({ spec, counters }: Pick<ForwardView, 'spec' | 'counters'>): string {
  const what = spec.protocol === 'udp' ? 'flows' : 'connections';
  const { datagramsUp, datagramsDown, bytesUp, bytesDown } = counters;
  const datagrams =
    datagramsUp + datagramsDown > 0 ? [`${datagramsUp} datagrams up, ${datagramsDown} down`] : [];
  return [
    `${counters.open} of ${counters.opened} ${what} open`,
    ...datagrams,
    `${bytesUp} bytes up, ${bytesDown} down`,
    ...TROUBLES.flatMap(([key, word]) => (counters[key] > 0 ? [`${counters[key]} ${word}`] : [])),
  ].join(', ');
}

const TROUBLES: readonly (readonly [keyof ForwardCounters, string])[] = [
  ['dropped', 'dropped'],
  ['tooLarge', 'too large'],
  ['unreachable', 'not reached'],
  ['evicted', 'evicted'],
];
