/** Counters of a forward that has carried nothing: each driver fills in what it knows. Pure. */
import type { ForwardCounters } from './state.ts';

export const NO_COUNTS: ForwardCounters = {
  open: 0,
  opened: 0,
  expired: 0,
  evicted: 0,
  datagramsUp: 0,
  datagramsDown: 0,
  bytesUp: 0,
  bytesDown: 0,
  tooLarge: 0,
  dropped: 0,
  unreachable: 0,
};
