/** From the [station] settings to what a station is told, and what of a changed file counts while it runs. Pure. */
import { parseTarget } from '../net/control/target.ts';
import type { LiveOptions, StationOptions } from '../station/station.ts';
import { ALL_SETTINGS, type Config, camelKey, type Section } from './config.ts';
import { ownerKey } from './settings/owner-key.ts';

/** The sections that `serve` reads. */
const SECTIONS: readonly Section[] = ['station', 'crypto', 'logging'];

/** What counts at once when it changes. */
export function liveOptions(settings: Config['station'], port: number): LiveOptions {
  return {
    name: settings.name,
    rooms: settings.rooms,
    allowRecording: settings.allowRecording,
    maxFileBytes: settings.maxFileMb * 1024 * 1024,
    open: settings.open,
    forwarding: { forward: settings.allowForward, listen: settings.allowListen },
    people: {
      owners: settings.owners.flatMap((text) => ownerKey(text) ?? []),
      openRole: settings.openRole,
      rules: {
        make: settings.mayMakeRooms,
        forward: settings.mayForward,
        invite: settings.mayInvite,
      },
    },
    publicAddress: publicAddress(settings.publicName, port),
    shell: shellPolicy(settings.shell),
  };
}

/** "off", "owners", or fingerprints. */
function shellPolicy(listed: readonly string[]): NonNullable<LiveOptions['shell']> {
  if (listed.length === 0 || listed.includes('off')) return 'off';
  return listed.includes('owners') ? 'owners' : listed.flatMap((text) => ownerKey(text) ?? []);
}

/** @param port where it listens: the usual one outside too, unless another is said. */
function publicAddress(name: string, port: number): StationOptions['publicAddress'] {
  if (name === '') return undefined;
  const target = parseTarget(name);
  return { host: target.host, port: /:[0-9]+$/.test(name) ? target.port : port };
}

/** Which keys differ: those that count at once, and those that need a restart. */
export function changedKeys(before: Config, after: Config): { changed: string[]; later: string[] } {
  const rows = ALL_SETTINGS.filter(
    ({ section, key }) =>
      SECTIONS.includes(section) && !isSame(settingOf(before, section, key), settingOf(after, section, key)),
  );
  const isLive = (row: (typeof rows)[number]): boolean =>
    row.section === 'station' && row.setting.applies === 'live';
  return {
    changed: rows.filter(isLive).map(({ path }) => path),
    later: rows.filter((row) => !isLive(row)).map(({ path }) => path),
  };
}

function settingOf(config: Config, section: Section, key: string): unknown {
  const values: Readonly<Record<string, unknown>> = config[section];
  return values[camelKey(key)];
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
