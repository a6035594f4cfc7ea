/** What the settings pane says of the row that is chosen, and of what was done last. Pure. */
import type { SettingRow, SettingsState } from '../session/settings-model.ts';
import type { Row } from './chat-rows.ts';
import { cleanLine } from './clean-text.ts';
import type { Selectable } from './settings-items.ts';
import { SOURCES } from './settings-list.ts';
import type { SettingsView } from './settings-view.ts';
import { wrap } from './text-width.ts';
import type { Tone } from './theme.ts';

interface Line {
  readonly text: string;
  readonly tone: Tone;
}

/** Rows of the details, the most urgent first, so that what does not fit is the least. */
export function detailRows(
  item: Selectable | undefined,
  settings: SettingsState,
  view: SettingsView,
  width: number,
): readonly Row[] {
  const lines = [
    ...urgent(item, settings, view),
    ...(item?.kind === 'setting' ? settingLines(item.row) : item ? [dim(item.help)] : []),
  ];
  return lines.flatMap(({ text, tone }, at) =>
    wrap(cleanLine(text), Math.max(8, width - 2)).map((part, row) => ({
      key: `detail:${at}:${row}`,
      segments: [{ text: ` ${part}`, tone }],
    })),
  );
}

function urgent(item: Selectable | undefined, settings: SettingsState, view: SettingsView): readonly Line[] {
  const { check, told, fileProblem } = settings;
  const lines: Line[] = [];
  if (view.mode === 'edit' && item?.kind === 'setting') {
    const bad = check?.path === item.id && check.text === view.draft.text ? check.problem : null;
    if (bad !== null) lines.push({ text: `${item.row.key} ${bad}`, tone: 'bad' });
    else lines.push({ text: `It must be ${item.row.expected}. Enter saves, Esc leaves.`, tone: 'accent' });
  } else if (told) lines.push({ text: told.text, tone: told.tone });
  if (fileProblem !== null) lines.push({ text: fileProblem, tone: 'bad' });
  return lines;
}

function settingLines(row: SettingRow): readonly Line[] {
  const lines: Line[] = [dim(row.help)];
  if (row.override !== null && row.saved !== null) {
    lines.push({
      text: `${row.saved || '""'} is saved, but ${row.override} goes before it.`,
      tone: 'warning',
    });
  } else if (row.override !== null) lines.push(dim(`${row.override} says so.`));
  if (row.waits) lines.push({ text: WAITS[row.waits], tone: 'warning' });
  else lines.push(dim(APPLIES[row.applies]));
  lines.push(dim(originOf(row)));
  return lines;
}

const WAITS = {
  reconnect: 'Changed, and counts with the next connection: r or /reconnect makes it.',
  restart: 'Changed, and counts when voipterm starts again.',
} as const;

const APPLIES: Readonly<Record<SettingRow['applies'], string>> = {
  live: 'A change counts at once.',
  reconnect: 'A change counts with the next connection.',
  restart: 'A change counts when voipterm starts again.',
  station: 'Write it into the config.toml of the station and send its process SIGHUP.',
};

/** "audio.bitrate: saved; config.toml says 24000; the default is 32000." */
function originOf(row: SettingRow): string {
  const file = row.file === null ? '' : `; config.toml says ${row.file || '""'}`;
  return `${row.path}: ${SOURCES[row.source]}${file}; the default is ${row.default || '""'}.`;
}

function dim(text: string): Line {
  return { text, tone: 'dim' };
}
