/** What keys do, without a terminal. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { ShellHandle } from '../../src/session/shell.ts';
import { IDLE, type ShellScreen } from '../../src/session/shell-screen.ts';
import { Controller } from '../../src/ui/controller.ts';
import { KeyParser } from '../../src/ui/key-parser.ts';
import type { TalkKeyStyle } from '../../src/ui/talk-key.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { bindingsFor } from '../fakes/bindings.ts';
import { busyState, emptyState, FAKE_SETTINGS, FakeSession } from '../fakes/fake-session.ts';

class FakeShell implements ShellHandle {
  screen: ShellScreen = { ...IDLE, bracketedPaste: true };
  readonly calls: string[] = [];
  subscribe = () => () => undefined;
  start(columns: number, rows: number): void {
    this.calls.push(`start ${columns}x${rows}`);
    this.screen = { ...this.screen, phase: { at: 'running' } };
  }
  write(text: string): void {
    this.calls.push(text);
  }
  resize(columns: number, rows: number): void {
    this.calls.push(`resize ${columns}x${rows}`);
  }
  scroll(rows: number | 'end'): void {
    this.calls.push(`scroll ${rows}`);
  }
  find(text: string, step: 1 | -1): boolean {
    this.calls.push(`find ${text} ${step}`);
    return false;
  }
  close(): void {
    this.calls.push('close');
  }
}

let session: FakeSession;
let shell: FakeShell;
let controller: Controller;
let parser: KeyParser;
let quits: number;
let clock = 0;

function make(state = busyState(), talkKeyStyle: TalkKeyStyle = 'auto'): void {
  session = new FakeSession(state, FAKE_SETTINGS);
  shell = new FakeShell();
  parser = new KeyParser();
  quits = 0;
  controller = new Controller({
    session,
    shell,
    bindings: bindingsFor('f8'),
    talkKeyStyle,
    timestamps: 'time',
    glyphs: makeTheme(false, false).glyphs,
    size: { columns: 80, rows: 24 },
    paneRows: () => 50,
    onQuit: () => quits++,
    onRedraw: () => undefined,
  });
}

beforeEach(() => make());

/** Types bytes as a terminal sends them, a second after the last ones unless told when. */
function type(bytes: string, at?: number): void {
  clock += 1000;
  const now = at ?? clock;
  for (const event of [...parser.push(Buffer.from(bytes)), ...parser.flush()]) controller.handle(event, now);
}

const UP = '\x1b[A';
const DOWN = '\x1b[B';
const PAGE_UP = '\x1b[5~';
const F8 = '\x1b[19~';

describe('the input line', () => {
  test('sends, empties itself and remembers', () => {
    type('hello\r');
    expect(session.commands).toEqual([{ do: 'post', room: 'lobby', text: 'hello' }]);
    expect(controller.view.line.text).toBe('');
    type(UP);
    expect(controller.view.line).toEqual({ text: 'hello', cursor: 5 });
    type(DOWN);
    expect(controller.view.line.text).toBe('');
  });

  test('edits with the usual keys', () => {
    type('one two\x17three\x01zero \x05!');
    expect(controller.view.line.text).toBe('zero one three!');
    type('\x15');
    expect(controller.view.line.text).toBe('');
  });

  test('tells about one command where it is asked', () => {
    type('/help join\r');
    expect(session.commands).toMatchObject([{ do: 'notice', text: expect.stringContaining('/join ROOM') }]);
    type('/help\r');
    expect(controller.view.tab).toBe('help');
  });

  test('completes the names of those who are here', () => {
    type('mar\t');
    expect(controller.view.line.text).toBe('margaret.hamilton: ');
  });

  test('keeps an error in the line, and says it where there is a room or not', () => {
    type('/nope\r');
    expect(session.commands).toMatchObject([{ do: 'notice' }]);
    expect(controller.view.line.text).toBe('/nope');
    make(emptyState());
    type('hello\r');
    expect(session.commands).toEqual([]);
    expect(controller.view.flash).toMatch(/\/join/);
    expect(controller.layout.alerts).toBe(1);
    type('\x15/join lobby\r');
    expect(session.commands).toEqual([{ do: 'join', room: 'lobby' }]);
    expect(controller.view.flash).toBeNull();
  });

  test('the unwritten half of a key changes nothing', () => {
    type('\x1b[97;1:1;97u\x1b[97;1:3u\x1b[13;1:1u\x1b[13;1:3u');
    expect(session.commands).toEqual([{ do: 'post', room: 'lobby', text: 'a' }]);
  });
});

describe('rooms', () => {
  test('next and previous go round', () => {
    type('\x1b[1;3B');
    expect(session.commands).toEqual([{ do: 'show', room: 'music' }]);
    type('\x10\x10');
    expect(session.state.current).toBe('station-ops');
  });

  test('scrolling is per room, and older lines are asked for once', () => {
    type(PAGE_UP.repeat(4));
    expect(session.commands).toEqual([{ do: 'older', room: 'lobby' }]);
    expect(controller.view.anchors.has('lobby')).toBe(true);
    type('\x1b');
    expect(controller.view.anchors.has('lobby')).toBe(false);
  });

  test('a sent line leads back to the newest', () => {
    type(PAGE_UP);
    type('x\r');
    expect(controller.view.anchors.size).toBe(0);
  });
});

describe('talking', () => {
  const talking = (): boolean => session.state.voice.talking;

  test('space toggles only where nothing could be typed', () => {
    type(' ');
    expect(talking()).toBe(true);
    type('a ');
    expect(talking()).toBe(true);
    expect(controller.view.line.text).toBe('a ');
    type('\x1b2 ');
    expect(talking()).toBe(false);
    type('\x1b3 ');
    expect(talking()).toBe(false);
    expect(shell.calls.at(-1)).toBe(' ');
  });

  test('the talk key works everywhere', () => {
    type(`text${F8}`);
    expect(talking()).toBe(true);
    type(`\x1b3${F8}`);
    expect(talking()).toBe(false);
    expect(shell.calls).toEqual(['start 80x21']);
  });

  test('a held space talks and types nothing', () => {
    type('\x1b[32;1:1;32u', 0);
    type('\x1b[32;1:2;32u', 400);
    expect(talking()).toBe(true);
    expect(controller.nextDeadline()).toBeLessThan(Number.POSITIVE_INFINITY);
    type('\x1b[32;1:3u', 900);
    expect(talking()).toBe(false);
    expect(controller.view.line.text).toBe('');
  });

  test('pressed twice it talks on without a finger', () => {
    type('\x1b[32;1:1;32u\x1b[32;1:3u', 0);
    type('\x1b[32;1:1;32u\x1b[32;1:3u', 200);
    expect(session.state.voice).toMatchObject({ talking: true, latched: true });
    type('\x1b[32;1:1;32u\x1b[32;1:3u', 9000);
    expect(talking()).toBe(false);
  });

  test('typing with the talk key held is typing', () => {
    parser.enableKitty();
    type('\x1b[19;1:1~', 0);
    type('\x1b[19;1:2~', 500);
    type('\x1b[97;1:1;97u\x1b[97;1:3u', 600);
    expect(controller.view.line.text).toBe('a');
    expect(controller.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
    type('\x1b[19;1:3~', 9000);
    expect(talking()).toBe(false);
  });

  test('where the microphone is open by itself, the key mutes', () => {
    make({ ...busyState(), voice: { ...busyState().voice, mode: 'voice' } });
    type(F8);
    expect(session.state.voice).toMatchObject({ muted: true, talking: false });
    type(F8, clock + 2000);
    expect(session.state.voice.muted).toBe(false);
  });

  test('the session hears of the focus, and what is held ends with it', () => {
    type('\x1b[32;1:1;32u', 0);
    type('\x1b[O');
    expect(talking()).toBe(false);
    type('\x1b[I');
    expect(session.commands.filter(({ do: what }) => what === 'focus')).toEqual([
      { do: 'focus', gained: false },
      { do: 'focus', gained: true },
    ]);
  });

  test('the watchdog drops a hold whose release was lost', () => {
    type('\x1b[32;1:1;32u', 0);
    type('\x1b[32;1:2;32u', 100);
    controller.tick(controller.nextDeadline() - 1);
    expect(talking()).toBe(true);
    controller.tick(controller.nextDeadline());
    expect(talking()).toBe(false);
  });

  test('a key that toggles heeds no repeats', () => {
    make(busyState(), 'toggle');
    type('\x1b[32;1:1;32u\x1b[32;1:2;32u\x1b[32;1:2;32u\x1b[32;1:3u');
    expect(talking()).toBe(true);
    expect(controller.view.line.text).toBe('');
  });
});

test('who is drawn for elsewhere, without sound, is not offered what is not there', () => {
  make();
  const all = controller.hints;
  expect(all).toContain('talk-empty');
  session.set({ voice: { ...session.state.voice, absent: true } });
  const rest = controller.hints;
  expect(all.filter((name) => !rest.includes(name)).sort()).toEqual([
    'tab-settings',
    'tab-shell',
    'talk',
    'talk-empty',
  ]);
});

describe('tabs', () => {
  test('the shell gets every key but the tabs and the talk key', () => {
    type('\x1bOR');
    type('ls\r\x03\x11\x0c\x1b[A');
    expect(quits).toBe(0);
    expect(shell.calls).toEqual(['start 80x21', 'l', 's', '\r', '\x03', '\x11', '\x0c', '\x1b[A']);
    type('\x1b[200~a\nb\x1b[201~');
    expect(shell.calls.at(-1)).toBe('\x1b[200~a\rb\x1b[201~');
    type('\x1d');
    expect(controller.view.tab).toBe('help');
  });

  test('a shell that ended is started again by Enter only', () => {
    type('\x1b3');
    shell.screen = { ...shell.screen, phase: { at: 'exited', code: 0 } };
    type('x');
    expect(shell.calls).toEqual(['start 80x21']);
    type('\r');
    expect(shell.calls).toEqual(['start 80x21', 'start 80x21']);
  });

  test('panes scroll within their rows', () => {
    type('\x1b4');
    type(UP);
    expect(controller.view.offsets.help).toBe(0);
    type('\x1b[6~'.repeat(9));
    expect(controller.view.offsets.help).toBe(50 - 21);
    controller.setSize({ columns: 80, rows: 60 });
    expect(controller.view.offsets.help).toBe(0);
    type('\x1b');
    expect(controller.view.tab).toBe('chat');
  });

  test('the settings ask for devices when they are shown, and the test of sound ends with them', () => {
    type('\x1b2');
    expect(session.commands).toEqual([{ do: 'devices' }]);
    type('\x1b[C');
    expect(session.state.sound.loopback).toBe('direct');
    type('\x1b');
    expect(session.commands.at(-1)).toEqual({ do: 'loopback', mode: 'off' });
    expect(controller.view.tab).toBe('chat');
  });

  test('a new size reaches the shell', () => {
    controller.setSize({ columns: 100, rows: 30 });
    expect(shell.calls).toEqual(['resize 100x27']);
  });

  test('a click on one shows it', () => {
    // " voipterm  F1 Chat  F2 Settings  F3 Shell  F4 Help "
    const shown = [12, 24, 36, 46, 12].map((column) => {
      type(`\x1b[<0;${column};1M\x1b[<0;${column};1m`);
      return controller.view.tab;
    });
    expect(shown).toEqual(['chat', 'settings', 'shell', 'help', 'chat']);
    type('\x1b[<0;3;1M\x1b[<0;79;1M');
    expect(controller.view.tab).toBe('chat');
  });

  test('Ctrl+C leaves from everywhere but the shell', () => {
    type('\x03');
    expect(quits).toBe(1);
    type('/quit\r');
    expect(quits).toBe(2);
  });
});
