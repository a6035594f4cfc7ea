/** What a guest may do: every command is decided, and what is not is refused. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GUEST_RULES, guestRefusal } from '../../src/guest/allowed.ts';
import { guardedSession } from '../../src/guest/guarded-session.ts';
import type { Command } from '../../src/session/commands.ts';
import { emptyState } from '../fakes/fake-session.ts';

const CLIENT = 'voipterm ann@station.example:2222';
const SESSION = new URL('../../src/session/', import.meta.url);

/** Every kind that a type of a command names in the sources: `readonly do: 'post'`. */
function kindsInSources(): string[] {
  const kinds = new Set<string>();
  for (const file of readdirSync(SESSION)) {
    const code = readFileSync(new URL(file, SESSION), 'utf8');
    for (const [, union = ''] of code.matchAll(/\breadonly do:((?:\s*\|?\s*'[a-z-]+')+)/g))
      for (const [, kind = ''] of union.matchAll(/'([a-z-]+)'/g)) kinds.add(kind);
  }
  return [...kinds].sort();
}

const command = (kind: string): Command => ({ do: kind }) as unknown as Command;

test('every command that there is has been decided for guests', () => {
  const kinds = kindsInSources();
  expect(kinds.length).toBeGreaterThan(40);
  expect(kinds).toContain('post');
  const undecided = kinds.filter((kind) => !Object.hasOwn(GUEST_RULES, kind));
  // Add it to src/guest/allowed.ts: 'allowed' only if it touches nothing of the machine that the session runs on.
  expect(undecided).toEqual([]);
});

/** Files of session and interface that use the machine, and how a guest is kept from them. */
const MACHINE: Readonly<Record<string, string>> = {
  'session/file-reading.ts': 'reads files for file-send',
  'session/file-writing.ts':
    'writes files for file-accept; what is offered to a guest is refused (maxBytes 0)',
  'session/files.ts': 'names directories for these',
  'session/keeping.ts': 'names directories for record',
  'session/shell-local.ts': 'starts programs for shell-open',
  'session/shell-record.ts': 'writes files for shell-record',
  'ui/run.tsx': 'tells React which build to be',
  'ui/terminal.ts': 'writes to the descriptor of its own output, of which a guest has none',
};

test('nothing else of a session or its interface uses files, programs, sockets or the environment', () => {
  const source = new URL('../../src/', import.meta.url);
  const using = ['session', 'ui', 'ui/panes', 'ui/plain'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, source))
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => `${folder}/${file}`)
      .filter((path) =>
        /'node:(?:fs|child_process|os|net|dgram|tls|http|https|vm)|node-pty|process\.(?:env|kill|chdir|stdin|stdout)/.test(
          readFileSync(new URL(path, source), 'utf8').replaceAll(
            /import type .*|\/\*[\s\S]*?\*\/|\/\/.*/g,
            '',
          ),
        ),
      ),
  );
  expect(using.sort()).toEqual(Object.keys(MACHINE).sort());
});

test('what touches the machine that it runs on is refused', () => {
  const dangerous = Object.keys(GUEST_RULES).filter((kind) =>
    /^(?:record|keep|replay|forward|unforward|setting|shell|sound|device|talk|push|mute|deafen|loopback|volume|send|file|path|reconnect|theme|hook|edit-)/.test(
      kind,
    ),
  );
  expect(dangerous.length).toBeGreaterThan(15);
  for (const kind of dangerous) expect([kind, GUEST_RULES[kind]]).not.toEqual([kind, 'allowed']);
});

test('what is not in the table is refused, whatever it is called', () => {
  const names = fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', ''),
  );
  fc.assert(
    fc.property(names, (kind) => {
      fc.pre(!Object.hasOwn(GUEST_RULES, kind));
      expect(guestRefusal(command(kind), CLIENT)).toContain(CLIENT);
    }),
    { seed: 5 },
  );
});

test('a refused command never reaches the session; the guest reads a sentence instead', () => {
  for (const [kind, rule] of Object.entries(GUEST_RULES)) {
    const commands: Command[] = [];
    const session = {
      state: emptyState(),
      subscribe: () => () => undefined,
      levels: { get: () => ({ mic: 127, speaker: 127 }), subscribe: () => () => undefined },
      do: (one: Command) => void commands.push(one),
    };
    guardedSession(session, CLIENT).do(command(kind));
    const done = commands.map((one) => one.do);
    if (rule === 'allowed') {
      expect(done).toEqual([kind]);
      continue;
    }
    expect([kind, done.filter((one) => one !== 'notice')]).toEqual([kind, []]);
    for (const one of commands)
      expect(one).toMatchObject({
        text: expect.stringMatching(/^\S.* needs voipterm on your own machine: /),
      });
  }
});
