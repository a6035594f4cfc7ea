/** What `ssh host COMMAND` asks for. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VoiptermError } from '../../src/errors.ts';
import { parseGuestCommand } from '../../src/guest/command-line.ts';

test.each([
  [null, { run: 'chat', room: null }],
  ['', { run: 'chat', room: null }],
  ['  ', { run: 'chat', room: null }],
  ['chat #Dev', { run: 'chat', room: 'dev' }],
  ['chat @Bob', { run: 'chat', room: '@Bob' }],
  ['plain', { run: 'plain', room: null }],
  ['tail', { run: 'tail', room: null, follow: false, json: false, count: 10 }],
  ['tail -f -n 3 --json dev', { run: 'tail', room: 'dev', follow: true, json: true, count: 3 }],
  ['tail -n0 @bob', { run: 'tail', room: '@bob', follow: false, json: false, count: 0 }],
  ['say lobby hello there', { run: 'say', room: 'lobby', text: 'hello there' }],
  ['say #Lobby   two  spaces ', { run: 'say', room: 'lobby', text: '  two  spaces ' }],
  ['say lobby "$HOME" `ls`; rm -rf /', { run: 'say', room: 'lobby', text: '"$HOME" `ls`; rm -rf /' }],
  ['say lobby one\ntwo', { run: 'say', room: 'lobby', text: 'one\ntwo' }],
  ['say lobby', { run: 'say', room: 'lobby', text: null }],
  ['help', { run: 'help' }],
  ['--help', { run: 'help' }],
])('%j', (line, command) => {
  expect(parseGuestCommand(line)).toEqual(command);
});

test.each([
  'ls',
  'sh -c ls',
  'say',
  'say no/room x',
  'tail a b',
  'tail -x',
  'tail -n',
  'tail -n -1',
  'tail -n 9999999999',
  'chat a b',
  'scp -t /',
  '/usr/lib/sftp-server',
])('%j is refused', (line) => {
  expect(() => parseGuestCommand(line)).toThrow(
    expect.objectContaining({ code: 'usage.invalid', message: expect.stringMatching(/^.+[.?@]/) }),
  );
});

test('anything else is one of these or refused in one sentence', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((rest) => `tail ${rest}`),
        fc.string().map((rest) => `say ${rest}`),
      ),
      (line) => {
        try {
          expect(parseGuestCommand(line).run).toMatch(/^(chat|plain|tail|say|help)$/);
        } catch (error) {
          expect(error).toBeInstanceOf(VoiptermError);
          expect((error as Error).message.length).toBeLessThan(200);
        }
      },
    ),
    { seed: 5 },
  );
});
