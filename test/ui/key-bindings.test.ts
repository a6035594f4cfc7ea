/** The key table, and what a user makes of it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bindKeys, collide, type KeyBindings, type Place } from '../../src/ui/key-bindings.ts';
import { keyPress, parseChord } from '../../src/ui/key-event.ts';
import { KeyParser } from '../../src/ui/key-parser.ts';
import { type KeyRow, rowsOf, type Scope, SCOPES } from '../../src/ui/key-row.ts';
import { KEY_TABLE } from '../../src/ui/key-table.ts';
import { showChord } from '../../src/ui/key-words.ts';
import { bindingsFor } from '../fakes/bindings.ts';

const CHAT: Place = { scopes: ['input', 'chat'], empty: false };
const SHELL: Place = { scopes: ['shell'], empty: false };

function problemOf(overrides: Readonly<Record<string, readonly string[]>>, talkKey = 'f8'): string {
  const bound = bindKeys(new Map(Object.entries(overrides)), talkKey);
  return 'problem' in bound ? `${bound.problem.name} ${bound.problem.text}` : '';
}

/** Every two rows that one chord would mean. */
function collisions(rows: readonly KeyRow[]): string[] {
  return rows.flatMap((row, index) =>
    rows.slice(index + 1).flatMap((other) => {
      const chord = collide(row, other);
      return chord === undefined ? [] : [`${chord}: ${row.name}, ${other.name}`];
    }),
  );
}

describe('the table', () => {
  test('has each name once, in kebab-case', () => {
    const names = KEY_TABLE.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z0-9]+)*$/);
  });

  test('spells each chord as keys have it', () => {
    for (const chord of KEY_TABLE.flatMap(({ keys }) => keys.flatMap((key) => key.split(' '))))
      expect(parseChord(chord)).toBe(chord);
  });

  test.each(SCOPES)('has each chord in one row of the scope %s', (scope) => {
    const chords = KEY_TABLE.filter((row) => row.scope === scope).flatMap(({ keys }) => keys);
    expect(chords.filter((chord, index) => chords.indexOf(chord) !== index)).toEqual([]);
  });

  test('is fit for use as it is', () => {
    expect(problemOf({})).toBe('');
    expect(collisions(KEY_TABLE)).toEqual([]);
  });

  test('takes no key that types', () => {
    const bindings = bindingsFor('f8');
    for (const text of 'azAZ09 .,-/]äß') {
      const [event] = new KeyParser().push(Buffer.from(text));
      expect(event?.kind === 'key' && bindings.lookUp(event, CHAT)).toEqual({ kind: 'nothing' });
    }
    expect(bindings.lookUp(keyPress('space', { text: ' ' }), { ...CHAT, empty: true })).toMatchObject({
      row: { name: 'talk-empty' },
    });
  });

  test('leaves the shell everything but the ways out, the talk key and what is its own', () => {
    const kept = KEY_TABLE.filter(({ inShell }) => inShell).flatMap(({ keys }) => keys);
    expect(kept).toEqual(['f1', 'alt+1', 'f2', 'alt+2', 'f3', 'alt+3', 'f4', 'alt+4', 'ctrl+]', 'f8']);
    const bindings = bindingsFor('f8');
    for (const name of ['c', 'q', 'l', 'n', 'a', 'd'])
      expect(bindings.lookUp(keyPress(name, { ctrl: true }), SHELL)).toEqual({ kind: 'nothing' });
  });

  test('reads well', () => {
    expect(['ctrl+t', 'f8', 'ctrl+]', 'alt+up', 'pageup', 'ctrl+x ctrl+e'].map(showChord)).toEqual([
      'Ctrl+T',
      'F8',
      'Ctrl+]',
      'Alt+Up',
      'PgUp',
      'Ctrl+X Ctrl+E',
    ]);
  });
});

describe("a user's keys", () => {
  const found = (bindings: KeyBindings, name: string, place = CHAT): string => {
    const key = bindings.lookUp(keyPress(name, { ctrl: true }), place);
    return key.kind === 'command' ? key.row.name : key.kind;
  };

  test('take the place of the defaults', () => {
    const bindings = bindingsFor('f8', { send: ['Ctrl+S', 'ctrl+s'], 'delete-word': [] });
    expect(bindings.row('send')?.keys).toEqual(['ctrl+s']);
    expect(found(bindings, 's')).toBe('send');
    expect(found(bindings, 'w')).toBe('nothing');
    expect(bindings.lookUp(keyPress('enter'), CHAT)).toEqual({ kind: 'nothing' });
  });

  test('may be what another row gave up', () => {
    expect(problemOf({ quit: ['ctrl+q'], redraw: ['ctrl+c'] })).toBe('');
  });

  test('go before those of everywhere', () => {
    expect(
      found(bindingsFor('f8', { 'setting-more': ['ctrl+l'] }), 'l', { scopes: ['settings'], empty: true }),
    ).toBe('setting-more');
  });

  test('of the nearest scope go first', () => {
    const bindings = bindingsFor('f8', { 'help-up': ['f5'], 'setting-more': ['f5'] });
    const at = (...scopes: readonly Scope[]): string => {
      const key = bindings.lookUp(keyPress('f5'), { scopes, empty: true });
      return key.kind === 'command' ? key.row.name : key.kind;
    };
    expect([at('help', 'settings'), at('settings', 'help'), at('chat')]).toEqual([
      'help-up',
      'setting-more',
      'nothing',
    ]);
  });

  test('may be a letter with Shift, where letters may be keys', () => {
    const bindings = bindingsFor('f8', { 'help-up': ['shift+n'], 'help-down': ['n', 'x'] });
    const name = (text: string): string => {
      const [event] = new KeyParser().push(Buffer.from(text));
      const found = event?.kind === 'key' && bindings.lookUp(event, { scopes: ['help'], empty: true });
      return found && found.kind === 'command' ? found.row.name : '';
    };
    expect(['n', 'N', 'x', 'X'].map(name)).toEqual(['help-down', 'help-up', 'help-down', 'help-down']);
  });

  test('may be two chords', () => {
    const bindings = bindingsFor('f8', { newline: ['ctrl+g ctrl+n'], send: ['enter', 'ctrl+g ctrl+s'] });
    expect(found(bindings, 'g')).toBe('waits');
    expect(bindings.continuations('ctrl+g', CHAT).map(([chord, row]) => `${chord} ${row.name}`)).toEqual([
      'ctrl+s send',
      'ctrl+n newline',
    ]);
    expect(bindings.lookUp(keyPress('s', { ctrl: true }), CHAT, 'ctrl+g')).toMatchObject({
      row: { name: 'send' },
    });
    expect(bindings.lookUp(keyPress('z', { ctrl: true }), CHAT, 'ctrl+g')).toEqual({ kind: 'nothing' });
    expect(found(bindings, 'g', SHELL)).toBe('nothing');
  });

  test('may be the talk key, in place of ui.talk_key', () => {
    expect(bindingsFor('f9').row('talk')?.keys).toEqual(['f9']);
    expect(bindingsFor('f9', { talk: ['f7', 'ctrl+t'] }).row('talk')?.keys).toEqual(['f7', 'ctrl+t']);
  });

  test.each([
    [{ nope: ['f5'] }, 'nope is no command'],
    [{ send: ['ctrl+m'] }, 'send cannot have "ctrl+m": terminals send the same for Enter'],
    [{ send: ['ctrl+h'] }, 'send cannot have "ctrl+h": terminals send the same for Backspace'],
    [{ send: ['ctrl+i'] }, 'send cannot have "ctrl+i": terminals send the same for Tab'],
    [{ send: ['ctrl+x ctrl+j'] }, 'send cannot have "ctrl+x ctrl+j": terminals send the same for Enter'],
    [{ send: ['x'] }, 'send cannot have "x": it types a character'],
    [{ send: ['space'] }, 'send cannot have "space": it types a character'],
    [{ send: ['f10', 'shift+a'] }, 'send cannot have "shift+a": it types a character'],
    [{ send: ['hyper+x'] }, 'send has "hyper+x", which is no key'],
    [{ send: [''] }, 'send has "", which is no key'],
    [{ send: ['f5 f6 f7'] }, 'send has "f5 f6 f7", which is no key'],
    [{ send: ['ctrl+a'] }, 'send cannot have "ctrl+a", which "line-start" has (start of the line)'],
    [
      { 'room-next': ['alt+right'] },
      'room-next cannot have "alt+right", which "word-right" has (a word right)',
    ],
    [{ send: ['f1'] }, 'send cannot have "f1", which "tab-chat" has (chat)'],
    [{ send: ['f8'] }, 'send cannot have "f8", which "talk" has'],
    [{ send: ['ctrl+a ctrl+s'] }, 'send cannot have "ctrl+a ctrl+s", which "line-start" has'],
    [{ send: Array.from({ length: 9 }, (_, at) => `f${at + 5}`) }, 'send has more than 8 keys'],
    [{ 'tab-chat': [], 'next-tab': [] }, 'next-tab must keep a key'],
  ])('%j are refused', (overrides, problem) => {
    expect(problemOf(overrides)).toContain(problem);
  });

  test('are refused or leave no collision, whatever they are', () => {
    const chord = fc.oneof(
      fc.constantFrom(...KEY_TABLE.flatMap(({ keys }) => keys)),
      fc.constantFrom('ctrl+s', 'ctrl+x', 'ctrl+x ctrl+s', 'f5', 'f5 f6', 'alt+z', 'x', 'ctrl+i'),
      fc.string({ maxLength: 6 }),
    );
    const overrides = fc.dictionary(
      fc.constantFrom(...KEY_TABLE.map(({ name }) => name)),
      fc.array(chord, { maxLength: 3 }),
      { maxKeys: 5 },
    );
    fc.assert(
      fc.property(overrides, fc.constantFrom('f8', 'ctrl+t', 'ctrl+g'), (given, talkKey) => {
        const bound = bindKeys(new Map(Object.entries(given)), talkKey);
        if ('problem' in bound) {
          expect(bound.problem.text.length).toBeGreaterThan(5);
          return;
        }
        const { rows } = bound.bindings;
        expect(collisions(rows)).toEqual([]);
        for (const scope of SCOPES) {
          const chords = rows.filter((row) => row.scope === scope).flatMap(({ keys }) => keys);
          expect(new Set(chords).size).toBe(chords.length);
        }
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});

test('a row tells what it has', () => {
  expect(rowsOf('chat')('x', 'f5, ctrl+x ctrl+e', { do: 'redraw' }, 'help', { hint: 'h' })).toEqual({
    name: 'x',
    scope: 'chat',
    keys: ['f5', 'ctrl+x ctrl+e'],
    command: { do: 'redraw' },
    help: 'help',
    hint: 'h',
  });
});
