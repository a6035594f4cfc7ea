/** Where everything goes on a screen of a given size. Pure. */

/** Below this nothing useful fits; the screen then says only that. */
export const MIN_COLUMNS = 40;
export const MIN_ROWS = 10;
/** From this width on the rooms and members have a place at the side, and leave one to the chat's columns. */
const SIDE_FROM_COLUMNS = 77;
const SIDE_COLUMNS = 20;
const WIDE_FROM_COLUMNS = 110;
const WIDE_SIDE_COLUMNS = 26;
/** Fewer rows than this show no rules. */
const RULES_FROM_ROWS = 14;
/** The largest share of the screen that alerts may take: a changed host key takes seven rows of 80 columns to tell. */
const ALERT_SHARE = 0.33;
/** From this height on a row can be spared for hints. */
const HINT_FROM_ROWS = 20;
/** The same for the panel of /voice. */
const PANEL_SHARE = 0.4;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Layout extends Size {
  readonly tooSmall: boolean;
  readonly rules: boolean;
  /** Columns of the side; 0 when it is hidden. A bar follows it. */
  readonly side: number;
  /** Columns right of the side and its bar. */
  readonly main: number;
  /** Rows of chat lines. */
  readonly chat: number;
  readonly alerts: number;
  /** Rows of the panel above the chat. */
  readonly panel: number;
  /** Row of the input line, counted from 0. */
  readonly inputRow: number;
  /** Rows of a pane that fills all between tab bar and status line. */
  readonly pane: number;
  /** Rows below the status line that say which keys matter. */
  readonly hint: number;
  /** First row of panes and chat. */
  readonly top: number;
}

/** @param alertCount rows of alerts that want to be shown. @param panelCount rows of the panel that want to be. */
export function layoutOf(
  { columns, rows }: Size,
  alertCount: number,
  panelCount = 0,
  hints = false,
): Layout {
  const rules = rows >= RULES_FROM_ROWS;
  const side =
    columns < SIDE_FROM_COLUMNS ? 0 : columns >= WIDE_FROM_COLUMNS ? WIDE_SIDE_COLUMNS : SIDE_COLUMNS;
  const alerts = Math.min(alertCount, Math.max(1, Math.floor(rows * ALERT_SHARE)));
  const panel = Math.min(panelCount, Math.floor(rows * PANEL_SHARE));
  const top = rules ? 2 : 1;
  const hint = hints && rows >= HINT_FROM_ROWS ? 1 : 0;
  const inputRow = rows - 2 - hint;
  return {
    columns,
    rows,
    tooSmall: columns < MIN_COLUMNS || rows < MIN_ROWS,
    rules,
    side,
    main: side === 0 ? columns : columns - side - 1,
    chat: Math.max(1, inputRow - top - (rules ? 1 : 0) - alerts - panel),
    alerts,
    panel,
    inputRow,
    pane: Math.max(1, rows - top - 1 - hint),
    hint,
    top,
  };
}
