/** The whole interface before a session that is none, drawn without a terminal: bytes go in, rows of text come out. */
import { render } from 'ink-testing-library';
import { onTestFinished } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { createShell } from '../../src/session/shell.ts';
import type { State } from '../../src/session/state.ts';
import { App } from '../../src/ui/app.tsx';
import { Controller } from '../../src/ui/controller.ts';
import { helpRows } from '../../src/ui/help-rows.ts';
import type { KeyBindings } from '../../src/ui/key-bindings.ts';
import { KeyParser } from '../../src/ui/key-parser.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { bindingsFor } from '../fakes/bindings.ts';
import { FAKE_SETTINGS, FakeSession } from '../fakes/fake-session.ts';

export interface Look {
  readonly columns?: number;
  readonly rows?: number;
  readonly ascii?: boolean;
  readonly hints?: boolean;
  readonly bindings?: KeyBindings;
}

export interface Drawn {
  readonly session: FakeSession;
  readonly controller: Controller;
  readonly rows: () => string[];
  /** Takes it down before the end of the test, where one test draws many. */
  readonly close: () => void;
  /** Types each of them; an Esc at the end of one is a key of its own. */
  readonly type: (...bytes: readonly string[]) => void;
}

/** ink-testing-library's screen is 100 cells wide and has no height of its own. It is taken down after the test. */
export function draw(state: State, look: Look = {}): Drawn {
  const { columns = 80, rows = 24, ascii = false, bindings = bindingsFor('ctrl+t') } = look;
  const session = new FakeSession(state, FAKE_SETTINGS);
  const theme = makeTheme(ascii, false);
  const shell = createShell({ file: '/bin/sh', cwd: '/', env: {}, log: silentLog });
  const rowsOf = (_pane: 'help', width: number) => helpRows({ bindings, style: 'auto' }, width);
  const controller = new Controller({
    ...{ session, shell, bindings, talkKeyStyle: 'auto', timestamps: 'time', glyphs: theme.glyphs },
    ...(look.hints === undefined ? {} : { hints: look.hints }),
    size: { columns, rows },
    paneRows: (pane, width) => rowsOf(pane, width).length,
    onQuit: () => undefined,
    onRedraw: () => undefined,
  });
  const { lastFrame, unmount } = render(<App {...{ session, shell, controller, theme, rowsOf }} />);
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    unmount();
    shell.close();
    controller.close();
  };
  onTestFinished(close);
  const parser = new KeyParser();
  return {
    session,
    controller,
    close,
    rows: () => (lastFrame() ?? '').split('\n'),
    type: (...all) => {
      for (const bytes of all)
        for (const event of [...parser.push(Buffer.from(bytes)), ...parser.flush()])
          controller.handle(event, 0);
    },
  };
}
