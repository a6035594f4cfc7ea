/** Screens as a person sees them, without a terminal. */
import { render } from 'ink-testing-library';
import { expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { createShell } from '../../src/session/shell.ts';
import { App } from '../../src/ui/app.tsx';
import { Controller } from '../../src/ui/controller.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { busyState, FakeSession } from '../fakes/fake-session.ts';

test('draws', () => {
  const session = new FakeSession(busyState());
  const theme = makeTheme(false, false);
  const shell = createShell({ file: '/bin/sh', cwd: '/', env: {}, log: silentLog });
  const controller = new Controller({
    session,
    shell,
    talkKey: 'ctrl+t',
    holdToTalk: true,
    timestamps: 'time',
    glyphs: theme.glyphs,
    size: { columns: 80, rows: 24 },
    paneRows: () => 0,
    onQuit: () => undefined,
    onRedraw: () => undefined,
  });
  const { lastFrame } = render(
    <App session={session} shell={shell} controller={controller} theme={theme} rowsOf={() => []} />,
  );
  console.log(lastFrame());
  expect(lastFrame()).toContain('lobby');
});
