/** Tabs of terminals, and one of them shown to somebody else, with programs and a station in memory. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import type { StationNotification } from '../../src/net/control/schema.ts';
import type { Launch, ProgramEvents } from '../../src/session/shell-program.ts';
import type { ShellScreen } from '../../src/session/shell-screen.ts';
import { NO_SHELLS, type ShellsState } from '../../src/session/shell-state.ts';
import { MAX_TABS, Shells } from '../../src/session/shells.ts';
import type { State } from '../../src/session/state.ts';
import { emptyState, room } from '../fakes/fake-session.ts';

/** A program that the test plays. */
class FakeProgram {
  readonly typed: string[] = [];
  events: ProgramEvents | undefined;
  ended = false;

  readonly launch: Launch = (_, events) => {
    this.events = events;
    return Promise.resolve({
      write: (text) => void this.typed.push(text),
      resize: () => undefined,
      flow: () => undefined,
      end: () => {
        this.ended = true;
      },
    });
  };
}

/** One user: state, notices, and what it asks of the station. */
class User {
  shells: ShellsState = NO_SHELLS;
  readonly notices: string[] = [];
  readonly asked: [string, Record<string, unknown>][] = [];
  readonly programs: FakeProgram[] = [];
  answer: (method: string, ask: Record<string, unknown>) => unknown = () => ({});
  readonly tabs: Shells;

  constructor(state: Partial<State> = {}) {
    const call = async (method: string, ask: unknown): Promise<unknown> => {
      this.asked.push([method, ask as Record<string, unknown>]);
      return this.answer(method, ask as Record<string, unknown>);
    };
    this.tabs = new Shells(
      {
        state: () => ({ ...emptyState(), ...state, shells: this.shells }),
        apply: (change) => {
          this.shells = { ...this.shells, ...change };
        },
        notice: (text) => void this.notices.push(text),
        call: call as never,
        log: silentLog,
      },
      {
        local: () => {
          const program = new FakeProgram();
          this.programs.push(program);
          return program.launch;
        },
      },
    );
  }

  told(notification: StationNotification): void {
    this.tabs.notified(notification);
  }
}

const text = ({ rows }: ShellScreen): string =>
  rows.map((runs) => runs.map((run) => run.text).join('')).join('\n');
const until = (condition: () => boolean): Promise<unknown> =>
  expect.poll(condition, { timeout: 10_000, interval: 5 }).toBe(true);

let user: User;
let place: string;

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'voipterm-shells-'));
});

afterEach(async () => {
  await user.tabs.close();
  await rm(place, { recursive: true });
});

async function opened(state: Partial<State> = {}): Promise<User> {
  user = new User(state);
  user.tabs.start(40, 5);
  await until(() => user.programs[0]?.events !== undefined);
  return user;
}

describe('tabs', () => {
  test('each keeps its own screen, and keys go to the one that is shown', async () => {
    await opened();
    user.programs[0]?.events?.output('first');
    await until(() => text(user.tabs.screen).includes('first'));
    await user.tabs.do({ do: 'shell-open', kind: 'local', target: '' });
    await until(() => user.programs[1]?.events !== undefined);
    user.tabs.write('x');
    await until(() => user.programs[1]?.typed.join('') === 'x');
    expect(user.programs[0]?.typed).toEqual([]);
    await user.tabs.do({ do: 'shell-name', name: 'build' });
    expect(user.shells.tabs.map(({ name }) => name)).toEqual(['shell', 'build']);
    await user.tabs.do({ do: 'shell-tab', step: 1 });
    expect(text(user.tabs.screen)).toContain('first');
    await user.tabs.do({ do: 'shell-show', place: 2 });
    expect(user.shells.active).toBe(user.shells.tabs[1]?.id);
  });

  test('closing one ends its program and shows a neighbour; the last leaves none', async () => {
    await opened();
    await user.tabs.do({ do: 'shell-open', kind: 'local', target: '' });
    await until(() => user.programs[1]?.events !== undefined);
    await user.tabs.do({ do: 'shell-close' });
    expect(user.programs[1]?.ended).toBe(true);
    expect(user.shells.active).toBe(user.shells.tabs[0]?.id);
    await user.tabs.do({ do: 'shell-close' });
    expect(user.shells).toMatchObject({ tabs: [], active: 0 });
    expect(user.tabs.screen.phase).toEqual({ at: 'idle' });
  });

  test('are bounded, and a kind that is not to be had is a sentence', async () => {
    await opened();
    for (let count = 1; count < MAX_TABS; count++)
      await user.tabs.do({ do: 'shell-open', kind: 'local', target: '' });
    await expect(user.tabs.do({ do: 'shell-open', kind: 'local', target: '' })).rejects.toThrow(
      'close one first',
    );
    await user.tabs.do({ do: 'shell-close' });
    await expect(user.tabs.do({ do: 'shell-open', kind: 'ssh', target: 'a@b' })).rejects.toThrow(
      'no ssh here',
    );
  });

  test('a program that ends says how, once', async () => {
    await opened();
    user.programs[0]?.events?.output('last words');
    user.programs[0]?.events?.ended({ code: 7 });
    user.programs[0]?.events?.ended({ why: 'closed' });
    await until(() => user.tabs.screen.phase.at === 'exited');
    expect(user.tabs.screen.phase).toEqual({ at: 'exited', code: 7 });
    expect(text(user.tabs.screen)).toContain('last words');
  });
});

describe('a shell that is shared', () => {
  const share = 5;
  const watching = { share, id: 2, name: 'bob', key: 'SHA256:bob', watching: true };
  const frames = (): Record<string, unknown>[] =>
    user.asked.filter(([method]) => method === 'shell.frame').map(([, ask]) => ask);

  async function sharing(write: boolean): Promise<User> {
    await opened();
    user.answer = (method) => {
      if (method === 'shell.share') return { share };
      return method === 'member.whois' ? { name: 'bob', key: 'SHA256:bob' } : {};
    };
    await user.tabs.do({ do: 'shell-share', to: '@bob', write });
    return user;
  }

  test('sends nothing until somebody looks, then a whole screen, then what changes', async () => {
    await sharing(false);
    user.programs[0]?.events?.output('secret?');
    await until(() => text(user.tabs.screen).includes('secret?'));
    expect(frames()).toEqual([]);
    user.told({ method: 'shell.watching', params: watching });
    await until(() => frames().length === 1);
    expect(frames()[0]).toMatchObject({ share, base: 0, serial: 1 });
    user.programs[0]?.events?.output(' more');
    await until(() => frames().length === 2);
    expect(frames()[1]).toMatchObject({ base: 1, serial: 2 });
    expect(user.shells.tabs[0]?.shares).toEqual([{ share, place: '@bob', writers: [], watchers: ['bob'] }]);
  });

  test('takes keys only from keys that may type, whatever the station passes on', async () => {
    await sharing(true);
    const typed = (key: string, keys: string): void =>
      user.told({
        method: 'shell.input',
        params: { share, name: 'bob', key, data: Buffer.from(keys).toString('base64') },
      });
    typed('SHA256:eve', 'rm -rf ~\r');
    typed('SHA256:bob', 'ls\r');
    expect(user.programs[0]?.typed).toEqual(['ls\r']);
    await user.tabs.do({ do: 'shell-share', to: '@bob', write: false });
    typed('SHA256:bob', 'again\r');
    expect(user.programs[0]?.typed).toEqual(['ls\r']);
  });

  test('to a room, those who are there now may type, and nobody who comes later', async () => {
    const members = [
      { id: 1, name: 'ada', talking: false, key: 'SHA256:ada' },
      { id: 2, name: 'bob', talking: false, key: 'SHA256:bob' },
    ];
    await opened({ rooms: [room('team', members, [])] });
    user.answer = () => ({ share });
    await user.tabs.do({ do: 'shell-share', to: 'team', write: true });
    expect(user.asked.at(-1)).toEqual([
      'shell.share',
      { to: 'team', title: 'shell', writers: ['SHA256:bob'] },
    ]);
    expect(user.notices.at(-1)).toMatch(/^SHARED: #team sees this shell, bob may type in it/);
  });

  test('is shared no more after the connection broke, nor after one key', async () => {
    await sharing(true);
    user.tabs.offline();
    expect(user.shells.tabs[0]?.shares).toEqual([]);
    user.told({ method: 'shell.watching', params: watching });
    user.told({
      method: 'shell.input',
      params: { share, name: 'bob', key: 'SHA256:bob', data: Buffer.from('x').toString('base64') },
    });
    expect(user.programs[0]?.typed).toEqual([]);
    expect(user.notices.at(-1)).toContain('not shared any more');
    await user.tabs.do({ do: 'shell-share', to: '@bob', write: true });
    await user.tabs.do({ do: 'shell-unshare' });
    expect(user.shells.tabs[0]?.shares).toEqual([]);
    expect(user.asked.at(-1)).toEqual(['shell.unshare', { share }]);
    await expect(user.tabs.do({ do: 'shell-unshare' })).rejects.toThrow('no shell is shared');
  });
});

describe('a shell of somebody else', () => {
  const offered = {
    ...{ share: 9, place: 'team', from: 'ann', key: 'SHA256:ann', title: 'build', write: false },
  };

  test('is looked at through its frames, and a gap asks for a whole screen', async () => {
    const owner = await opened();
    owner.answer = () => ({ share: 9 });
    const watcher = new User();
    watcher.answer = () => ({ from: 'ann', key: 'SHA256:ann', title: 'build', write: false });
    let lose = 0;
    owner.answer = (method, ask) => {
      if (method === 'shell.frame' && lose-- <= 0) watcher.told({ method, params: ask as never });
      return { share: 9 };
    };
    watcher.told({ method: 'shell.offered', params: offered });
    expect(watcher.notices.at(-1)).toContain('/watch-shell @ann');
    await watcher.tabs.do({ do: 'shell-open', kind: 'watch', target: '@Ann' });
    await owner.tabs.do({ do: 'shell-share', to: 'team', write: false });
    owner.told({
      method: 'shell.watching',
      params: { share: 9, id: 2, name: 'bob', key: 'k', watching: true },
    });
    owner.programs[0]?.events?.output('one');
    await until(() => text(watcher.tabs.screen).includes('one'));
    lose = 1;
    owner.programs[0]?.events?.output(' two');
    await until(() => lose <= 0);
    owner.programs[0]?.events?.output(' three');
    await until(() => watcher.asked.some(([method]) => method === 'shell.refresh'));
    owner.told({ method: 'shell.refresh', params: { share: 9 } });
    await until(() => text(watcher.tabs.screen).includes('one two three'));
    watcher.tabs.write('x');
    expect(watcher.asked.some(([method]) => method === 'shell.input')).toBe(false);
    expect(watcher.notices.at(-1)).toContain('cannot type');
    watcher.told({ method: 'shell.ended', params: { share: 9, reason: 'ann ended it' } });
    expect(watcher.tabs.screen.phase).toMatchObject({ at: 'failed' });
    expect(text(watcher.tabs.screen)).toContain('one two three');
    await watcher.tabs.close();
  });

  test('that nobody offers is a sentence', async () => {
    await opened();
    await expect(user.tabs.do({ do: 'shell-open', kind: 'watch', target: '@eve' })).rejects.toThrow(
      'shares no shell',
    );
  });
});

describe('recording', () => {
  test('writes an asciicast that only its owner may read, and never over a file', async () => {
    await opened();
    const file = join(place, 'a.cast');
    user.programs[0]?.events?.output('before\r\n');
    await until(() => text(user.tabs.screen).includes('before'));
    await user.tabs.do({ do: 'shell-record', file });
    user.programs[0]?.events?.output('caf\u00e9 \x1b[31mred\r\n');
    user.tabs.resize(50, 6);
    await until(() => user.tabs.screen.columns === 50);
    await user.tabs.do({ do: 'shell-record', file: null });
    await user.tabs.close();
    const [header = '', ...events] = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(JSON.parse(header)).toMatchObject({ version: 2, width: 40, height: 5 });
    expect(events.map((line) => JSON.parse(line) as unknown[]).map(([, ...event]) => event)).toEqual([
      ['o', '\x1b[2J\x1b[Hbefore'],
      ['o', 'caf\u00e9 \x1b[31mred\r\n'],
      ['r', '50x6'],
    ]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await writeFile(join(place, 'b.cast'), 'kept');
    await opened();
    await expect(user.tabs.do({ do: 'shell-record', file: join(place, 'b.cast') })).rejects.toThrow(
      'not overwritten',
    );
    expect(await readFile(join(place, 'b.cast'), 'utf8')).toBe('kept');
  });
});

describe('what a program must not do to others', () => {
  test('a window that is dragged resizes it some twenty times a second, to the last size', async () => {
    const sizes: number[] = [];
    const { TerminalShell } = await import('../../src/session/shell.ts');
    const launch: Launch = () =>
      Promise.resolve({
        write: () => undefined,
        resize: ({ columns }) => void sizes.push(columns),
        flow: () => undefined,
        end: () => undefined,
      });
    const shell = new TerminalShell({ launch, log: silentLog });
    shell.start(80, 24);
    await until(() => sizes.length === 1);
    const began = performance.now();
    for (let columns = 20; columns < 220; columns++) {
      shell.resize(columns, 24);
      await new Promise(setImmediate);
    }
    await until(() => sizes.at(-1) === 219);
    const allowed = (performance.now() - began) / 50 + 2;
    expect(sizes.length - 1).toBeLessThanOrEqual(allowed);
    expect(shell.screen.columns).toBe(219);
    shell.close();
    await opened();
  });

  test('random bytes are a screen like any other', async () => {
    await opened();
    const noise = Buffer.from(
      Uint32Array.from({ length: 40_000 }, (_, at) => (at * 2654435761) >>> 0).buffer,
    );
    user.programs[0]?.events?.output(noise.toString('latin1'));
    user.programs[0]?.events?.output('\x18\x1b\\\x1bc\x1b[?1049lthe end');
    await until(() => text(user.tabs.screen).includes('the end'));
    for (const { text: cells } of user.tabs.screen.rows.flat()) expect(cells).not.toMatch(/\p{Cc}/u);
  });
});
