/** A part of the build: the licences of the packages whose code goes into our files, which want to be passed on with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'rolldown';

const FILE = 'third-party-licences.txt';
/** The directory of the package that a module belongs to. */
const PACKAGE = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)/i;

/** "ink 8.0.0 (MIT)" and the texts. Throws where a package says nothing: then somebody has to look. */
function licenceOf(directory: string): string {
  const about = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const { name, version } = about;
  const license = about.license ?? about.licenses?.[0]?.type; // as it was written until 2014
  if (!license) throw new Error(`${name} ${version} does not say under what licence it is`);
  const texts = readdirSync(directory)
    .filter((file) => LICENCE_FILE.test(file))
    .map((file) => readFileSync(join(directory, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}

/** Writes the licences of all packages in the bundle beside it. */
export function licences(): Plugin {
  return {
    name: 'licences',
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
      const directories = new Set(modules.flatMap((id) => PACKAGE.exec(id)?.[1] ?? []));
      const texts = [...directories].toSorted().map(licenceOf);
      this.emitFile({
        type: 'asset',
        fileName: FILE,
        source: `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`,
      });
    },
  };
}
