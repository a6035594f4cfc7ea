/**
 * Builds the program, or a part of it for a test, as rolldown.config.ts says. rolldown's own command lists a hundred files
 * before the first screen.
 */
import { rolldown } from 'rolldown';
import config from '../rolldown.config.ts';

/** @param input entries by their names, instead of the program's. @param dir where to, instead of dist/. */
export async function build(
  input: Readonly<Record<string, string>> = config.input,
  dir = config.output.dir,
): Promise<void> {
  const { output, ...rest } = config;
  const bundle = await rolldown({ ...rest, input });
  try {
    await bundle.write({ ...output, dir });
  } finally {
    await bundle.close();
  }
}

if (import.meta.main) await build();
