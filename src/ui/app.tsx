/** The whole screen, at exactly the terminal's size: tab bar, one pane, status bar. */
import { Box, Text } from 'ink';
import { use, useMemo, useSyncExternalStore } from 'react';
import type { SessionHandle } from '../session/handle.ts';
import type { ShellHandle } from '../session/shell.ts';
import type { State } from '../session/state.ts';
import type { Row } from './chat-rows.ts';
import type { Controller } from './controller.ts';
import type { Tab } from './key-row.ts';
import { type Layout, MIN_COLUMNS, MIN_ROWS } from './layout.ts';
import { ChatPane } from './panes/chat-pane.tsx';
import { HintLine } from './panes/hint-line.tsx';
import { Rows } from './panes/rows.tsx';
import { Rule } from './panes/rule.tsx';
import { SettingsPane } from './panes/settings-pane.tsx';
import { ShellPane } from './panes/shell-pane.tsx';
import { StatusBar } from './panes/status-bar.tsx';
import { TabBar } from './panes/tab-bar.tsx';
import { roomTitle } from './room-words.ts';
import { truncate } from './text-width.ts';
import { type Theme, ThemeContext } from './theme.ts';
import type { View } from './view.ts';

export interface AppProps {
  readonly session: SessionHandle;
  readonly shell: ShellHandle;
  readonly controller: Controller;
  readonly theme: Theme;
  readonly rowsOf: (pane: 'help', columns: number) => readonly Row[];
}

export function App(props: AppProps) {
  const { session, controller, theme } = props;
  const view = useSyncExternalStore(
    (listener) => controller.subscribe(listener),
    () => controller.view,
  );
  const state = useSyncExternalStore(
    (listener) => session.subscribe(listener),
    () => session.state,
  );
  const layout = controller.layout;
  return (
    <ThemeContext value={theme}>
      <Box width={layout.columns} height={layout.rows} flexDirection="column" overflow="hidden">
        {layout.tooSmall ? <TooSmall layout={layout} /> : <Screen {...props} {...{ view, state, layout }} />}
      </Box>
    </ThemeContext>
  );
}

interface ScreenProps extends AppProps {
  readonly view: View;
  readonly state: State;
  readonly layout: Layout;
}

function Screen(props: ScreenProps) {
  const { view, state, layout } = props;
  const sides = view.tab === 'chat' ? { side: layout.side, people: layout.people } : { side: 0 };
  // Where no rule has room for it, the title stands in the top row.
  const title = layout.rules || view.tab !== 'chat' ? undefined : titleOf('chat', state, layout);
  return (
    <>
      <TabBar state={state} tab={view.tab} title={title} width={layout.columns} />
      {layout.rules && (
        <Rule width={layout.columns} {...sides} joint="down" label={titleOf(view.tab, state, layout)} />
      )}
      <Pane {...props} />
      <Foot {...props} />
    </>
  );
}

/** Status and hints. Where there is no row for hints, what may follow a chord takes the place of the status for a moment. */
function Foot({ view, state, layout, session, controller }: ScreenProps) {
  const { bindings, place, hints } = controller;
  const { waiting } = view;
  const hintLine = <HintLine {...{ bindings, place, names: hints, waiting, width: layout.columns }} />;
  if (layout.hint === 0 && waiting !== '') return hintLine;
  return (
    <>
      <StatusBar state={state} levels={session.levels} width={layout.columns} />
      {layout.hint > 0 && hintLine}
    </>
  );
}

function Pane(props: ScreenProps) {
  const { view, state, layout, controller, shell, session } = props;
  switch (view.tab) {
    case 'chat':
      return (
        <ChatPane {...{ state, view, layout }} chat={controller.chat} talkKey={controller.talkKeyWords} />
      );
    case 'shell':
      return (
        <ShellPane
          shells={state.shells}
          view={view.shell}
          {...{ shell, width: layout.columns, height: layout.pane, top: layout.top }}
        />
      );
    case 'settings':
      return (
        <SettingsPane
          view={view.settings}
          {...{ state, levels: session.levels, width: layout.columns, height: layout.pane }}
        />
      );
    case 'help':
      return <TextPane pane="help" offset={view.offsets.help} layout={layout} rowsOf={props.rowsOf} />;
  }
}

interface TextPaneProps {
  readonly pane: 'help';
  readonly offset: number;
  readonly layout: Layout;
  readonly rowsOf: AppProps['rowsOf'];
}

function TextPane({ pane, offset, layout, rowsOf }: TextPaneProps) {
  const rows = useMemo(() => rowsOf(pane, layout.columns), [rowsOf, pane, layout.columns]);
  return <Rows rows={rows.slice(offset)} width={layout.columns} height={layout.pane} />;
}

function titleOf(tab: Tab, state: State, layout: Layout): string {
  switch (tab) {
    case 'chat':
      return roomTitle(state, layout);
    case 'settings':
      return 'Settings';
    case 'shell':
      return 'Your shell gets every key but F1 to F4, Ctrl+] and what begins with Ctrl+\\';
    case 'help':
      return 'Keys and commands (arrows and PgDn scroll)';
  }
}

function TooSmall({ layout }: { readonly layout: Layout }) {
  const { glyphs } = use(ThemeContext);
  const text = `voipterm needs ${MIN_COLUMNS}x${MIN_ROWS}, this is ${layout.columns}x${layout.rows}`;
  return <Text>{truncate(text, layout.columns, glyphs.ellipsis)}</Text>;
}
