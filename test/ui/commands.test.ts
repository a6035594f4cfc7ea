/** What a sent line means. */
import { describe, expect, test } from 'vitest';
import { COMMAND_TABLE, type CommandContext, parseEntered } from '../../src/ui/commands.ts';
import { emptyState } from '../fakes/fake-session.ts';

const inLobby: CommandContext = { ...emptyState(), current: 'lobby' };

function command(text: string, context = inLobby) {
  const entered = parseEntered(text, context);
  return entered.kind === 'command' ? entered.command : entered;
}

test.each([
  ['hello', { do: 'post', room: 'lobby', text: 'hello' }],
  ['  two spaces', { do: 'post', room: 'lobby', text: '  two spaces' }],
  ['//etc/hosts', { do: 'post', room: 'lobby', text: '/etc/hosts' }],
  ['one\n/two', { do: 'post', room: 'lobby', text: 'one\n/two' }],
  ['/join music', { do: 'join', room: 'music' }],
  ['/JOIN  #Music ', { do: 'join', room: 'music' }],
  ['/leave', { do: 'leave', room: 'lobby' }],
  ['/leave music', { do: 'leave', room: 'music' }],
  ['/rooms', { do: 'rooms' }],
  ['/who', { do: 'who', room: 'lobby' }],
  ['/who #music', { do: 'who', room: 'music' }],
  ['/mute', { do: 'mute', on: true }],
  ['/unmute', { do: 'mute', on: false }],
  ['/deafen', { do: 'deafen', on: true }],
  ['/undeafen', { do: 'deafen', on: false }],
  ['/forward -L 80:h:80', { do: 'forward', option: '-L', spec: '80:h:80' }],
  ['/forward add -D  1080', { do: 'forward', option: '-D', spec: '1080' }],
  ['/forward', { do: 'forwards' }],
  ['/forward list', { do: 'forwards' }],
  ['/forward remove 3', { do: 'unforward', id: 3 }],
  ['/forward remove x', { kind: 'error', text: expect.stringMatching(/^Write \/forward/) }],
  ['/forward -L', { kind: 'error', text: expect.stringMatching(/^Write/) }],
  ['/forward -X 80', { kind: 'error', text: expect.stringMatching(/^Write/) }],
  ['/talk', { do: 'talk', on: true }],
  ['/talk voice', { do: 'talk-mode', mode: 'voice' }],
  ['/talk Continuous', { do: 'talk-mode', mode: 'continuous' }],
  ['/talk loud', { kind: 'error', text: expect.stringMatching(/push, .talk voice, .talk continuous/) }],
  ['/quit', { kind: 'quit' }],
  ['/help', { kind: 'help', about: '' }],
  ['/help  join', { kind: 'help', about: 'join' }],
  ['/keys ctrl+k', { kind: 'help', about: 'ctrl+k' }],
  ['   ', { kind: 'nothing' }],
])('%j', (text, expected) => {
  expect(command(text)).toEqual(expected);
});

test('/talk goes the other way while talking', () => {
  const talking = { ...inLobby, voice: { ...inLobby.voice, talking: true } };
  expect(command('/talk', talking)).toEqual({ do: 'talk', on: false });
  const open = { ...inLobby, voice: { ...inLobby.voice, mode: 'voice' as const } };
  expect(command('/talk', open)).toEqual({ do: 'mute', on: true });
});

describe('errors say what to do', () => {
  test.each([
    ['/jion music', /Did you mean \/join\?/],
    ['/unmut', /Did you mean \/unmute\?/],
    ['/u', /Did you mean/],
    ['/foo', /\/help lists them all/],
    ['/', /no command \//],
    ['/join', /\/join ROOM/],
  ])('%j', (text, said) => {
    expect(command(text)).toMatchObject({ kind: 'error', text: expect.stringMatching(said) });
  });

  test('without a room there is nowhere to post', () => {
    expect(command('hello', { ...inLobby, current: null })).toMatchObject({
      kind: 'error',
      text: expect.stringMatching(/\/join/),
    });
  });
});

test('names in the table are unique and lower case', () => {
  const names = COMMAND_TABLE.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
});
