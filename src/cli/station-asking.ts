/** What every `voipterm station` command does: find the station's socket, read a room and a duration, print the answer. */
import { VoiptermError } from '../errors.ts';
import { roomName } from '../net/control/schema.ts';
import { parseDuration } from '../session/durations.ts';
import type { AdminAnswer, AdminAsk, AdminMethod } from '../station/admin-schema.ts';
import { type CommonOptions, openContext } from './context.ts';
import { toJsonLine } from './json-line.ts';
import { printLine } from './output.ts';
import { configuredPath } from './paths.ts';
import { stationClient } from './station-client.ts';

export interface StationCommandOptions extends CommonOptions {
  readonly data?: string;
  readonly json?: boolean;
  readonly room?: string;
}

type Ask = <M extends AdminMethod>(method: M, params: AdminAsk<M>) => Promise<AdminAnswer<M>>;

/** The station of --data, of the configuration, or the one on this machine. */
export function asker(options: StationCommandOptions): Ask {
  const { config, paths } = openContext(
    { ...options, logLevel: options.logLevel ?? 'warn' },
    { 'station.data': options.data },
  );
  const { ask } = stationClient(configuredPath(config.station.data, paths.station, paths.home));
  return ask;
}

/** Lines for a person, or all of it as one line of JSON. */
export async function show(
  options: StationCommandOptions,
  answer: object,
  lines: () => readonly string[],
): Promise<void> {
  for (const line of options.json ? [toJsonLine(answer)] : lines()) await printLine(line);
}

export function roomOf({ room }: StationCommandOptions): string | null {
  if (room === undefined) return null;
  const parsed = roomName.safeParse(room.replace(/^#/, '').toLowerCase());
  if (parsed.success) return parsed.data;
  throw new VoiptermError('usage.invalid', parsed.error.issues[0]?.message ?? 'that is no room');
}

export function placeOf(room: string | null): string {
  return room === null ? 'station' : `#${room}`;
}

export function secondsOf(text: string, option: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  throw new VoiptermError('usage.invalid', `${option} takes a duration such as 90s, 30m, 2h, 7d or 2w`);
}
