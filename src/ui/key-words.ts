/** Keys as a person reads them. Pure. */

const SHOWN: Readonly<Record<string, string>> = {
  pageup: 'PgUp',
  pagedown: 'PgDn',
  escape: 'Esc',
  delete: 'Del',
  insert: 'Ins',
};

/** "ctrl+t" as a person reads it: "Ctrl+T"; two chords with a space between. */
export function showChord(chord: string): string {
  return chord.split(' ').map(showOne).join(' ');
}

function showOne(chord: string): string {
  return chord
    .split(/\+(?=.)/)
    .map((part) => SHOWN[part] ?? part.charAt(0).toUpperCase() + part.slice(1))
    .join('+');
}
