/** Before the tests: the fixture is built as the program is, so that what runs in a terminal is what users get. */
import { fileURLToPath } from 'node:url';
import { build } from '../../tools/build.ts';

const SOURCE = fileURLToPath(new URL('./fixture-app.ts', import.meta.url));
/** Where packages that stay outside are found from. */
const DIRECTORY = fileURLToPath(new URL('../../node_modules/.cache/voipterm/', import.meta.url));

/** The built fixture. */
export const FIXTURE = `${DIRECTORY}fixture-app.js`;

export const setup = (): Promise<void> => build({ 'fixture-app': SOURCE }, DIRECTORY);
