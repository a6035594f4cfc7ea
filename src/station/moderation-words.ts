/** Sentences about what moderators did, for those whom it concerns. Pure. */

/** "until 2026-11-22 10:00 UTC", or "for good". */
export function untilWords(until: number | null): string {
  if (until === null) return 'for good';
  return `until ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** "#lobby", or "this station". */
export function placeWords(room: string | null): string {
  return room === null ? 'this station' : `#${room}`;
}

/** ": reason", or nothing. */
function because(reason: string | undefined): string {
  return reason === undefined || reason === '' ? '.' : `: ${reason}`;
}

export function kickedWords(room: string | null, by: string, reason: string | undefined): string {
  return `You were kicked out of ${placeWords(room)} by ${by}${because(reason)}`;
}

export function bannedWords(room: string | null, until: number | null, reason: string): string {
  return `You are banned from ${placeWords(room)} ${untilWords(until)}${because(reason)}`;
}

export function silencedWords(room: string, until: number | null, reason: string): string {
  return `You are silenced in #${room} ${untilWords(until)}${because(reason)}`;
}

/** "You were silenced in #lobby by ann: reason". */
export function slowWords(room: string, leftMs: number): string {
  const seconds = Math.max(1, Math.ceil(leftMs / 1000));
  return `#${room} is in slow mode: you may write again in ${seconds} second${seconds === 1 ? '' : 's'}.`;
}
