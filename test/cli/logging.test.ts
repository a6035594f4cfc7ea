/** Log lines: what reaches stderr, and a file that never outgrows its bound. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileLogger, stderrLogger, wantsColor } from '../../src/cli/logging.ts';

/** Any control character other than the line end, and the marks that turn text. */
const RAW = /[^\P{Cc}\n]|[\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

function lines(format: 'json' | 'pretty'): { log: ReturnType<typeof stderrLogger>; out: string[] } {
  const out: string[] = [];
  const log = stderrLogger({ level: 'info', format, color: false, sink: (line) => out.push(line) });
  return { log, out };
}

describe('stderrLogger()', () => {
  test('json', () => {
    const { log, out } = lines('json');
    log.info('member joined', { name: 'a\u001b[2J\u009b1m', room: undefined, members: 2 });
    log.debug('left out');
    expect(out).toHaveLength(1);
    expect(JSON.parse(out[0]!)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      msg: 'member joined',
      name: 'a\u001b[2J\u009b1m',
      members: 2,
    });
  });

  test('pretty', () => {
    const { log, out } = lines('pretty');
    log.warn('two\nlines', { name: 'ann', n: 1, nothing: undefined });
    expect(out[0]).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: two\\u000alines name="ann" n=1\n$/);
  });

  test('no text puts a control character or a second line on the terminal, and none is endless', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.nat(0xa0).map((n) => String.fromCharCode(n)) }),
    );
    for (const format of ['json', 'pretty'] as const) {
      fc.assert(
        fc.property(hostile, hostile, (text, field) => {
          const { log, out } = lines(format);
          log.error(text, { field });
          expect(out.join('')).not.toMatch(RAW);
          expect(out.join('').match(/\n/g)).toHaveLength(1);
        }),
      );
      const { log, out } = lines(format);
      log.error('x'.repeat(100_000), { field: '\u0001'.repeat(100_000) });
      expect(out.join('').length).toBeLessThan(20_000);
    }
  });

  test('colour only on a terminal that wants it', () => {
    expect(wantsColor({}, true)).toBe(true);
    expect(wantsColor({ NO_COLOR: '' }, true)).toBe(true);
    expect(wantsColor({ NO_COLOR: '1' }, true)).toBe(false);
    expect(wantsColor({ TERM: 'dumb' }, true)).toBe(false);
    expect(wantsColor({}, false)).toBe(false);
    const out: string[] = [];
    stderrLogger({ level: 'info', format: 'pretty', color: true, sink: (line) => out.push(line) }).info('x');
    expect(out[0]).toContain('\u001b[32mINFO');
  });
});

describe('fileLogger()', () => {
  const maxBytes = 1000;
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'voipterm-log-'));
    file = join(dir, 'state', 'voipterm.log');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const messages = (path: string): string[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).msg);

  test('makes a private file and keeps within twice its bound, newest lines last', () => {
    const log = fileLogger({ level: 'debug', file, maxBytes });
    for (let i = 0; i < 200; i++) {
      log.info(`line ${i}`, { filler: 'x'.repeat(i) });
      expect(statSync(file).size).toBeLessThanOrEqual(maxBytes);
    }
    expect(statSync(`${file}.1`).size).toBeLessThanOrEqual(maxBytes);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'state')).mode & 0o777).toBe(0o700);
    expect(messages(file).at(-1)).toBe('line 199');
    const kept = [...messages(`${file}.1`), ...messages(file)].map((text) => Number(text.slice(5)));
    expect(kept).toEqual(kept.map((_, at) => 200 - kept.length + at));
  });

  test('closes an existing file to others', () => {
    mkdirSync(join(dir, 'state'));
    writeFileSync(file, '');
    chmodSync(file, 0o644);
    fileLogger({ level: 'info', file, maxBytes }).info('x');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('lines that cannot be written are counted, and logging goes on', () => {
    writeFileSync(join(dir, 'state'), 'a file where the directory should be');
    const log = fileLogger({ level: 'info', file, maxBytes });
    log.info('lost');
    log.info('lost too');
    rmSync(join(dir, 'state'));
    log.info('found');
    expect(messages(file)).toEqual(['log lines were lost', 'found']);
    expect(readFileSync(file, 'utf8')).toContain('"lines":2');
  });

  test('leaves alone what is not a file', () => {
    mkdirSync(file, { recursive: true, mode: 0o755 });
    fileLogger({ level: 'info', file, maxBytes }).error('x');
    expect(statSync(file).isDirectory()).toBe(true);
    expect(existsSync(`${file}.1`)).toBe(false);
  });

  test('a line larger than the file may be is left out', () => {
    const log = fileLogger({ level: 'info', file, maxBytes: 300 });
    log.info('x'.repeat(500));
    expect(existsSync(file)).toBe(false);
    log.info('short');
    expect(messages(file)).toEqual(['log lines were lost', 'short']);
  });
});
