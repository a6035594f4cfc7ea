/** The options before a key in authorized_keys, as far as a station obeys them (sshd(8), "AUTHORIZED_KEYS FILE FORMAT"). Pure. */

/** What a key may forward. */
export interface KeyPermissions {
  /** False: nothing at all. */
  readonly forwarding: boolean;
  /** HOST:PORT[/udp] of each permitopen, or null without any: then the station's own rules count. */
  readonly permitOpen: readonly string[] | null;
  /** [BIND:]PORT[/udp] of each permitlisten, or null without any. */
  readonly permitListen: readonly string[] | null;
}

/** Of a key without options. */
export const ALL_PERMITTED: KeyPermissions = { forwarding: true, permitOpen: null, permitListen: null };

/** Most permitopen and permitlisten of one key, as many as sshd takes. */
const MAX_PERMITS = 4096;
/** Whether an option lets the key forward at all; the last one counts. */
const ABOUT_FORWARDING: ReadonlyMap<string, boolean> = new Map([
  ['restrict', false],
  ['no-port-forwarding', false],
  ['port-forwarding', true],
]);
/** About things that a station does not have; whether they are granted or denied makes no difference. */
const HARMLESS = /^(no-)?(pty|agent-forwarding|x11-forwarding|user-rc)$/;
/** One option: a name, perhaps a value in quotes, in which a quote is written as \". */
const OPTION = /^([a-z0-9-]+)(?:="((?:[^"\\]|\\.)*)")?(?=[,\s])/i;

/**
 * Splits a line into its options and the rest. Undefined options: there is one that is not obeyed here, or it is no list
 * of options at all. A line that begins with the key has none, which is ALL_PERMITTED.
 */
export function takeOptions(line: string): {
  readonly options: KeyPermissions | undefined;
  readonly rest: string;
} {
  if (/^ssh-ed25519(\s|$)/.test(line)) return { options: ALL_PERMITTED, rest: line };
  const permits = { open: [] as string[], listen: [] as string[] };
  let forwarding = true;
  let rest = line;
  for (;;) {
    const found = OPTION.exec(rest);
    if (!found) return { options: undefined, rest: line };
    const name = (found[1] ?? '').toLowerCase();
    const value = found[2]?.replaceAll('\\"', '"');
    const about = value === undefined ? ABOUT_FORWARDING.get(name) : undefined;
    if (about !== undefined) forwarding = about;
    else if (!take(permits, name, value)) return { options: undefined, rest: line };
    rest = rest.slice(found[0].length);
    if (!rest.startsWith(',')) break;
    rest = rest.slice(1);
  }
  return { options: { forwarding, ...asLists(permits) }, rest: rest.trimStart() };
}

interface Permits {
  open: string[];
  listen: string[];
}

function take(permits: Permits, name: string, value: string | undefined): boolean {
  if (value === undefined) return HARMLESS.test(name);
  const list = name === 'permitopen' ? permits.open : name === 'permitlisten' ? permits.listen : undefined;
  if (!list || list.length >= MAX_PERMITS) return false;
  list.push(value);
  return true;
}

function asLists({ open, listen }: Permits): Pick<KeyPermissions, 'permitOpen' | 'permitListen'> {
  return { permitOpen: open.length > 0 ? open : null, permitListen: listen.length > 0 ? listen : null };
}
