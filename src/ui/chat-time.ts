/** Times and days as the chat writes them, in the user's time zone. Pure. */

const two = (value: number): string => String(value).padStart(2, '0');

/** Hours and minutes in the user's time zone. */
export function timeOf(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Year, month and day as ISO 8601 has them. */
export function dateOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

const dayFormat = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

/** "Monday, 17 November 2025". */
export function dayLabel(at: number): string {
  return dayFormat.format(new Date(at));
}
