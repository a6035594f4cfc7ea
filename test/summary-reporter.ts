/** Ends a run with the tests that passed only when tried again, and one plain line, "N passed, N failed, N skipped", which any CI can read. */
import type { Reporter, TestModule } from 'vitest/node';

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    const flaky = modules.flatMap((module) =>
      [...module.children.allTests()].filter((test) => test.diagnostic()?.flaky),
    );
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      // A file that failed to load has no tests to count; it must not look like a success.
      if (module.state() === 'failed' && [...module.children.allTests()].every((t) => t.ok()))
        count.failed += 1;
    }
    for (const { fullName } of flaky) console.log(`passed at the second try: ${fullName}`);
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  }
}
