/** Where everything goes on a screen of a given size. Pure. */

/** Below this nothing useful fits; the screen then says only that. */
export const MIN_COLUMNS = 40;
export const MIN_ROWS = 10;
/** From this width on the rooms and members have a place at the side, and leave one to the chat's columns. */
const SIDE_FROM_COLUMNS = 77;
const SIDE_COLUMNS = 20;
const WIDE_FROM_COLUMNS = 110;
const WIDE_SIDE_COLUMNS = 26;
/** From this width on people have a side of their own, at the right. */
const PEOPLE_FROM_COLUMNS = 130;
const PEOPLE_COLUMNS = 26;
/** Fewer rows than this show no rules: a compact screen. */
const RULES_FROM_ROWS = 16;
/** The largest share of the screen that alerts may take: a changed host key takes seven rows of 80 columns to tell. */
const ALERT_SHARE = 0.33;
/** From this height on a row can be spared for hints. */
const HINT_FROM_ROWS = 20;
/** The same for the panel of /voice. */
const PANEL_SHARE = 0.4;
/** The same for what belongs to what is typed. */
const NOTES_SHARE = 0.3;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Layout extends Size {
  readonly tooSmall: boolean;
  readonly rules: boolean;
  /** Columns of the side; 0 when it is hidden. A bar follows it. */
  readonly side: number;
  /** Columns of the people's side at the right; 0 where they stand below the rooms. A bar goes before it. */
  readonly people: number;
  /** Columns between the sides and their bars. */
  readonly main: number;
  /** Rows of chat lines. */
  readonly chat: number;
  readonly alerts: number;
  /** Rows of the panel above the chat. */
  readonly panel: number;
  /** Rows above the input line that belong to what is typed: what it answers, what Tab offers. */
  readonly notes: number;
  /** Row of the input line, counted from 0. */
  readonly inputRow: number;
  /** Rows of a pane that fills all between tab bar and status line. */
  readonly pane: number;
  /** Rows below the status line that say which keys matter. */
  readonly hint: number;
  /** First row of panes and chat. */
  readonly top: number;
}

/** What wants to be shown besides the chat, in rows. */
export interface Wanted {
  readonly alerts: number;
  readonly panel: number;
  readonly notes: number;
  /** The hint line. */
  readonly hints: boolean;
}

export function layoutOf({ columns, rows }: Size, wanted: Wanted): Layout {
  const rules = rows >= RULES_FROM_ROWS;
  const side = sideColumns(columns);
  const people = columns >= PEOPLE_FROM_COLUMNS ? PEOPLE_COLUMNS : 0;
  const alerts = Math.min(wanted.alerts, Math.max(1, Math.floor(rows * ALERT_SHARE)));
  const panel = Math.min(wanted.panel, Math.floor(rows * PANEL_SHARE));
  const notes = Math.min(wanted.notes, Math.floor(rows * NOTES_SHARE));
  const top = rules ? 2 : 1;
  const hint = wanted.hints && rows >= HINT_FROM_ROWS ? 1 : 0;
  const inputRow = rows - 2 - hint;
  return {
    columns,
    rows,
    tooSmall: columns < MIN_COLUMNS || rows < MIN_ROWS,
    rules,
    side,
    people,
    main: columns - (side === 0 ? 0 : side + 1) - (people === 0 ? 0 : people + 1),
    chat: Math.max(1, inputRow - top - (rules ? 1 : 0) - alerts - panel - notes),
    alerts,
    panel,
    notes,
    inputRow,
    pane: Math.max(1, rows - top - 1 - hint),
    hint,
    top,
  };
}

function sideColumns(columns: number): number {
  if (columns < SIDE_FROM_COLUMNS) return 0;
  return columns >= WIDE_FROM_COLUMNS ? WIDE_SIDE_COLUMNS : SIDE_COLUMNS;
}
