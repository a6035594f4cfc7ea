/** The chat: side, lines, alerts and the input line. */
import { Box, Text } from 'ink';
import { use } from 'react';
import { readableLines } from '../../session/people.ts';
import type { State } from '../../session/state.ts';
import { alertRows } from '../alert-rows.ts';
import type { ChatRows } from '../chat-rows.ts';
import { visibleRows } from '../chat-window.ts';
import { cleanLine } from '../clean-text.ts';
import type { Layout } from '../layout.ts';
import { emptyRows, talkersLabel } from '../room-words.ts';
import { sideRows } from '../side-rows.ts';
import type { TalkKeyWords } from '../talk-key.ts';
import { lookOf, ThemeContext } from '../theme.ts';
import type { View } from '../view.ts';
import { voiceRows } from '../voice-rows.ts';
import { InputLine } from './input-line.tsx';
import { Rows } from './rows.tsx';
import { Rule } from './rule.tsx';

interface ChatPaneProps {
  readonly state: State;
  readonly view: View;
  readonly layout: Layout;
  readonly chat: ChatRows;
  readonly talkKey: TalkKeyWords;
}

export function ChatPane({ state, view, layout, chat, talkKey }: ChatPaneProps) {
  const theme = use(ThemeContext);
  const { glyphs } = theme;
  const room = state.rooms.find(({ name }) => name === state.current);
  const anchor = view.anchors.get(state.current ?? '') ?? null;
  const scrolled = anchor !== null;
  const lines = room ? readableLines(room, state) : [];
  const rows = visibleRows(lines, chat, anchor, layout.chat);
  return (
    <>
      {layout.panel > 0 && (
        <Rows rows={voiceRows(state, layout.columns, glyphs)} width={layout.columns} height={layout.panel} />
      )}
      <Box flexShrink={0} height={layout.chat}>
        {layout.side > 0 && (
          <>
            <Rows
              rows={sideRows(state, layout.side, layout.chat, glyphs)}
              width={layout.side}
              height={layout.chat}
            />
            <Text {...lookOf('dim', theme)}>{Array.from({ length: layout.chat }, () => glyphs.bar).join('\n')}</Text>
          </>
        )}
        <Rows
          rows={rows.length > 0 ? rows : emptyRows(state, room, layout.main)}
          width={layout.main}
          height={layout.chat}
          stick="bottom"
        />
      </Box>
      <Alerts state={state} view={view} layout={layout} />
      {layout.rules && (
        <Rule
          width={layout.columns}
          side={layout.side}
          joint="up"
          label={scrolled ? 'newer lines below: PgDn, Esc' : talkersLabel(room, layout)}
          tone={scrolled ? 'warning' : 'good'}
        />
      )}
      <InputLine
        line={view.line}
        prompt={room ? `#${cleanLine(room.name)}` : 'no room'}
        hint={hintOf(state, room !== undefined, talkKey)}
        width={layout.columns}
        y={layout.inputRow}
      />
    </>
  );
}

function Alerts({ state, view, layout }: Pick<ChatPaneProps, 'state' | 'view' | 'layout'>) {
  const { glyphs } = use(ThemeContext);
  if (layout.alerts === 0) return null;
  const rows = alertRows(state, view.flash, layout.columns, glyphs);
  return <Rows rows={rows} width={layout.columns} height={layout.alerts} />;
}

function talkHint({ mode }: State['voice'], { key, holds }: TalkKeyWords): string {
  if (mode !== 'push') return `press Space (${key} anywhere) to mute`;
  return `${holds ? 'hold' : 'press'} Space (${key} anywhere) to talk`;
}

function hintOf({ link, voice }: State, hasRoom: boolean, talkKey: TalkKeyWords): string {
  if (link.at === 'failed') return 'Not connected for good: Ctrl+C leaves';
  return hasRoom ? `Write, or ${talkHint(voice, talkKey)}` : '/join ROOM enters a room';
}
