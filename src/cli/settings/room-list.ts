/** A setting that names rooms: a client's and a station's. Pure. */
import { roomName } from '../../net/control/schema.ts';
import { list, type Setting } from '../setting.ts';

/** Between `min` and `max` rooms; the lobby by default. */
export function roomList(min: number, max: number, help: string): Setting<readonly string[]> {
  const expected = `a list of ${min} to ${max} different room names, each 1 to 32 of a-z 0-9 . _ - without the #`;
  return list(roomName, { min, max }, expected, ['lobby'], help);
}
