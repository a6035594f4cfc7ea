/** Checks the files that a client needs: whether they can be read and written, not what a person put into them. */
import { randomUUID } from 'node:crypto';
import { constants, existsSync, statSync } from 'node:fs';
import { access, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ErrorCode, toWireError, VoiptermError } from '../errors.ts';
import { checkKnownHosts } from '../net/control/known-hosts.ts';
import { ClientStore } from '../store/client.ts';
import { fileError } from '../store/file-error.ts';
import { loadKey } from '../store/identity.ts';
import { bounded } from './bounded.ts';
import { type Check, type CheckId, failure, ok } from './check.ts';

/** A directory on a network that is gone may never answer. */
const WRITE_MS = 5_000;
/** Written to find out whether there is room: a block of most file systems. */
const TRIAL_BYTES = 4096;

export interface FilePaths {
  readonly config: string;
  /** What is wrong with the configuration; undefined if nothing is. */
  readonly configError: VoiptermError | undefined;
  readonly data: string;
  readonly clientDatabase: string;
  readonly knownHosts: string;
  /** The key's file, "agent", or where our own key will be. */
  readonly identity: { readonly from: 'file' | 'own'; readonly path: string } | { readonly from: 'agent' };
  /** A connection follows, which makes our own key if there is none. */
  readonly connects: boolean;
}

export async function checkFiles(paths: FilePaths): Promise<Check[]> {
  return [
    checkConfig(paths),
    await checkData(paths.data),
    checkHistory(paths.clientDatabase),
    checkKnown(paths.knownHosts),
    checkIdentity(paths),
  ];
}

function checkConfig({ config, configError }: FilePaths): Check {
  const facts = { file: config, exists: existsSync(config) };
  if (configError) return failed('files.config', configError, FIXES['config.invalid'] ?? '', facts);
  const text = facts.exists ? `${config} is in order` : `there is no ${config}: defaults are in force`;
  return ok('files.config', text, facts);
}

async function checkData(directory: string): Promise<Check> {
  const facts = { directory };
  const there = nearest(directory);
  try {
    await bounded(WRITE_MS, `writing to ${there}`, () => tryToWrite(there, there === directory));
    const text =
      there === directory ? `${directory} can be written` : `${directory} can be made when it is needed`;
    return ok('files.data', text, facts);
  } catch (error) {
    const { message } = toWireError(error);
    return failure(
      'files.data',
      'store.unwritable',
      message,
      'make room, or set XDG_DATA_HOME to another place',
      facts,
    );
  }
}

/** The directory, or the first above it that is there. */
function nearest(directory: string): string {
  let at = directory;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

/** Permissions do not tell of a full or a read-only disk: in a directory of our own a file is written. */
async function tryToWrite(directory: string, ours: boolean): Promise<void> {
  const file = join(directory, `.trial-${randomUUID()}`);
  try {
    if (!statSync(directory).isDirectory())
      throw new VoiptermError('store.unwritable', `${directory} is not a directory`);
    await access(directory, constants.W_OK);
    if (!ours) return;
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(Buffer.alloc(TRIAL_BYTES));
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, directory);
  } finally {
    if (ours) await rm(file, { force: true });
  }
}

function checkHistory(database: string): Check {
  const facts = { file: database, exists: existsSync(database) };
  if (!facts.exists) return ok('files.history', 'there is none yet', facts);
  try {
    new ClientStore(database).close();
    return ok('files.history', `${database} opens`, facts);
  } catch (error) {
    return failed('files.history', error, 'move the file away, or set XDG_DATA_HOME to another place', facts);
  }
}

/** Only whether the file can be read: the key that is looked for is nobody's. */
function checkKnown(file: string): Check {
  const facts = { file, exists: existsSync(file) };
  try {
    checkKnownHosts(file, 'nobody.invalid', 1, Buffer.alloc(0));
    const text = facts.exists ? `${file} can be read` : `there is no ${file} yet: no station is known`;
    return ok('files.known-hosts', text, facts);
  } catch (error) {
    return failed('files.known-hosts', error, FIXES['config.invalid'] ?? '', facts);
  }
}

function checkIdentity({ identity, connects }: FilePaths): Check {
  const id = 'files.identity';
  if (identity.from === 'agent') {
    const socket = process.env.SSH_AUTH_SOCK;
    if (socket) return ok(id, `ssh-agent at ${socket}`, { from: 'agent' });
    const text = 'client.identity is "agent", and no ssh-agent runs here';
    return failure(
      id,
      'identity.unreadable',
      text,
      'start one and add your key (ssh-add), or name a key file with -i',
    );
  }
  const { from, path } = identity;
  if (from === 'own' && !existsSync(path)) {
    const when = connects
      ? 'connecting makes it, unless ~/.ssh/config names another'
      : 'the first connection makes it';
    return ok(id, `there is no ${path} yet; ${when}`, { from, file: path, fingerprint: null });
  }
  try {
    const { fingerprint } = loadKey(path);
    return ok(id, `${path} (${fingerprint})`, { from, file: path, fingerprint });
  } catch (error) {
    return failed(id, error, FIXES['identity.unreadable'] ?? '', { from, file: path, fingerprint: null });
  }
}

const FIXES: { readonly [C in ErrorCode]?: string } = {
  'config.invalid': 'mend the file; config.example.toml shows every key',
  'identity.unreadable': 'mend that, make a key with voipterm keygen, or name another with -i',
};

function failed(id: CheckId, error: unknown, fix: string, facts: Check['facts']): Check {
  const { code, message } = toWireError(error);
  return failure(id, code, message, fix, facts);
}
