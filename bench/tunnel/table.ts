/** A table as Markdown, for a terminal and for docs/. */

/** Rows of cells under a heading; numbers stand to the right. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  console.log(`\n${title}\n\n${[line(head), line(rule), ...rows.map(line)].join('\n')}`);
}

/** Milliseconds with two digits, or a dash for nothing. */
export function ms(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : value.toFixed(2);
}
