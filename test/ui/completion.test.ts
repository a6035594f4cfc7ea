/** What Tab offers. '|' is the cursor. */
import { beforeAll, describe, expect, test } from 'vitest';
import { argumentsOf } from '../../src/ui/command-arguments.ts';
import { COMMAND_TABLE } from '../../src/ui/commands.ts';
import { type CompletionSources, choicesFor, complete, cycled } from '../../src/ui/completion.ts';
import { emojiLike, emojiNamed, loadEmoji, withEmoji } from '../../src/ui/emoji.ts';

beforeAll(loadEmoji);

const SOURCES: CompletionSources = {
  commands: [
    { name: 'join', usage: 'ROOM' },
    { name: 'jump', usage: '' },
    { name: 'mute', usage: '[@NAME]' },
    { name: 'set', usage: 'KEY VALUE' },
    { name: 'send', usage: 'PATH [@member]' },
    { name: 'record', usage: '[wav|ogg] [DIR], stop' },
    { name: 'theme', usage: 'THEME' },
  ],
  members: ['grace', 'linus', 'margaret.hamilton', 'Grover'],
  rooms: ['lobby', 'music'],
  settings: ['ui.theme', 'ui.mouse', 'audio.input'],
  themes: ['dark', 'light'],
  paths: (begin) => ['notes/', 'notes.txt'].filter((path) => path.startsWith(begin)),
  emoji: (part) => emojiLike(part, 20),
};

const at = (shown: string) => ({ text: shown.replace('|', ''), cursor: shown.indexOf('|') });
const offered = (shown: string): string[] =>
  choicesFor(at(shown), SOURCES).candidates.map(({ text }) => text);
function tab(shown: string): string | undefined {
  const done = complete(at(shown), SOURCES);
  return done && `${done.line.text.slice(0, done.line.cursor)}|${done.line.text.slice(done.line.cursor)}`;
}

describe('what is offered', () => {
  test.each([
    ['/jo|', ['/join']],
    ['/j|', ['/join', '/jump']],
    ['gr|', ['grace', 'Grover']],
    ['GR|', ['grace', 'Grover']],
    ['ask @li|', ['@linus']],
    ['see #|', ['#lobby', '#music']],
    ['/join |', ['lobby', 'music']],
    ['/join #mu|', ['#music']],
    ['/mute |', ['@grace', '@linus', '@margaret.hamilton', '@Grover']],
    ['/mute li|', ['@linus']],
    ['/set ui.|', ['ui.theme', 'ui.mouse']],
    ['/send n|', ['notes/', 'notes.txt']],
    ['/send notes.txt @gra|', ['@grace']],
    ['/record |', ['wav', 'ogg', 'notes/', 'notes.txt', 'stop']],
    ['/record ogg no|', ['notes/', 'notes.txt']],
    ['/theme l|', ['light']],
    ['|', []],
    ['xyz|', []],
    ['/nope |', []],
    ['/join ab|cd', []],
    ['12:3|', []],
  ])('%j: %j', (shown, candidates) => {
    expect(offered(shown)).toEqual(candidates);
  });

  test('emoji by a part of their name, those that begin with it first', () => {
    expect(offered('ship it :rocke|')).toEqual(['🚀']);
    expect(choicesFor(at(':heart|'), SOURCES).candidates[0]?.shown).toBe('❤️ heart');
    expect(offered(':x|')).toEqual([]);
  });
});

describe('Tab', () => {
  test.each([
    ['/jo|', '/join |'],
    ['gr|', 'gr|'],
    ['gra|', 'grace: |'],
    ['ask gra| now', 'ask grace | now'],
    ['/se|', '/se|'],
    ['/set audio|', '/set audio.input |'],
    ['/send no|', '/send notes|'],
    ['ship it :rocke|', 'ship it 🚀 |'],
  ])('%j: %j', (before, after) => {
    expect(tab(before)).toBe(after);
  });

  test('nothing that fits is told apart from nothing to choose', () => {
    expect(tab('xyz|')).toBeUndefined();
  });

  test('goes through several, and round to what was typed', () => {
    const first = complete(at('gr| now'), SOURCES);
    let cycle = first?.cycle;
    const lines: string[] = [];
    for (let presses = 0; presses < 4 && cycle; presses++) {
      const next = cycled(cycle, 1);
      lines.push(next.line.text);
      ({ cycle } = next);
    }
    expect(lines).toEqual(['grace:  now', 'Grover:  now', 'gr now', 'grace:  now']);
    expect(cycle && cycled(cycle, -1).line).toEqual({ text: 'gr now', cursor: 2 });
  });
});

describe('emoji', () => {
  test.each([
    ['well done :tada:', 'well done 🎉'],
    [':+1: :100:', '👍 💯'],
    ['(:heart:)', '(❤️)'],
    [':tada::tada:', '🎉🎉'],
    ['at 12:30:45', 'at 12:30:45'],
    ['::1 and a:tada:b', '::1 and a:tada:b'],
    [':nosuchthing: :constructor:', ':nosuchthing: :constructor:'],
    ['`:tada:` :tada:', '`:tada:` 🎉'],
    ['```\n:tada:\n```\n:tada:', '```\n:tada:\n```\n🎉'],
    ['```\n:tada:', '```\n:tada:'],
    ['    :tada:', '    :tada:'],
    ['https://x.example/:tada: y', 'https://x.example/:tada: y'],
  ])('%j: %j', (text, after) => {
    expect(withEmoji(text)).toBe(after);
  });

  test('no name is found on what every object has', () => {
    expect(emojiNamed('toString')).toBeUndefined();
    expect(emojiNamed('rocket')).toBe('🚀');
  });
});

test('the usage of each command can be read', () => {
  for (const { usage } of COMMAND_TABLE) expect(() => argumentsOf(usage)).not.toThrow();
  expect(argumentsOf('[ROOM]')).toEqual([['room']]);
  expect(argumentsOf('@NAME [off]')).toEqual([['member'], [['off']]]);
  expect(argumentsOf('')).toEqual([]);
});
