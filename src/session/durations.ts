/** How long something lasts, as people write it: 90s, 30m, 2h, 7d, 2w. Pure. */

const UNIT_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds; undefined for what is no duration. "1h30m" is one too. */
export function parseDuration(text: string): number | undefined {
  const parts = [...text.toLowerCase().matchAll(/([0-9]{1,6})([smhdw])/gy)];
  if (parts.length === 0 || parts.map(([all]) => all).join('') !== text.toLowerCase()) return undefined;
  const seconds = parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNIT_S[unit] ?? 0), 0);
  return seconds > 0 ? seconds : undefined;
}

/** "30 minutes", "2 hours", "7 days": the largest unit that leaves nothing over. */
export function durationWords(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ] as const;
  const [name, size] = units.find(([, each]) => seconds % each === 0) ?? ['second', 1];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
