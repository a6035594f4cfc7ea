/** Checks Node and the parts of the program that are compiled for one machine. */
import { sentenceOf } from '../errors.ts';
import { nativeCipher } from '../net/protocol/seal.ts';
import { ClientStore } from '../store/client.ts';
import { type Check, failure, ok, warning } from './check.ts';

/** What bin/voipterm.cjs asks for before anything else is loaded. */
const NEEDED_NODE = '22.14';

const REINSTALL = 'run "npm install" again on this machine, with the Node that runs voipterm';

export async function checkMachine(): Promise<Check[]> {
  return [checkNode(), checkCipher(), checkDatabase(), await checkShell()];
}

function checkNode(): Check {
  const { node } = process.versions;
  const { platform, arch } = process;
  const text = `${node} on ${platform} ${arch}; ${NEEDED_NODE} or newer is needed`;
  return ok('machine.node', text, { version: node, platform, arch });
}

function checkCipher(): Check {
  if (nativeCipher) return ok('machine.cipher', 'sodium-native is there', { native: true });
  return warning(
    'machine.cipher',
    'sodium-native has no binary for this machine; Node seals instead, and takes several times as long for a packet',
    REINSTALL,
    { native: false },
  );
}

function checkDatabase(): Check {
  try {
    new ClientStore(':memory:').close();
    return ok('machine.database', 'better-sqlite3 is there');
  } catch (error) {
    return failure(
      'machine.database',
      'store.unwritable',
      `better-sqlite3 does not work: ${why(error)}`,
      REINSTALL,
    );
  }
}

async function checkShell(): Promise<Check> {
  try {
    await Promise.all([import('@lydell/node-pty'), import('@xterm/headless')]);
    return ok('machine.shell', '@lydell/node-pty is there');
  } catch (error) {
    return warning(
      'machine.shell',
      `@lydell/node-pty does not work, so the shell tab is empty: ${why(error)}`,
      REINSTALL,
    );
  }
}

/** The first line of what was thrown: loaders of native code list every path that they tried. */
function why(error: unknown): string {
  const text = sentenceOf(error);
  return text.split('\n')[0] ?? '';
}
