/** The chat: side, lines, alerts and the input line. */
import { currentRoom } from '../../session/places.ts';
import { Box, Text } from 'ink';
import { use } from 'react';
import type { RoomState, State } from '../../session/state.ts';
import { alertRows } from '../alert-rows.ts';
import type { ChatRows, Row } from '../chat-rows.ts';
import { visibleRows } from '../chat-window.ts';
import { cleanLine } from '../clean-text.ts';
import { foundRows } from '../found-rows.ts';
import type { Layout } from '../layout.ts';
import { leftRows } from '../mouse-hits.ts';
import { noteRows } from '../note-rows.ts';
import { emptyRows, placeLabel, talkersLabel } from '../room-words.ts';
import { shownLines } from '../shown-lines.ts';
import { peopleRows } from '../side-rows.ts';
import type { TalkKeyWords } from '../talk-key.ts';
import { type Glyphs, lookOf, ThemeContext } from '../theme.ts';
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
  const room = currentRoom(state);
  return (
    <>
      {layout.panel > 0 && (
        <Rows rows={voiceRows(state, layout.columns, glyphs)} width={layout.columns} height={layout.panel} />
      )}
      <Box flexShrink={0} height={layout.chat}>
        {layout.side > 0 && (
          <>
            <Rows rows={leftRows(state, layout, glyphs)} width={layout.side} height={layout.chat} />
            <Bar height={layout.chat} />
          </>
        )}
        <Rows
          rows={middleRows({ state, view, layout, chat }, room, glyphs)}
          width={layout.main}
          height={layout.chat}
          stick={state.text.search ? 'top' : 'bottom'}
        />
        {layout.people > 0 && (
          <>
            <Bar height={layout.chat} />
            <Rows
              rows={peopleRows(state, layout.people, layout.chat, glyphs)}
              width={layout.people}
              height={layout.chat}
            />
          </>
        )}
      </Box>
      <Alerts state={state} view={view} layout={layout} />
      {layout.rules && (
        <Rule
          width={layout.columns}
          side={layout.side}
          people={layout.people}
          joint="up"
          {...labelOf(state, view, room, layout)}
        />
      )}
      {layout.notes > 0 && (
        <Rows rows={noteRows(view, layout.columns, glyphs)} width={layout.columns} height={layout.notes} />
      )}
      <InputLine
        line={view.line}
        prompt={promptOf(view, room)}
        hint={hintOf(state, room !== undefined, talkKey)}
        width={layout.columns}
        y={layout.inputRow}
      />
    </>
  );
}

function Bar({ height }: { readonly height: number }) {
  const theme = use(ThemeContext);
  const bar = Array.from({ length: height }, () => theme.glyphs.bar).join('\n');
  return <Text {...lookOf('dim', theme)}>{bar}</Text>;
}

/** The chat's window, what a search found, or what to do in an empty room. */
function middleRows(
  { state, view, layout, chat }: Omit<ChatPaneProps, 'talkKey'>,
  room: RoomState | undefined,
  glyphs: Glyphs,
): readonly Row[] {
  const { search } = state.text;
  if (search) return foundRows(search, view.found, { width: layout.main, height: layout.chat }, glyphs);
  if (!room) return emptyRows(state, room, layout.main);
  const anchor = view.anchors.get(room.name) ?? null;
  const rows = visibleRows(shownLines(room, state), chat, anchor, layout.chat);
  if (rows.length === 0) return emptyRows(state, room, layout.main);
  return view.picked === null ? rows : rows.map((row) => withPicked(row, `${view.picked}:`));
}

/** The chosen message stands out, also without colours. */
function withPicked(row: Row, begin: string): Row {
  if (!row.key.startsWith(begin) || row.key.endsWith(':day')) return row;
  return { ...row, segments: row.segments.map((segment) => ({ ...segment, tone: 'selected' as const })) };
}

function labelOf(
  state: State,
  view: View,
  room: RoomState | undefined,
  layout: Layout,
): { readonly label: string; readonly tone: 'warning' | 'good' } {
  const scrolled = room !== undefined && (view.anchors.has(room.name) || room.newer);
  if (view.picked !== null)
    return { label: 'Enter answers it, E changes, D deletes, Esc leaves it', tone: 'good' };
  if (scrolled && !state.text.search) return { label: 'newer lines below: PgDn, Esc', tone: 'warning' };
  const waiting = state.text.unsent;
  if (waiting > 0 && state.link.at !== 'online')
    return { label: `${waiting} not sent yet: they go out when the station is back`, tone: 'warning' };
  return { label: talkersLabel(room, layout), tone: 'good' };
}

/** Where it goes, vi's mode, and how many lines a message has of which one row shows. */
function promptOf({ vi, line }: View, room: RoomState | undefined): string {
  const place = room ? placeLabel(room) : 'no room';
  const lines = line.text.split('\n').length;
  const count = lines > 1 ? ` (${lines} lines)` : '';
  if (vi === null) return place + count;
  return `${place}${count} [${vi.mode === 'insert' ? 'i' : `n${vi.keys && ` ${cleanLine(vi.keys)}`}`}]`;
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
  if (hasRoom && voice.absent) return 'Write, or /help';
  return hasRoom ? `Write, or ${talkHint(voice, talkKey)}` : '/join ROOM enters a room';
}
