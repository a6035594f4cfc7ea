/** The chat's keys and mouse without a terminal: choosing, searching, paging, a line for each place. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { FoundLine } from '../../src/session/text-state.ts';
import type { State } from '../../src/session/state.ts';
import { ChatKeys } from '../../src/ui/chat-keys.ts';
import { visibleRows } from '../../src/ui/chat-window.ts';
import { completionSources, NO_OTHERS } from '../../src/ui/completion-sources.ts';
import { Composer } from '../../src/ui/composer.ts';
import type { UiCommand } from '../../src/ui/key-row.ts';
import { Scrolling } from '../../src/ui/scrolling.ts';
import { shownLines } from '../../src/ui/shown-lines.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { LiveView, layoutFor } from '../../src/ui/view.ts';
import { crowdedState } from '../fakes/crowds.ts';
import { busyState, FakeSession, message, NOON } from '../fakes/fake-session.ts';

const { glyphs } = makeTheme(false, false);
let session: FakeSession;
let view: LiveView;
let scrolling: Scrolling;
let keys: ChatKeys;

function make(state: State): void {
  session = new FakeSession(state);
  view = new LiveView({ columns: 80, rows: 24 }, false);
  scrolling = new Scrolling(view, { session, timestamps: 'time', glyphs, paneRows: () => 0 });
  const composer = new Composer({
    view,
    session,
    sources: () => completionSources(session.state, NO_OTHERS),
    onSent: (sent) => {
      if (sent.kind === 'command') session.do(sent.command);
    },
    editText: (text) => Promise.resolve(`${text} edited`),
  });
  keys = new ChatKeys({ view, session, composer, scrolling, glyphs });
  session.subscribe(() => keys.follow());
}

beforeEach(() => make(crowdedState(200)));

const run = (command: UiCommand): void => keys.run(command);
const type = (text: string): void => {
  for (const character of text)
    keys.other({
      kind: 'key',
      name: character,
      text: character,
      ctrl: false,
      alt: false,
      shift: false,
      event: 'press',
      releases: false,
    });
};
/** What is on the screen now. */
function shown(): string[] {
  const room = session.state.rooms.find(({ name }) => name === session.state.current);
  if (!room) return [];
  const { chat: height } = layoutFor(view.now, session.state);
  const anchor = view.now.anchors.get(room.name) ?? null;
  return visibleRows(shownLines(room, session.state), scrolling.chat, anchor, height).map(({ segments }) =>
    segments.map(({ text }) => text).join(''),
  );
}

describe('choosing', () => {
  test('goes from the newest to older ones, which come into view', () => {
    run({ do: 'pick' });
    expect(view.now.picked).toBe('m199');
    expect(keys.scopes).toEqual(['pick', 'chat']);
    for (let step = 0; step < 40; step++) run({ do: 'pick-step', step: -1 });
    expect(view.now.picked).toBe('m159');
    expect(shown()[0]).toContain('message 160 of many');
    run({ do: 'pick-step', step: 1 });
    expect(shown()[0]).toContain('message 160 of many');
  });

  test('ends below the newest, and with Esc', () => {
    run({ do: 'pick' });
    run({ do: 'pick-step', step: 1 });
    expect(view.now.picked).toBeNull();
    run({ do: 'pick' });
    keys.back();
    expect(view.now.picked).toBeNull();
    expect(keys.scopes).toEqual(['input', 'chat']);
  });

  test('answers what was chosen; Esc gives it up', () => {
    run({ do: 'pick' });
    run({ do: 'pick-reply' });
    expect(view.now.target).toMatchObject({ kind: 'reply', seq: 200 });
    keys.back();
    expect(view.now.target).toBeNull();
    run({ do: 'pick' });
    run({ do: 'pick-reply' });
    type('yes');
    run({ do: 'send' });
    expect(session.commands).toEqual([{ do: 'reply', room: 'lobby', text: 'yes', which: { seq: 200 } }]);
    expect(view.now.target).toBeNull();
  });

  test('a command is a command also while an answer is written', () => {
    run({ do: 'pick' });
    run({ do: 'pick-reply' });
    type('/rooms');
    run({ do: 'send' });
    expect(session.commands).toEqual([{ do: 'rooms' }]);
  });

  test("changes our own last message, and nobody else's", () => {
    run({ do: 'pick' });
    run({ do: 'pick-edit' });
    expect(view.now.flash).toMatch(/your own/);
    const mine = { ...message('mine', 'ada', 'tpyo', NOON + 999_999), seq: 201 };
    session.setRoom('lobby', ({ lines }) => ({ lines: [...lines, mine] }));
    run({ do: 'edit-last' });
    expect(view.now.line.text).toBe('tpyo');
    type('!');
    run({ do: 'send' });
    expect(session.commands).toEqual([{ do: 'edit', room: 'lobby', text: 'tpyo!', which: { seq: 201 } }]);
  });

  test('ends when the message is gone', () => {
    run({ do: 'pick' });
    session.setRoom('lobby', ({ lines }) => ({ lines: lines.slice(0, -1) }));
    expect(view.now.picked).toBeNull();
  });
});

describe('paging', () => {
  test('asks for what is beyond either end once, and stays where it is', () => {
    session.setRoom('lobby', () => ({ newer: true }));
    keys.scroll('line', -1);
    for (let page = 0; page < 30; page++) keys.scroll('page', -1);
    expect(session.commands).toEqual([{ do: 'older', room: 'lobby' }]);
    session.commands.splice(0);
    for (let page = 0; page < 40; page++) keys.scroll('page', 1);
    expect(session.commands).toEqual([{ do: 'newer', room: 'lobby' }]);
    const before = shown();
    // A page of newer messages takes the place of older ones.
    session.setRoom('lobby', ({ lines }) => ({
      lines: [
        ...lines.slice(100),
        ...Array.from({ length: 100 }, (_, at) => ({
          ...message(`n${at}`, 'grace', `newer ${at}`, NOON + 900_000 + at),
          seq: 300 + at,
        })),
      ],
    }));
    expect(shown()).toEqual(before);
  });

  test('the newest are asked for where the window slid away from them', () => {
    session.setRoom('lobby', () => ({ newer: true }));
    keys.back();
    expect(session.commands).toEqual([{ do: 'newest', room: 'lobby' }]);
  });

  test('a jump shows the message, and has it chosen', () => {
    session.setRoom('lobby', () => ({ jump: { seq: 50, serial: 1 } }));
    expect(view.now.picked).toBe('m49');
    expect(shown().join('\n')).toContain('message 50 of many');
    keys.back();
    // The same jump is followed once.
    session.setRoom('lobby', () => ({ unread: 1 }));
    expect(view.now.picked).toBeNull();
  });
});

describe('a search', () => {
  const found = (seq: number): FoundLine => ({
    room: 'lobby',
    seq,
    id: `m${seq}`,
    from: 'grace',
    at: NOON,
    text: `found ${seq}`,
  });

  test('is gone through, asks for more at its end, and leads to the message', () => {
    const search = {
      query: 'x',
      room: null,
      results: [found(9), found(5)],
      more: true,
      busy: false,
      note: null,
    };
    session.set({ text: { ...session.state.text, search } });
    expect(keys.scopes).toEqual(['found', 'input', 'chat']);
    run({ do: 'found-step', step: 1 });
    expect(session.commands).toEqual([{ do: 'search-more' }]);
    run({ do: 'found-open' });
    expect(session.commands.slice(1)).toEqual([
      { do: 'search-close' },
      { do: 'jump', room: 'lobby', seq: 5 },
    ]);
  });

  test('is closed with Esc', () => {
    const search = { query: 'x', room: null, results: [], more: false, busy: true, note: null };
    session.set({ text: { ...session.state.text, search } });
    keys.back();
    expect(session.commands).toEqual([{ do: 'search-close' }]);
  });
});

describe('the line', () => {
  test('of each place is its own, with its history', () => {
    type('one');
    run({ do: 'send' });
    type('draft');
    session.do({ do: 'show', room: 'music' });
    expect(view.now.line.text).toBe('');
    run({ do: 'history', step: -1 });
    expect(view.now.line.text).toBe('');
    session.do({ do: 'show', room: 'lobby' });
    expect(view.now.line.text).toBe('draft');
    run({ do: 'history', step: -1 });
    expect(view.now.line.text).toBe('one');
  });

  test('goes through its own rows before its history', () => {
    type('sent');
    run({ do: 'send' });
    keys.paste('one\ntwo');
    run({ do: 'history', step: -1 });
    expect(view.now.line).toEqual({ text: 'one\ntwo', cursor: 3 });
    run({ do: 'history', step: -1 });
    expect(view.now.line.text).toBe('sent');
  });

  test('comes back from the editor', async () => {
    type('text');
    run({ do: 'editor' });
    await expect.poll(() => view.now.line.text).toBe('text edited');
  });
});

describe('the mouse', () => {
  const mouse = (action: 'press' | 'wheel-up' | 'wheel-down', column: number, row: number): void =>
    keys.mouse({ kind: 'mouse', action, button: 'left', column, row, ctrl: false, alt: false, shift: false });

  test('a click chooses the message under it, a second one leaves it', () => {
    const row = shown().findIndex((text) => text.includes('message 196 of')) + 2;
    mouse('press', 50, row);
    expect(view.now.picked).toBe('m195');
    mouse('press', 50, row);
    expect(view.now.picked).toBeNull();
  });

  test('a click on a day, a notice or nothing chooses nothing', () => {
    make(busyState());
    for (let row = 0; row < 24; row++) mouse('press', 50, row);
    expect(view.now.picked).toBeNull();
  });

  test('the wheel scrolls by three rows', () => {
    const [third] = shown().slice(-4);
    mouse('wheel-up', 50, 10);
    expect(shown().at(-1)).toBe(third);
    mouse('wheel-down', 50, 10);
    expect(view.now.anchors.size).toBe(0);
  });
});
