/** `voipterm keygen`: makes the user's key if there is none, and prints the line for a station's authorized_keys. */
import { loadKey } from '../store/identity.ts';
import { type CommonOptions, openContext, ownKey } from './context.ts';
import { printLine } from './output.ts';
import { configuredPath } from './paths.ts';

export async function keygen(options: CommonOptions): Promise<void> {
  const { config, paths } = openContext(options);
  const { identity } = config.client;
  const own = identity === '' || identity === 'agent';
  const path = own ? paths.identity : configuredPath(identity, '', paths.home);
  const key = own ? ownKey(paths) : loadKey(path);
  process.stderr.write(
    `${'created' in key && key.created ? 'made a new key' : 'your key'}: ${path}\nfingerprint: ${key.fingerprint}\n`,
  );
  await printLine(key.publicKey);
}
