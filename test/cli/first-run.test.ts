/** The questions of the first start. */
import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline/promises';
import { expect, test } from 'vitest';
import { type Answers, ask, welcome } from '../../src/cli/first-run.ts';
import { firstKeys } from '../../src/ui/hint-words.ts';
import { bindingsFor } from '../fakes/bindings.ts';
import { emptyState, FakeSession, room } from '../fakes/fake-session.ts';

/** Answers each question with the next of the lines, and ends the input after the last. */
async function answered(
  ...given: readonly string[]
): Promise<{ answers: Answers | undefined; said: string }> {
  const input = new PassThrough();
  const output = new PassThrough();
  const left = [...given];
  let said = '';
  output.on('data', (chunk: Buffer) => {
    said += chunk;
    if (!String(chunk).endsWith(']: ')) return;
    const next = left.shift();
    if (next === undefined) input.end();
    else input.write(`${next}\n`);
  });
  const lines = createInterface({ input, output });
  const answers = await ask(lines, (line) => output.write(`${line}\n`), {
    name: 'root',
    testSound: async () => ['Microphone: works.', 'Speaker: works.'],
  });
  lines.close();
  return { answers, said };
}

test('Enter takes the defaults, and the sound is tried', async () => {
  const { answers, said } = await answered('', '', '');
  expect(answers).toEqual({ name: 'root', target: undefined });
  expect(said).toContain('Three questions');
  expect(said).toContain('Microphone: works.');
  expect(said.match(/\d\. [A-Z]/g)).toHaveLength(3);
});

test('what is answered counts', async () => {
  const { answers, said } = await answered('ada', 'host.example:2022/dev', 'n');
  expect(answers).toEqual({ name: 'ada', target: 'host.example:2022/dev' });
  expect(said).not.toContain('works');
});

test('an invitation is pasted whole', async () => {
  const line = `voipterm://host:2222/lobby?key=${'A'.repeat(43)}#${'b'.repeat(24)}`;
  expect((await answered('', line, 'no')).answers?.target).toBe(line);
});

test('what makes no sense is asked again, and at last the default is taken', async () => {
  const { answers, said } = await answered('a b', 'ada', 'host:99999', 'http://x', '', 'n');
  expect(answers).toEqual({ name: 'ada', target: undefined });
  expect(said).toContain('A name has 1 to 32 letters');
  expect(said).toContain('voipterm://');
  const stubborn = await answered('?', '?', '?', '?', '?', '', 'n');
  expect(stubborn.answers?.name).toBe('root');
});

test('whoever leaves in between has answered nothing', async () => {
  expect((await answered('ada')).answers).toBeUndefined();
  expect((await answered()).answers).toBeUndefined();
});

test('the keys to know are told once there is a room', () => {
  const bindings = bindingsFor('f8', { complete: ['ctrl+t'], quit: [] });
  const session = new FakeSession(emptyState());
  welcome(session, bindings);
  expect(session.commands).toEqual([]);
  session.set({ rooms: [room('lobby', [], [])], current: 'lobby' });
  session.set({ target: 'x' });
  expect(session.commands).toEqual([{ do: 'notice', text: firstKeys(bindings) }]);
  expect(firstKeys(bindings)).toBe(
    'Welcome! Write and press Enter. The keys to know: Space or F8 talks; Ctrl+T completes names and commands; Alt+Down shows the next room; F4 lists all keys and commands.',
  );
});
