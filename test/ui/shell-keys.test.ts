/** Keys and mouse in the shell pane: what its program gets, looking back, tabs, and the key that ends a share. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { ShellHandle } from '../../src/session/shell.ts';
import { IDLE, type ShellScreen } from '../../src/session/shell-screen.ts';
import type { ShellTab } from '../../src/session/shell-state.ts';
import { Controller } from '../../src/ui/controller.ts';
import { KeyParser } from '../../src/ui/key-parser.ts';
import { encodeMouse } from '../../src/ui/mouse-encode.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { bottomRow, sharedMark, tabRow } from '../../src/ui/shell-view.ts';
import { emptyState, FakeSession } from '../fakes/fake-session.ts';
import { bindingsFor } from '../fakes/bindings.ts';

class FakeShell implements ShellHandle {
  screen: ShellScreen = { ...IDLE, phase: { at: 'running' }, rows: Array(20).fill([]), above: 100 };
  readonly calls: string[] = [];
  finds = true;
  subscribe = () => () => undefined;
  start = (): void => undefined;
  resize = (): void => undefined;
  close = (): void => undefined;
  write(text: string): void {
    this.calls.push(text);
  }
  scroll(rows: number | 'end'): void {
    this.calls.push(`scroll ${rows}`);
    const scrolled = rows === 'end' ? 0 : Math.max(0, Math.min(100, this.screen.scrolled - rows));
    this.screen = { ...this.screen, scrolled };
  }
  find(text: string, step: 1 | -1): boolean {
    this.calls.push(`find ${text} ${step}`);
    return this.finds;
  }
}

const TAB: ShellTab = { id: 1, name: 'shell', kind: 'local', shares: [], recording: null, tunnel: false };
const SHARE = { share: 1, place: 'team', writers: ['bob'], watchers: ['bob', 'eve'] };
let session: FakeSession;
let shell: FakeShell;
let controller: Controller;

beforeEach(() => {
  session = new FakeSession(emptyState());
  shell = new FakeShell();
  controller = new Controller({
    session,
    shell,
    bindings: bindingsFor('f8'),
    talkKeyStyle: 'toggle',
    timestamps: 'time',
    glyphs: makeTheme(false, false).glyphs,
    size: { columns: 80, rows: 24 },
    paneRows: () => 50,
    onQuit: () => undefined,
    onRedraw: () => undefined,
  });
  type('\x1bOR');
});

function type(text: string): void {
  const parser = new KeyParser();
  for (const event of [...parser.push(Buffer.from(text)), ...parser.flush()]) controller.handle(event, 0);
}

describe('the prefix', () => {
  test('opens, changes, names and closes tabs, and twice is for the program', () => {
    type('\x1cc\x1cn\x1cp\x1c3\x1cx');
    type('\x1crbuild\r');
    expect(session.commands.filter(({ do: what }) => what.startsWith('shell'))).toEqual([
      { do: 'shell-open', kind: 'local', target: '' },
      { do: 'shell-tab', step: 1 },
      { do: 'shell-tab', step: -1 },
      { do: 'shell-show', place: 3 },
      { do: 'shell-close' },
      { do: 'shell-name', name: 'build' },
    ]);
    expect(shell.calls.filter((call) => !call.startsWith('scroll'))).toEqual([]);
    type('\x1c\x1c');
    expect(shell.calls.at(-1)).toBe('\x1c');
  });
});

describe('looking back', () => {
  test('takes keys from the program until it is left', () => {
    type('\x1c[');
    expect(controller.view.shell).toEqual({ at: 'lookback' });
    type('k\x1b[5~x');
    expect(shell.calls.every((call) => call.startsWith('scroll -'))).toBe(true);
    expect(bottomRow(controller.view.shell, shell.screen)).toContain('of 100 rows back');
    type('q');
    expect(controller.view.shell).toEqual({ at: 'program' });
    type('ls');
    expect(shell.calls.slice(-3)).toEqual(['scroll end', 'l', 's']);
  });

  test('finds what is written, goes on with n, and says where nothing is', () => {
    type('\x1c/');
    type('err\x7fror\r');
    expect(shell.calls.at(-1)).toBe('find error -1');
    type('nN');
    expect(shell.calls.slice(-2)).toEqual(['find error -1', 'find error 1']);
    shell.finds = false;
    type('n');
    expect(session.commands.at(-1)).toMatchObject({
      do: 'notice',
      text: expect.stringContaining('"error" above'),
    });
  });

  test('ends by itself where the newest row is reached', () => {
    type('\x1c[');
    type('\x1b[6~\x1b[6~');
    expect(controller.view.shell).toEqual({ at: 'program' });
  });
});

describe('the mouse', () => {
  const top = () => controller.layout.top;
  const click = (row: number, shift = 0): void => type(`\x1b[<${shift};6;${row + 1}M`);

  test('goes to a program that asks for it, in its own coordinates', () => {
    shell.screen = { ...shell.screen, mouse: 'vt200', sgrMouse: true };
    click(top() + 2);
    expect(shell.calls).toEqual(['\x1b[<0;6;3M']);
    type(`\x1b[<64;6;${top() + 1}M`);
    expect(shell.calls.at(-1)).toBe('\x1b[<64;6;1M');
  });

  test('the wheel looks back, and moves a program on the whole screen by its arrows', () => {
    type(`\x1b[<64;6;${top() + 1}M`);
    expect(shell.calls).toEqual(['scroll -3']);
    shell.screen = { ...shell.screen, alternateScreen: true, applicationCursor: true };
    type(`\x1b[<65;6;${top() + 1}M`);
    expect(shell.calls.at(-1)).toBe('\x1bOB\x1bOB\x1bOB');
  });

  test.each([
    ['x10', { action: 'press', button: 'left' }, '\x1b[M !!'],
    ['x10', { action: 'release', button: 'left' }, ''],
    ['vt200', { action: 'release', button: 'left' }, '\x1b[M#!!'],
    ['vt200', { action: 'move', button: 'left' }, ''],
    ['drag', { action: 'move', button: 'left' }, '\x1b[M@!!'],
    ['drag', { action: 'move', button: 'none' }, ''],
    ['any', { action: 'move', button: 'none' }, '\x1b[MC!!'],
    ['none', { action: 'press', button: 'left' }, ''],
  ] as const)('in the old form, tracking %s, %o', (mouse, what, sent) => {
    const event = {
      kind: 'mouse',
      column: 0,
      row: 0,
      shift: false,
      alt: false,
      ctrl: false,
      ...what,
    } as const;
    expect(encodeMouse(event, { column: 0, row: 0 }, { mouse, sgrMouse: false })).toBe(sent);
  });
});

describe('while a shell is shared', () => {
  test('F12 ends it from every pane; otherwise the program has it', () => {
    type('\x1b[24~');
    expect(shell.calls).toEqual(['\x1b[24~']);
    session.set({ shells: { tabs: [{ ...TAB, shares: [SHARE] }], active: 1, offers: [] } });
    type('\x1b[24~');
    type('\x1bOP\x1b[24~');
    expect(session.commands.filter(({ do: what }) => what === 'shell-unshare')).toHaveLength(2);
    expect(shell.calls).toEqual(['\x1b[24~']);
  });

  test('the tab says so, with what others wrote made safe', () => {
    const evil = { ...TAB, id: 2, name: 'a\x1b[2Jb', shares: [SHARE] };
    const row = tabRow({ tabs: [TAB, evil], active: 1, offers: [] }, 60);
    expect(row.map(({ text }) => text).join('')).not.toContain('\x1b');
    expect(row[1]?.tone).toBe('live');
    expect(sharedMark(evil)).toBe('SHARED rw #team, 2 look on');
  });

  test('the active tab is always in sight', () => {
    const tabs = Array.from({ length: 12 }, (_, id) => ({ ...TAB, id, name: `shell-number-${id}` }));
    for (let active = 0; active < 12; active++) {
      const row = tabRow({ tabs, active, offers: [] }, 40);
      expect(row.some(({ tone }) => tone === 'selected')).toBe(true);
    }
  });
});
