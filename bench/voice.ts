/**
 * `npm run bench:voice`: what a call sounds like and costs, between real processes through `voipterm lab proxy`, on two samples of
 * speech. Prints tables; it is no test, since the figures belong to the machine.
 *
 *     npm run bench:voice                                all parts, some 30 minutes
 *     npm run bench:voice -- loss bursts --loss 10,30    only these, at these loss rates
 *     npm run bench:voice -- delay --long                ten minutes a call
 *     npm run bench:voice -- loss --seconds 30           shorter calls
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Calls } from './voice/call.ts';
import type { Choices } from './voice/choices.ts';
import { cpu } from './voice/cpu.ts';
import { delay } from './voice/delay.ts';
import { devices } from './voice/devices.ts';
import { drift } from './voice/drift.ts';
import { jitter } from './voice/jitter.ts';
import { keys } from './voice/keys.ts';
import { bursts, loss } from './voice/loss.ts';

const PARTS: Readonly<Record<string, (calls: Calls, choices: Choices) => Promise<void>>> = {
  delay,
  loss,
  bursts,
  jitter,
  drift,
  cpu,
  keys,
  devices,
};

const { values, positionals } = parseArgs({
  options: { long: { type: 'boolean' }, seconds: { type: 'string' }, loss: { type: 'string' } },
  allowPositionals: true,
});
const unknown = positionals.find((name) => !(name in PARTS));
if (unknown) throw new Error(`no part is called ${unknown}; there are ${Object.keys(PARTS).join(', ')}`);
const choices: Choices = {
  long: values.long ?? false,
  ...(values.seconds ? { seconds: Number(values.seconds) } : {}),
  ...(values.loss ? { losses: values.loss.split(',').map(Number) } : {}),
};

console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`);
for (const [name, part] of Object.entries(PARTS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const calls = await Calls.start();
  try {
    await part(calls, choices);
  } finally {
    await calls.dispose();
  }
}
