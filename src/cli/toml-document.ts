/** TOML that a person wrote: read, and refused in a sentence that names the file and the line. */
import { parse, TomlError } from 'smol-toml';
import { VoiptermError } from '../errors.ts';
import { escapeControls } from './escape.ts';

/** @throws VoiptermError 'config.invalid' for what is not TOML. */
export function parseToml(document: string, file: string): Record<string, unknown> {
  try {
    return parse(document);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    // The parser's message goes on with a drawing of the place.
    const [reason = ''] = cause.message.replace(/^Invalid TOML document: /, '').split('\n');
    throw invalid(file, cause.line, `not valid TOML: ${reason}`, cause);
  }
}

/** The error for a problem in such a file. @param line from 1; undefined for the file as a whole. */
export function invalid(
  file: string,
  line: number | undefined,
  problem: string,
  cause?: unknown,
): VoiptermError {
  const place = line === undefined ? file : `${file}:${line}`;
  return new VoiptermError('config.invalid', `${escapeControls(place)}: ${problem}`, { cause });
}
