/**
 * The build: each entry is a file of its own directly in dist/, and what they share lies beside them. Loading 350 modules one
 * by one was two thirds of a start, so packages of plain JavaScript go into these files as well.
 */
import { fileURLToPath } from 'node:url';
import type { Plugin, RolldownOptions } from 'rolldown';
import { unicodeEscape } from './src/cli/escape.ts';
import { ENTRIES } from './src/program-files.ts';
import { licences } from './tools/licences.ts';

const inSources = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** Modules that draw, and what stands in for them: it gives the same, with less work for each frame. */
const FASTER = new Map([
  ['string-width', inSources('cell-width.ts')],
  ['./output.js', inSources('ui/ink/output.ts')],
  ['./sanitize-ansi.js', inSources('ui/ink/sanitize-ansi.ts')],
]);
const PACKAGES = /\/node_modules\/(?:ink|cli-truncate|slice-ansi|widest-line|wrap-ansi)\//;

const faster: Plugin = {
  name: 'faster-ink',
  resolveId: (module, importer) => (importer && PACKAGES.test(importer) ? FASTER.get(module) : undefined),
};

/** One character beyond Latin-1 makes V8 hold a file with two bytes for each of its characters, in each thread. */
const latin: Plugin = {
  name: 'latin-1',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk') file.code = file.code.replace(/[^\0-\xff]/g, unicodeEscape);
    }
  },
};

export default {
  input: Object.fromEntries(Object.entries(ENTRIES).map(([name, source]) => [name, `src/${source}.ts`])),
  platform: 'node',
  external: [
    // Native code, WebAssembly beside it, or code that finds its own files.
    ...['better-sqlite3', 'sodium-native', '@lydell/node-pty', 'cpu-features', 'pulseaudio.js'],
    ...['opusscript/build/opusscript_native_wasm.js', '@echogarden/rnnoise-wasm', 'pino', 'pino-pretty'],
    // Of Ink, where somebody debugs React.
    'react-devtools-core',
  ],
  plugins: [faster, latin, licences()],
  transform: {
    define: {
      'process.env.NODE_ENV': '"production"',
      // What draws would fetch its WebAssembly from a data: URL, for which Node loads an HTTP client.
      fetch: 'undefined',
      __dirname: 'import.meta.dirname',
      __filename: 'import.meta.filename',
    },
  },
  output: {
    dir: 'dist',
    // Names stay, for the stacks of errors.
    minify: { compress: false, mangle: false, codegen: true },
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  },
} satisfies RolldownOptions;
