/**
 * The order of the test files: those that take seconds first, so that none of them is left over for the end, when
 * nothing runs beside it. What remains, hundreds of quick tests, fills the gaps.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that wait for the clock longest, the longest first; by their paths' ends. */
const LONGEST = [
  'e2e/doctor.e2e.test.ts',
  'e2e/replays.e2e.test.ts',
  'net/tunnel/datagrams.test.ts',
  'e2e/call.e2e.test.ts',
  'e2e/durability.e2e.test.ts',
  'e2e/broken-tcp.e2e.test.ts',
  'net/tunnel/resume.test.ts',
];
/** Directories whose tests start processes, stations or connections. */
const SLOW = /\/test\/(?:e2e|station|net\/tunnel|lab|ui)\//;

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex((end) => moduleId.endsWith(end));
  if (at >= 0) return at;
  if (moduleId.includes('/test/e2e/')) return LONGEST.length;
  return SLOW.test(moduleId) ? LONGEST.length + 1 : LONGEST.length + 2;
}
