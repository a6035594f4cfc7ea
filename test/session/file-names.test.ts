/** Names that come from others: whatever they are, the file stays in its directory, is seen, and is no option. */
import { basename, join, resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberedName, safeFileName, sizeWords } from '../../src/session/file-names.ts';

test.each([
  ['report.pdf', 'report.pdf'],
  ['Grüße 👋.txt', 'Grüße 👋.txt'],
  ['../../etc/passwd', 'passwd'],
  ['..\\..\\boot.ini', 'boot.ini'],
  ['/etc/cron.d/x', 'x'],
  ['.bashrc', 'bashrc'],
  ['-rf', 'rf'],
  ['..', 'file'],
  ['', 'file'],
  ['con', '_con'],
  ['NUL.txt', '_NUL.txt'],
  ['a\u001b[2Jb\u0000', 'a_[2Jb_'],
  ['exe.\u202etxt', 'exe._txt'],
  ['a:b*c?"<>|', 'a_b_c_____'],
  ['trailing. . ', 'trailing'],
])('%j is kept as %j', (name, safe) => {
  expect(safeFileName(name)).toBe(safe);
});

test('no name leaves the directory, hides, or is too long', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ minLength: 300, maxLength: 400 })),
      (name) => {
        const safe = safeFileName(name);
        expect(resolve('/downloads', safe)).toBe(join('/downloads', safe));
        expect(basename(safe)).toBe(safe);
        expect(safe).not.toMatch(/^[.-]|[\p{Cc}\p{Cf}/\\]/u);
        expect(safe.length).toBeGreaterThan(0);
        expect(Buffer.byteLength(numberedName(safe, 999))).toBeLessThanOrEqual(255);
        expect(safeFileName(safe)).toBe(safe);
      },
    ),
    { seed: 91, numRuns: 2000 },
  );
});

test('a long name keeps its ending, and a number stands before it', () => {
  expect(safeFileName(`${'x'.repeat(400)}.tar.gz`)).toMatch(/^x{197}\.gz$/);
  expect(numberedName('report.pdf', 2)).toBe('report (2).pdf');
  expect(numberedName('Makefile', 1)).toBe('Makefile (1)');
});

test('sizes as a person reads them', () => {
  expect([0, 812, 1000, 2_100_000, 99_960, 1_500_000_000].map(sizeWords)).toEqual([
    '0 bytes',
    '812 bytes',
    '1.0 KB',
    '2.1 MB',
    '100 KB',
    '1.5 GB',
  ]);
});
