/** What the slash commands of text mean. */
import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/session/commands.ts';
import { initialState } from '../../src/session/reduce.ts';
import { parseEntered } from '../../src/ui/commands.ts';

const context = { ...initialState('ada', 'ada@host'), current: 'lobby' };

test.each<[string, Command]>([
  ['/msg bob hi there', { do: 'msg', name: 'bob', text: 'hi there' }],
  ['/msg @bob', { do: 'msg', name: 'bob', text: '' }],
  ['/query bob', { do: 'msg', name: 'bob', text: '' }],
  ['/msg bob two\nlines', { do: 'msg', name: 'bob', text: 'two\nlines' }],
  ['/me waves', { do: 'post', room: 'lobby', text: 'waves', action: true }],
  ['/reply yes', { do: 'reply', room: 'lobby', text: 'yes', which: {} }],
  ['/reply 2 yes', { do: 'reply', room: 'lobby', text: 'yes', which: { back: 2 } }],
  ['/reply @bob yes', { do: 'reply', room: 'lobby', text: 'yes', which: { from: 'bob' } }],
  ['/reply @bob 3 yes\nno', { do: 'reply', room: 'lobby', text: 'yes\nno', which: { from: 'bob', back: 3 } }],
  ['/reply 2', { do: 'reply', room: 'lobby', text: '2', which: {} }],
  ['/reply 2024 was good', { do: 'reply', room: 'lobby', text: '2024 was good', which: {} }],
  ['/edit better', { do: 'edit', room: 'lobby', text: 'better' }],
  ['/delete', { do: 'delete', room: 'lobby' }],
  ['/search green tea', { do: 'search', query: 'green tea', room: null }],
  ['/search #Den green tea', { do: 'search', query: 'green tea', room: 'den' }],
  ['/search @Bob tea', { do: 'search', query: 'tea', room: '@Bob' }],
  ['/topic', { do: 'topic', room: 'lobby', text: null }],
  ['/topic Tea only', { do: 'topic', room: 'lobby', text: 'Tea only' }],
  ['/topic -', { do: 'topic', room: 'lobby', text: '' }],
  ['/away', { do: 'away', text: '' }],
  ['/away for lunch', { do: 'away', text: 'for lunch' }],
  ['/back', { do: 'away', text: null }],
  ['/nick ann2', { do: 'nick', name: 'ann2' }],
  ['/whois @bob', { do: 'whois', name: '@bob' }],
  ['/ignore bob', { do: 'hear', name: 'bob', what: 'ignored', on: true }],
  ['/unignore bob', { do: 'hear', name: 'bob', what: 'ignored', on: false }],
  ['/focus @bob, eve', { do: 'focus-people', names: ['@bob', 'eve'] }],
  ['/focus off', { do: 'focus-people', names: null }],
  ['/quiet', { do: 'quiet', on: true }],
  ['/quiet off', { do: 'quiet', on: false }],
  ['/outbox', { do: 'outbox' }],
])('%s', (text, command) => {
  expect(parseEntered(text, context)).toEqual({ kind: 'command', command });
});

describe('what is missing', () => {
  test.each([
    ['/msg', /Whom|To whom/],
    ['/msg @', /To whom/],
    ['/me', /What do you do/],
    ['/reply', /What do you answer/],
    ['/edit', /What should it say/],
    ['/delete 3', /takes nothing/],
    ['/search', /Search for what/],
    ['/search #den', /Search for what/],
    ['/whois', /Whom/],
    ['/nick a b', /Whom/],
    ['/focus', /On whom/],
    ['/quiet maybe', /Write \/quiet/],
  ])('is said: %s', (text, words) => {
    const entered = parseEntered(text, context);
    expect(entered).toMatchObject({ kind: 'error' });
    expect(entered.kind === 'error' && entered.text).toMatch(words);
  });

  test('is a room, where there is none', () => {
    for (const text of ['/me waves', '/reply x', '/edit x', '/delete', '/topic'])
      expect(parseEntered(text, { ...context, current: null })).toMatchObject({ kind: 'error' });
  });
});
