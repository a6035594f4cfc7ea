/** Before the tests: the fixture is built as the program is, so that what runs in a terminal is what users get. */
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import config from '../../rolldown.config.ts';

const SOURCE = fileURLToPath(new URL('./fixture-app.ts', import.meta.url));
/** Where packages that stay outside are found from. */
const DIRECTORY = fileURLToPath(new URL('../../node_modules/.cache/voipterm/', import.meta.url));

/** The built fixture. */
export const FIXTURE = `${DIRECTORY}fixture-app.js`;

export async function setup(): Promise<void> {
  const { output, ...rest } = config;
  const bundle = await rolldown({ ...rest, input: { 'fixture-app': SOURCE } });
  try {
    await bundle.write({ ...output, dir: DIRECTORY });
  } finally {
    await bundle.close();
  }
}
