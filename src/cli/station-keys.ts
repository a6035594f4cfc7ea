/** `voipterm station keys`: keys that a station admits besides its authorized_keys file. */
import { readFileSync, statSync } from 'node:fs';
import { errnoOf, VoiptermError } from '../errors.ts';
import { MAX_AUTHORIZED_KEYS_BYTES } from '../store/authorized-keys.ts';
import { printToStderr } from './output.ts';
import { asker, type StationCommandOptions, show } from './station-asking.ts';
import { table, when } from './table.ts';

export interface KeysOptions extends StationCommandOptions {
  readonly role?: 'guest' | 'member';
}

export async function stationKeys(options: StationCommandOptions): Promise<void> {
  const answer = await asker(options)('keys.list', {});
  await show(options, answer, () =>
    table(
      ['NAME', 'ROLE', 'BY', 'SINCE (UTC)', 'KEY', 'COMMENT'],
      answer.keys.map(({ name, role: is, via, at, key, comment }) => [
        name ?? '-',
        is,
        via,
        when(at),
        key,
        comment,
      ]),
    ),
  );
}

export async function stationKeysImport(file: string, options: KeysOptions): Promise<void> {
  const text = readKeys(file);
  const answer = await asker(options)('keys.import', { text, role: options.role ?? 'member' });
  for (const warning of answer.warnings) await printToStderr(`voipterm: ${warning}`);
  await show(options, answer, () => [`${answer.added} keys were added, ${answer.known} were known.`]);
}

function readKeys(file: string): string {
  try {
    if (statSync(file).size > MAX_AUTHORIZED_KEYS_BYTES) {
      throw new VoiptermError('usage.invalid', `${file} is too large to be a list of keys`);
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof VoiptermError) throw error;
    throw new VoiptermError(
      'usage.invalid',
      `${file} cannot be read (${errnoOf(error) ?? 'unknown reason'})`,
    );
  }
}

export async function stationKeysRemove(who: string, options: StationCommandOptions): Promise<void> {
  const answer = await asker(options)('keys.remove', { who });
  await show(options, answer, () => [
    `${who} is not admitted any more (${answer.connections} connections ended).`,
  ]);
}
