/** The settings pane as rows. Pure. */
import type { SettingRow } from '../session/state.ts';
import type { Row, Segment } from './chat-rows.ts';
import { cleanLine } from './clean-text.ts';
import { padAfter, wrap } from './text-width.ts';
import type { Glyphs } from './theme.ts';

/** From this width on the help stands beside the value. */
const WIDE = 116;
/** Narrower screens tell the source with the help. */
const SOURCE_FROM = 60;
const KEY_COLUMNS = 22;
const SOURCE_COLUMNS = 13;

const SOURCES: Readonly<Record<SettingRow['source'], string>> = {
  flag: 'command line',
  environment: 'environment',
  saved: 'saved',
  file: 'file',
  default: 'default',
};

export function settingsRows(
  settings: readonly SettingRow[],
  configFile: string,
  width: number,
  glyphs: Glyphs,
): readonly Row[] {
  const intro = `To change a value, edit ${cleanLine(configFile)} and start voipterm again.`;
  const rows: Row[] = wrap(intro, width - 2).map((text, index) =>
    line(`intro:${index}`, [{ text: ` ${text}`, tone: 'dim' }]),
  );
  let section: string | undefined;
  for (const setting of settings) {
    if (setting.section !== section) {
      section = setting.section;
      rows.push(line(`${section}:space`, []));
      rows.push(line(`${section}:title`, [{ text: ` [${cleanLine(section)}]`, tone: 'strong' }]));
    }
    rows.push(...settingRows(setting, width, glyphs));
  }
  return rows;
}

function settingRows(setting: SettingRow, width: number, glyphs: Glyphs): readonly Row[] {
  const id = `${setting.section}.${setting.key}`;
  const wide = width >= WIDE;
  const narrow = width < SOURCE_FROM;
  const source = SOURCES[setting.source];
  const rest = width - 3 - KEY_COLUMNS - 1 - (narrow ? 0 : SOURCE_COLUMNS + 1);
  const valueColumns = wide ? Math.min(30, Math.floor(rest / 2)) : rest;
  const changed = setting.source !== 'default';
  const first: Segment[] = [
    { text: `   ${padAfter(cleanLine(setting.key), KEY_COLUMNS, glyphs.ellipsis)} `, tone: 'plain' },
    {
      text: padAfter(cleanLine(setting.value) || '""', valueColumns, glyphs.ellipsis),
      tone: changed ? 'accent' : 'strong',
    },
  ];
  if (!narrow) {
    first.push({ text: ` ${padAfter(source, SOURCE_COLUMNS)}`, tone: changed ? 'accent' : 'dim' });
  }
  const help = cleanLine(narrow ? `(${source}) ${setting.help}` : setting.help);
  const indent = wide ? width - rest + valueColumns + 1 : 5;
  const [beside, ...below] = wide ? wrap(help, width - indent - 1) : ['', ...wrap(help, width - indent - 1)];
  return [
    line(id, [...first, { text: wide ? ` ${beside}` : '', tone: 'dim' }]),
    ...below.map((text, index) => line(`${id}:${index}`, [{ text: ' '.repeat(indent) + text, tone: 'dim' }])),
  ];
}

function line(key: string, segments: readonly Segment[]): Row {
  return { key, segments };
}
