/** Names of files that come from others: made safe for any file system, and shown as what they are. Pure. */

/** Longest name, bytes in UTF-8: what the usual file systems take, with room for a number and an ending of ours. */
const MAX_NAME_BYTES = 200;
/** Names that mean devices where Windows reads them, whatever follows a dot. */
const DEVICES = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
/** What no file system has in a name, what a shell makes trouble of at the start, and what nobody sees or sees turned round. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}/\\:*?"<>|]/gu;

/**
 * The name under which a file is kept: the last part of a path, without anything that is no name, never hidden, never
 * empty, never an option of a command.
 */
export function safeFileName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .replace(UNSAFE, '_')
    .replace(/^[\s.-]+/u, '')
    .replace(/[\s.]+$/u, '');
  const short = shortened(plain);
  if (short === '') return 'file';
  return DEVICES.test(short) ? `_${short}` : short;
}

/** Cut in the middle, so that the ending stays. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const { stem, ending } = partsOf(name);
  const room = MAX_NAME_BYTES - Buffer.byteLength(ending);
  let kept = '';
  for (const char of stem) {
    if (Buffer.byteLength(kept + char) > room) break;
    kept += char;
  }
  return kept + ending;
}

/** "report.pdf" for 0, "report (1).pdf" for 1. */
export function numberedName(name: string, number: number): string {
  if (number === 0) return name;
  const { stem, ending } = partsOf(name);
  return `${stem} (${number})${ending}`;
}

/** Longest ending that is one, UTF-16 units with the dot. */
const MAX_ENDING = 12;

function partsOf(name: string): { stem: string; ending: string } {
  const dot = name.lastIndexOf('.');
  if (dot <= 0 || name.length - dot > MAX_ENDING) return { stem: name, ending: '' };
  return { stem: name.slice(0, dot), ending: name.slice(dot) };
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

/** "812 bytes", "2.1 MB": in thousands, as file managers have it. */
export function sizeWords(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}
