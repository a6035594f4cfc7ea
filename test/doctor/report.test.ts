import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AREAS,
  areaOf,
  type Check,
  CHECKS,
  type CheckId,
  failure,
  ok,
  warning,
} from '../../src/doctor/check.ts';
import { documentOf, linesOf, verdictOn } from '../../src/doctor/report.ts';

const node = ok('machine.node', '26.0.0');
const mic = warning('sound.microphone', 'nobody hears you', 'connect one', { device: '' });
const name = failure('path.name', 'control.unreachable', 'no such host name', 'spell it well');
const key = failure('path.host-key', 'control.host-key-changed', 'it changed', 'ask the operator');

describe('the verdict', () => {
  test('is well when everything is', () => {
    expect(verdictOn([node], 'ann@host')).toEqual({
      status: 'ok',
      text: 'calls at ann@host work; all 1 checks are well',
      code: null,
    });
  });

  test('says that no station was tried', () => {
    expect(verdictOn([node], null).text).toMatch(/no station was tried/);
  });

  test('names warnings, and is no failure for them', () => {
    const verdict = verdictOn([node, mic], 'host');
    expect(verdict).toEqual({
      status: 'warning',
      text: 'calls at host work; a warning: microphone',
      code: null,
    });
  });

  test('is the first failure, and names all', () => {
    const verdict = verdictOn([node, mic, name, key], 'host');
    expect(verdict.status).toBe('failure');
    expect(verdict.code).toBe('control.unreachable');
    expect(verdict.text).toBe('2 of 4 checks failed: name, host key; a warning: microphone');
  });

  test('never says that calls work when a check failed', () => {
    const check = fc.constantFrom<Check>(node, mic, name, key);
    const property = fc.property(fc.array(check), fc.option(fc.string()), (checks, target) => {
      const verdict = verdictOn(checks, target);
      const failed = checks.some(({ status }) => status === 'failure');
      expect(verdict.status === 'failure').toBe(failed);
      expect(verdict.code !== null).toBe(failed);
    });
    fc.assert(property, { seed: 3 });
  });
});

test('the document has the same fields for every check', () => {
  const checks = [node, mic, key];
  const verdict = verdictOn(checks, 'host');
  const document = documentOf({ version: '1.2.3', target: 'host', checks, verdict, exitStatus: 4 });
  expect(document).toEqual({
    doctor: 1,
    version: '1.2.3',
    target: 'host',
    status: 'failure',
    verdict: verdict.text,
    exitStatus: 4,
    checks: [
      { id: 'machine.node', status: 'ok', text: '26.0.0', fix: null, code: null, facts: {} },
      {
        id: 'sound.microphone',
        status: 'warning',
        text: 'nobody hears you',
        fix: 'connect one',
        code: null,
        facts: { device: '' },
      },
      {
        id: 'path.host-key',
        status: 'failure',
        text: 'it changed',
        fix: 'ask the operator',
        code: 'control.host-key-changed',
        facts: {},
      },
    ],
  });
});

test('the table has a heading for each area, and what to do below each trouble', () => {
  const checks = [node, ok('machine.shell', 'there'), mic, name];
  const lines = checks.flatMap((check, i) => linesOf(check, checks[i - 1]));
  expect(lines).toEqual([
    'This machine',
    '  ok       Node            26.0.0',
    '  ok       shell tab       there',
    '',
    'Sound',
    '  warning  microphone      nobody hears you',
    '           to mend it      connect one',
    '',
    'The way to the station',
    '  FAILURE  name            no such host name',
    '           to mend it      spell it well',
  ]);
});

test('every check belongs to an area, and those of an area stand together', () => {
  const areas = (Object.keys(CHECKS) as CheckId[]).map(areaOf);
  expect(areas.filter((area, i) => area !== areas[i - 1])).toEqual(Object.keys(AREAS));
});

test('every check is explained, and no other', () => {
  const page = readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8');
  const explained = [...page.matchAll(/^\| `([a-z]+\.[a-z-]+)`/gm)].map(([, id]) => id);
  expect(explained).toEqual(Object.keys(CHECKS));
});
