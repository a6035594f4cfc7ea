/** Rows of text in columns, for a terminal. What others wrote is cleaned here. Pure. */
import { escapeControls } from './escape.ts';

/** Rows with a head, columns as wide as their widest cell, two spaces between. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const clean = [head, ...rows.map((row) => row.map((cell) => escapeControls(cell)))];
  const widths = head.map((_, column) => Math.max(...clean.map((row) => (row[column] ?? '').length)));
  return clean.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** "2026-11-22 10:00" in UTC. */
export function when(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

export function until(at: number | null): string {
  return at === null ? 'for good' : when(at);
}
