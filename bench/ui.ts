/**
 * `npm run bench:ui`: what the interface, the text and the search cost, between real processes and in real pseudo-terminals.
 * Prints tables; it is no test, since the figures belong to the machine.
 *
 *     npm run bench:ui                      all parts, some eight minutes
 *     npm run bench:ui -- screen posts      only these
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { screen } from './ui/screen.ts';

/** A part that is a program of its own. */
function program(name: string, ...args: string[]): () => Promise<void> {
  return async () => {
    const file = fileURLToPath(new URL(`./ui/${name}.ts`, import.meta.url));
    const [status] = await once(spawn(process.execPath, [file, ...args], { stdio: 'inherit' }), 'exit');
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
  };
}

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  screen,
  posts: program('posts'),
  search: program('search'),
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in PARTS));
if (unknown) throw new Error(`no part is called ${unknown}; there are ${Object.keys(PARTS).join(', ')}`);
console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`);
for (const [name, part] of Object.entries(PARTS))
  if (wanted.length === 0 || wanted.includes(name)) await part();
