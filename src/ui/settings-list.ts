/** The items of the settings pane as rows of the screen, one or more each. Pure. */
import type { SettingRow, SettingSource } from '../session/settings-model.ts';
import type { State } from '../session/state.ts';
import type { Row, Segment } from './chat-rows.ts';
import { cleanLine } from './clean-text.ts';
import { METERS, type Selectable, type SettingsItem } from './settings-items.ts';
import { choicesOf, shownSetting } from './settings-values.ts';
import type { SettingsView } from './settings-view.ts';
import { padAfter, truncate, widthOf, wrap } from './text-width.ts';
import type { Glyphs, Tone } from './theme.ts';

/** Cells of the mark before a key, of its name, of what stands around a value, and of where the value comes from. */
const MARK_COLUMNS = 3;
const KEY_COLUMNS = 24;
const NARROW_KEY_COLUMNS = 20;
const FRAME_COLUMNS = 4;
const SOURCE_COLUMNS = 16;
/** Narrower lists tell the source with the details only. */
const SOURCE_FROM = 60;
/** Values are no wider: one must see that the source belongs to them. */
const MAX_VALUE_COLUMNS = 60;
/** Most rows of what a missing device says. */
const MAX_TEXT_ROWS = 3;

export interface ListLook {
  readonly state: State;
  readonly view: SettingsView;
  readonly selected: Selectable | undefined;
  readonly width: number;
  readonly glyphs: Glyphs;
}

export const SOURCES: Readonly<Record<SettingSource, string>> = {
  flag: 'command line',
  environment: 'environment',
  saved: 'saved',
  file: 'config.toml',
  default: 'default',
};

/** Rows of an item; every row begins with the item's id, so that the chosen one is found again. */
export function itemRows(item: SettingsItem, look: ListLook): readonly Row[] {
  switch (item.kind) {
    case 'title':
      return [titleRow(item, look)];
    case 'meters':
      return [{ key: METERS, segments: [] }];
    case 'text':
      return wrap(cleanLine(item.text), Math.max(8, look.width - 4))
        .slice(0, MAX_TEXT_ROWS)
        .map((text, at) => ({
          key: `${item.id}:${at}`,
          segments: [{ text: `   ${text}`, tone: item.tone }],
        }));
    case 'action':
      return [
        valueRow(
          item.id,
          item.label,
          [{ text: item.value, tone: 'plain' }],
          { note: 'test', marks: '', steps: true },
          look,
        ),
      ];
    case 'setting':
      return [settingRow(item.row, look)];
  }
}

function titleRow(item: Extract<SettingsItem, { kind: 'title' }>, { width, glyphs }: ListLook): Row {
  const about = truncate(item.about, width - widthOf(item.title) - 4, glyphs.ellipsis);
  return {
    key: item.id,
    segments: [
      { text: ` ${item.title}`, tone: 'strong' },
      { text: about === '' ? '' : `  ${about}`, tone: 'dim' },
    ],
  };
}

function settingRow(row: SettingRow, look: ListLook): Row {
  const { state, view, selected } = look;
  const chosen = selected?.id === row.path;
  const typing = chosen && (view.mode === 'edit' || view.mode === 'capture');
  const tone = toneOf(row);
  const value: readonly Segment[] = typing
    ? draftSegments(view)
    : [{ text: cleanLine(shownSetting(row, state)), tone }];
  const steps = row.editor.kind === 'number' || choicesOf(row, state).length > 1;
  return valueRow(
    row.path,
    row.key,
    value,
    { note: SOURCES[row.source], marks: marksOf(row), steps: steps && !typing },
    look,
  );
}

/** A colour is shown in itself. */
function toneOf({ waits, text, default: standard, editor }: SettingRow): Tone {
  if (editor.kind === 'colour' && text !== '') return { sample: text };
  if (waits) return 'warning';
  return text === standard ? 'plain' : 'accent';
}

/** '*' is not the default, '!' waits to count, '^' something goes before what is saved. */
function marksOf(row: SettingRow): string {
  const changed = row.text !== row.default ? '*' : '';
  const waits = row.waits ? '!' : '';
  return changed + waits + (row.override !== null && row.saved !== null ? '^' : '');
}

function draftSegments({ mode, draft }: SettingsView): readonly Segment[] {
  if (mode === 'capture') return [{ text: 'press a key (Esc: leave)', tone: 'selected' }];
  const { text, cursor } = draft;
  return [
    { text: cleanLine(text.slice(0, cursor)), tone: 'strong' },
    { text: cleanLine(text.slice(cursor, cursor + 1)) || ' ', tone: 'selected' },
    { text: cleanLine(text.slice(cursor + 1)), tone: 'strong' },
  ];
}

interface Around {
  readonly note: string;
  readonly marks: string;
  /** Left and right change it. */
  readonly steps: boolean;
}

function valueRow(
  key: string,
  label: string,
  value: readonly Segment[],
  { note, marks, steps }: Around,
  { selected, width, glyphs }: ListLook,
): Row {
  const chosen = selected?.id === key;
  const wide = width >= SOURCE_FROM;
  const keyColumns = wide ? KEY_COLUMNS : NARROW_KEY_COLUMNS;
  const rest = width - MARK_COLUMNS - keyColumns - FRAME_COLUMNS - (wide ? SOURCE_COLUMNS : 3);
  const room = Math.max(4, Math.min(MAX_VALUE_COLUMNS, rest));
  const frame = chosen && steps;
  return {
    key,
    segments: [
      { text: ` ${chosen ? glyphs.current : ' '} `, tone: 'accent' },
      { text: padAfter(cleanLine(label), keyColumns, glyphs.ellipsis), tone: chosen ? 'strong' : 'plain' },
      { text: frame ? '< ' : '  ', tone: 'dim' },
      ...fitted(value, room, glyphs),
      { text: frame ? ' >' : '  ', tone: 'dim' },
      { text: wide ? padAfter(` ${marks.padEnd(2)} ${note}`, SOURCE_COLUMNS) : marks.padEnd(3), tone: 'dim' },
    ],
  };
}

/** Exactly so many cells; of a text that is typed the end with the cursor stays in sight. */
function fitted(value: readonly Segment[], room: number, glyphs: Glyphs): readonly Segment[] {
  const [first, cursor, after] = value;
  if (!first || !cursor)
    return first ? [{ ...first, text: padAfter(first.text, room, glyphs.ellipsis) }] : [];
  let before = first.text;
  while (before !== '' && widthOf(before) + widthOf(cursor.text) > room) before = before.slice(1);
  const left = room - widthOf(before) - widthOf(cursor.text);
  return [
    { ...first, text: before },
    cursor,
    { text: padAfter(after?.text ?? '', left, glyphs.ellipsis), tone: 'strong' },
  ];
}
