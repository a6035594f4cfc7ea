/** The verdict on all checks, and the report as text and as data. Pure. */
import type { ErrorCode } from '../errors.ts';
import { AREAS, areaOf, type Check, CHECKS, type CheckId, type Facts, type Status } from './check.ts';

/** Grows when a name or a meaning in the document changes; new names alone do not count. */
const REPORT_VERSION = 1;

export interface Verdict {
  readonly status: Status;
  readonly text: string;
  /** Why it is a failure: the first check's that failed. */
  readonly code: ErrorCode | null;
}

/** @param target what was tried, or null if no station was. */
export function verdictOn(checks: readonly Check[], target: string | null): Verdict {
  const failures = checks.filter((check) => check.status === 'failure');
  const warnings = checks.filter((check) => check.status === 'warning');
  const [first] = failures;
  if (first) {
    const what = `${failures.length} of ${checks.length} checks failed: ${names(failures)}`;
    return { status: 'failure', text: `${what}${besides(warnings)}`, code: first.code };
  }
  const works =
    target === null ? 'this machine is fit for calls; no station was tried' : `calls at ${target} work`;
  if (warnings.length > 0) return { status: 'warning', text: `${works}${besides(warnings)}`, code: null };
  return { status: 'ok', text: `${works}; all ${checks.length} checks are well`, code: null };
}

function besides(warnings: readonly Check[]): string {
  if (warnings.length === 0) return '';
  const count = warnings.length === 1 ? 'a warning' : `${warnings.length} warnings`;
  return `; ${count}: ${names(warnings)}`;
}

function names(checks: readonly Check[]): string {
  return checks.map(({ id }) => CHECKS[id]).join(', ');
}

/** What --json prints: one of these. */
export interface ReportDocument {
  readonly doctor: number;
  readonly version: string;
  readonly target: string | null;
  readonly status: Status;
  readonly verdict: string;
  readonly exitStatus: number;
  readonly checks: readonly {
    readonly id: CheckId;
    readonly status: Status;
    readonly text: string;
    readonly fix: string | null;
    readonly code: ErrorCode | null;
    readonly facts: Facts;
  }[];
}

export interface ReportInput {
  /** The program's own. */
  readonly version: string;
  readonly target: string | null;
  readonly checks: readonly Check[];
  readonly verdict: Verdict;
  readonly exitStatus: number;
}

export function documentOf({ version, target, checks, verdict, exitStatus }: ReportInput): ReportDocument {
  return {
    doctor: REPORT_VERSION,
    version,
    target,
    status: verdict.status,
    verdict: verdict.text,
    exitStatus,
    checks: checks.map((check) => ({
      id: check.id,
      status: check.status,
      text: check.text,
      fix: check.status === 'ok' ? null : check.fix,
      code: check.status === 'failure' ? check.code : null,
      facts: check.facts,
    })),
  };
}

const MARKS: { readonly [S in Status]: string } = { ok: 'ok', warning: 'warning', failure: 'FAILURE' };
const MARK_COLUMNS = 9;
const NAME_COLUMNS = Math.max(...Object.values(CHECKS).map((name) => name.length)) + 2;

/** A check as lines of the table, its area's heading before the first of an area. `before` is the check above it. */
export function linesOf(check: Check, before: Check | undefined): string[] {
  const area = areaOf(check.id);
  const name = before?.id === check.id ? '' : CHECKS[check.id];
  const indent = ' '.repeat(2 + MARK_COLUMNS);
  const lines = [`  ${MARKS[check.status].padEnd(MARK_COLUMNS)}${name.padEnd(NAME_COLUMNS)}${check.text}`];
  if (check.status !== 'ok') lines.push(`${indent}${'to mend it'.padEnd(NAME_COLUMNS)}${check.fix}`);
  if (before && areaOf(before.id) === area) return lines;
  return [...(before ? [''] : []), AREAS[area], ...lines];
}
