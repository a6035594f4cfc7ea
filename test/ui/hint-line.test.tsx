/** The hint line on the screen: where it stands, and what it says while a second chord is awaited. */
import { render } from 'ink-testing-library';
import { afterEach, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { createShell } from '../../src/session/shell.ts';
import { App } from '../../src/ui/app.tsx';
import { Controller } from '../../src/ui/controller.ts';
import { helpRows } from '../../src/ui/help-rows.ts';
import { KeyParser } from '../../src/ui/key-parser.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { bindingsFor } from '../fakes/bindings.ts';
import { busyState, FakeSession } from '../fakes/fake-session.ts';

const undo: (() => void)[] = [];

afterEach(() => {
  for (const step of undo.splice(0)) step();
});

function draw(rows: number, hints: boolean) {
  const session = new FakeSession(busyState());
  const theme = makeTheme(false, false);
  const shell = createShell({ file: '/bin/sh', cwd: '/', env: {}, log: silentLog });
  const bindings = bindingsFor('f8', { newline: ['alt+enter', 'ctrl+x ctrl+n'] });
  const rowsOf = (_pane: 'settings' | 'help', width: number) => helpRows({ bindings, style: 'auto' }, width);
  const controller = new Controller({
    ...{ session, shell, bindings, talkKeyStyle: 'auto', timestamps: 'time', glyphs: theme.glyphs, hints },
    size: { columns: 80, rows },
    paneRows: (pane, width) => rowsOf(pane, width).length,
    onQuit: () => undefined,
    onRedraw: () => undefined,
  });
  const { lastFrame, unmount } = render(
    <App session={session} shell={shell} controller={controller} theme={theme} rowsOf={rowsOf} />,
  );
  undo.push(unmount, () => shell.close());
  const parser = new KeyParser();
  return {
    lines: () => (lastFrame() ?? '').split('\n'),
    type: (bytes: string) => {
      for (const event of parser.push(Buffer.from(bytes))) controller.handle(event, 0);
    },
    line: () => controller.view.line.text,
  };
}

test('stands below the status line, and follows the pane', async () => {
  const { lines, type } = draw(24, true);
  expect(lines()).toHaveLength(24);
  expect(lines().at(-1)).toMatch(/^ Space talk {2}F4 help /);
  expect(lines().at(-2)).toContain('online');
  type('text');
  await expect.poll(() => lines().at(-1)).toMatch(/^ Enter send /);
  type('\x1bOS');
  await expect.poll(() => lines().at(-1)).toMatch(/^ Down scroll down .*Esc back/);
});

test('lists what may follow a chord, and the next key ends that', async () => {
  const { lines, type, line } = draw(24, true);
  type('a\x18');
  await expect.poll(() => lines().at(-1)).toMatch(/^ Ctrl\+X then .*Ctrl\+N new line/);
  type('\x0e');
  await expect.poll(() => lines().at(-1)).toMatch(/^ Enter send /);
  expect(line()).toBe('a\n');
  type('\x18z');
  expect(line()).toBe('a\n');
});

test.each([
  [24, false],
  [19, true],
])(
  'where there is no row for it (%i rows, wanted: %s) the status line gives way for a moment',
  async (rows, hints) => {
    const { lines, type } = draw(rows, hints);
    await expect.poll(() => lines().at(-1)).toContain('online');
    type('\x18');
    expect(lines()).toHaveLength(rows);
    await expect.poll(() => lines().at(-1)).toMatch(/^ Ctrl\+X then /);
    type('z');
    await expect.poll(() => lines().at(-1)).toContain('online');
  },
);
