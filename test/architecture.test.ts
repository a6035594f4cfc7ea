/**
 * Who may import whom, as a test that says why (docs/architecture.md tells the same in prose).
 *
 * It reads the sources with regular expressions: good enough for imports, which the formatter keeps in one form, and
 * for the names of a few functions. Type imports count: a type that a folder may not see is knowledge it should not have.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Source {
  /** Path from the repository's root: "src/net/protocol/packet.ts". */
  readonly path: string;
  /** Without comments. */
  readonly code: string;
  /** Its first comment says so. */
  readonly saysPure?: boolean;
}

interface Import {
  readonly from: string;
  /** A path in src ("src/errors.ts"), or a package ("node:fs"). */
  readonly to: string;
  /** Gone at run time, so it cannot make a cycle of unfinished modules. */
  readonly typeOnly: boolean;
  /** The file that imports says of itself that it is pure. */
  readonly saysPure?: boolean;
}

interface Layer {
  /** A folder, written as the start of its paths. */
  readonly folder: string;
  /** Besides its own files: paths, or starts of paths that end in '/' or '-'. */
  readonly may: readonly string[];
  readonly why: string;
}

const BASE = ['src/errors.ts', 'src/log.ts'];
const THREADS = ['src/port.ts', 'src/program-files.ts', 'src/worker-thread.ts'];
/** What a voice is on the wire, and the way to the tunnel's thread. */
const VOICE_PACKET = [
  'src/net/protocol/rtp.ts',
  'src/net/protocol/rtcp.ts',
  'src/net/protocol/voice-port.ts',
];

const LAYERS: readonly Layer[] = [
  {
    folder: 'src/net/protocol/',
    may: [],
    why: 'the protocol cores are pure: a seeded simulator must be able to run them alone',
  },
  {
    folder: 'src/net/control/',
    may: ['src/net/protocol/constants.ts', 'src/net/tunnel/messages.ts', 'src/errors.ts'],
    why: 'the SSH side of a client knows bytes and messages, not what a client does with them',
  },
  {
    folder: 'src/net/forward/',
    may: [
      'src/net/protocol/forward-packet.ts',
      'src/net/control/channels.ts',
      'src/net/control/schema.ts',
      'src/errors.ts',
    ],
    why: 'forwards carry any application and know nothing of rooms or voice',
  },
  {
    folder: 'src/net/tunnel/',
    may: [
      'src/net/protocol/',
      'src/net/control/',
      'src/net/forward/forwards.ts',
      'src/net/forward/link.ts',
      'src/net/forward/state.ts',
      ...THREADS,
      ...BASE,
    ],
    why: 'the tunnel moves sealed bytes; it must not know sound, storage or the screen',
  },
  {
    folder: 'src/audio/',
    may: [...VOICE_PACKET, 'src/net/protocol/red.ts', ...THREADS, ...BASE],
    why: 'audio knows the voice packet and nothing else of the network, so that it runs without one',
  },
  {
    folder: 'src/bridge/',
    may: [...VOICE_PACKET, 'src/audio/', 'src/errors.ts'],
    why: 'a bridge stands where the audio thread does, and knows the network no better',
  },
  { folder: 'src/store/', may: BASE, why: 'the store keeps rows and must not know where they come from' },
  {
    folder: 'src/engine/',
    may: ['src/session/', 'src/net/control/rpc-wire.ts', 'src/net/control/lines.ts', 'src/errors.ts'],
    why: 'a session behind a local socket is told and asked what a screen would be, and knows neither',
  },
  {
    folder: 'src/session/',
    may: [
      'src/net/control/roles.ts',
      'src/net/control/schema.ts',
      'src/net/control/schema-files.ts',
      'src/net/control/target.ts',
      'src/net/control/invite-line.ts',
      'src/net/forward/flow-table.ts',
      'src/net/forward/spec.ts',
      'src/net/forward/state.ts',
      'src/net/tunnel/client.ts',
      'src/net/tunnel/messages.ts',
      'src/audio/client.ts',
      'src/audio/fault.ts',
      'src/audio/frame.ts',
      'src/audio/messages.ts',
      'src/audio/options.ts',
      'src/store/client.ts',
      'src/cell-width.ts',
      ...BASE,
    ],
    why: 'the glue of a client speaks with the threads through their clients, and has no idea that a screen or a command line exists',
  },
  {
    folder: 'src/ui/',
    may: ['src/session/', 'src/cell-width.ts', 'src/remembered.ts', 'src/errors.ts'],
    why: 'the interface sees the session only: a slow or broken screen must not reach a socket or a sample',
  },
  {
    folder: 'src/station/',
    may: [
      'src/net/protocol/',
      'src/net/forward/flow-table.ts',
      'src/net/forward/access.ts',
      'src/net/forward/socks.ts',
      'src/net/forward/spec.ts',
      'src/net/forward/ip-address.ts',
      'src/net/control/roles.ts',
      'src/net/control/schema.ts',
      'src/net/control/schema-',
      'src/net/control/rpc.ts',
      'src/net/control/rpc-wire.ts',
      'src/net/control/rpc-wire.ts',
      'src/net/control/lines.ts',
      'src/net/control/algorithms.ts',
      'src/net/tunnel/bulk-gate.ts',
      'src/net/tunnel/forward-line.ts',
      'src/net/tunnel/stream-carrier.ts',
      'src/store/',
      ...BASE,
    ],
    why: 'a station shares the wire with a client and none of its parts: it runs without sound or a terminal',
  },
  {
    folder: 'src/guest/',
    may: [
      'src/ui/',
      'src/session/',
      'src/store/client.ts',
      'src/net/control/schema.ts',
      'src/net/control/rpc.ts',
      'src/net/control/lines.ts',
      'src/net/protocol/constants.ts',
      'src/station/guests.ts',
      'src/station/ssh-connection.ts',
      'src/cli/exit.ts',
      'src/cli/json-line.ts',
      'src/cli/locale.ts',
      'src/cli/tail-lines.ts',
      ...THREADS,
      ...BASE,
    ],
    why: 'guests are clients that a station draws for: of the station they know how they are received, and nothing else',
  },
  {
    folder: 'src/library/',
    may: ['src/net/', 'src/store/identity.ts', ...BASE],
    why: 'the library is the tunnel alone, without rooms, voice, threads or a command line',
  },
  { folder: 'src/lab/', may: ['src/errors.ts'], why: 'the bad network is a tool, not a part' },
  {
    folder: 'src/doctor/',
    may: [
      'src/net/protocol/',
      'src/net/control/',
      'src/net/tunnel/client.ts',
      'src/net/tunnel/messages.ts',
      'src/audio/',
      'src/store/',
      'src/ui/key-parser.ts',
      'src/ui/layout.ts',
      'src/errors.ts',
    ],
    why: 'the doctor tries the parts of a client one by one, and needs neither a session nor a screen for it',
  },
  { folder: 'src/cli/', may: ['src/'], why: 'the process may put anything together' },
];

/** Files that stand in src itself: everybody may import them, so they import next to nothing. */
const TOP_FILES: Readonly<Record<string, readonly string[]>> = {
  'src/errors.ts': [],
  'src/cell-width.ts': ['src/remembered.ts'],
  'src/log.ts': [],
  'src/port.ts': ['src/errors.ts'],
  'src/program-files.ts': [],
  'src/remembered.ts': [],
  'src/worker-thread.ts': ['src/errors.ts', 'src/port.ts'],
};

const PACKAGES: readonly { readonly name: RegExp; readonly only: RegExp; readonly why: string }[] = [
  {
    name: /^better-sqlite3$/,
    only: /^src\/(store\/|station\/(store|[a-z-]+-store)\.ts$)/,
    why: 'SQL stays in one place, where migrations and the one writer are',
  },
  {
    name: /^sodium-native$/,
    only: /^src\/net\/protocol\/seal\.ts$/,
    why: 'sealing has one home, which also copes with a machine without the prebuilt library',
  },
  {
    name: /^(ink|react)(\/|$)/,
    only: /^src\/ui\//,
    why: 'a headless client must start without the interface libraries',
  },
];

/** Files that take (bytes, now) and return values, whatever they say; a file whose first comment says "Pure" is held to it too. */
const PURE = new RegExp(
  `^src/(${[
    'net/protocol/.*',
    'net/control/(schema|lines|target)',
    'net/forward/(flow-table|spec|access|socks|socks-handshake|ip-address|link|state|driver|no-counts|notice-limit)',
    'audio/(loopback|jitter|playout|frame-queue|pcm-queue|time-scale|delay-control|delay-estimator|output-clock)',
    'audio/(reception|receiver-stats|arrivals|mix|level|frame|histogram)',
    'net/tunnel/(backoff|carrier-words|reopening|rekeying|tunnel-stats)',
    'bridge/(foreign-rtp|opus-packet|repackager|inlet|outlet|room-side|sdp)',
    'station/(rooms|relay|echo|limits|seats|forgeries)',
    'audio/(gains|tones|clips|replay|ogg|opus-fill|timeline|reorder|mix-bus|fault|heard-by)',
    'session/(state|commands|reduce|lines|forward-words|talk-watch|people|health-words)',
    'session/(places|room-window|reduce-text|text-state|text-commands|mentions|alerts)',
    'doctor/(check|report|call-words|terminal-words)',
    'lab/(impairment|stream-impairment|spec|loss|bottleneck|delivery-queue|direction|random)',
    'ui/(clean-text|talk-key|key-parser|key-decode|key-bindings|key-table|line-editor)',
    'cli/(way|setting|settings/.*|exit|paths|escape|suggest|toml-position|config|config-keys|config-read|config-example)',
  ].join('|')})\\.ts$`,
);
const IMPURE_CALL =
  /\b(Date\.now|performance\.(?:now|timeOrigin)|process\.hrtime|new Date\(\)|set(?:Timeout|Interval|Immediate)|queueMicrotask|Math\.random|random(?:Bytes|UUID|FillSync|Int)|getRandomValues)\b/;
const IMPURE_PACKAGE =
  /^node:(net|dgram|tls|http|https|http2|dns|fs|timers|child_process|worker_threads|os|perf_hooks)(\/|$)/;

// Reading -------------------------------------------------------------------------------------------------

/** Blanks comments out. Strings are recognised so that '//' in one is none; a quote in a regexp ends with its line. */
function withoutComments(code: string): string {
  return code.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, text = ' ') => text,
  );
}

const SPECIFIER = [
  /\b(?:import|export)\b(?<type>\s+type\b)?[^'";]*?\bfrom\s*['"](?<to>[^'"]+)['"]/g,
  /\bimport\s*['"](?<to>[^'"]+)['"]/g,
  /\bimport\s*\(\s*['"`](?<to>[^'"`]+)['"`]/g,
  /\b(?:require|createRequire\([^)]*\))\(\s*['"](?<to>[^'"]+)['"]/g,
];

function importsOf({ path, code, saysPure = false }: Source): Import[] {
  return SPECIFIER.flatMap((pattern) =>
    [...code.matchAll(pattern)].map(({ groups: { to = '', type } = {} as Record<string, string> }) => ({
      from: path,
      to: to.startsWith('.') ? posix.join(posix.dirname(path), to) : to,
      typeOnly: type !== undefined,
      saysPure,
    })),
  );
}

function readSources(): Source[] {
  const root = new URL('..', import.meta.url).pathname;
  return readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const path = posix.join('src', file.slice(join(root, 'src').length + 1).replaceAll('\\', '/'));
      const text = readFileSync(file, 'utf8');
      const saysPure = /\bPure\b/.test(text.slice(0, text.indexOf('*/')));
      return { path, code: withoutComments(text), saysPure };
    });
}

// Judging: each function returns sentences, none if all is well -----------------------------------------------

type Edge = Pick<Import, 'from' | 'to' | 'saysPure'>;

const isPure = (path: string, saysPure = false): boolean => saysPure || PURE.test(path);

function layerViolation({ from, to }: Edge): string | undefined {
  if (!to.startsWith('src/')) return undefined;
  const top = TOP_FILES[from];
  if (top)
    return top.includes(to) ? undefined : `${from} imports ${to}: everybody imports it, so it stays a leaf`;
  const layer = LAYERS.find(({ folder }) => from.startsWith(folder));
  if (!layer)
    return `${from} is in no folder of the architecture; add the folder here and to docs/architecture.md`;
  const allowed = [layer.folder, ...layer.may].some((may) =>
    /[/-]$/.test(may) ? to.startsWith(may) : to === may,
  );
  return allowed ? undefined : `${from} imports ${to}: ${layer.why}`;
}

function packageViolation({ from, to, saysPure }: Edge): string | undefined {
  const rule = PACKAGES.find(({ name }) => name.test(to));
  if (rule && !rule.only.test(from)) return `${from} imports ${to}: ${rule.why}`;
  if (to === 'node:crypto' && /^src\/net\/protocol\/(?!seal\.ts$)/.test(from)) {
    return `${from} imports ${to}: keys and randomness come into a protocol core as bytes; only seal.ts does cryptography`;
  }
  if (isPure(from, saysPure) && IMPURE_PACKAGE.test(to))
    return `${from} imports ${to}: a pure file has no sockets, files or timers`;
  return undefined;
}

function codeViolations({ path, code, saysPure }: Source): string[] {
  const problems: string[] = [];
  const call = isPure(path, saysPure) ? IMPURE_CALL.exec(code)?.[1] : undefined;
  if (call) problems.push(`${path} uses ${call}: time and randomness come into a pure file as arguments`);
  if (/\bprocess\.(exit|reallyExit|abort)\b\s*\(/.test(code) && path !== 'src/cli/main.ts') {
    problems.push(`${path} ends the process: only src/cli/main.ts does, after all was put away`);
  }
  return problems;
}

function pathViolations(path: string): string[] {
  const parts = path
    .replace(/\.tsx?$/, '')
    .split('/')
    .slice(1);
  const vague = parts.find((part) => /^(utils?|helpers?|common|shared|misc|index)$/.test(part));
  const problems = vague ? [`${path}: "${vague}" says nothing; name a file for its one idea`] : [];
  if (parts.length > 3)
    problems.push(`${path} is nested deeper than two folders under src: names should do that work`);
  return problems;
}

/** One cycle as the list of its files, if there is any. */
function findCycle(imports: readonly Import[]): string[] | undefined {
  const targets = new Map<string, string[]>();
  for (const { from, to, typeOnly } of imports) {
    if (!typeOnly) targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of targets.get(file) ?? []) {
      const cycle = visit(next, [...trail, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of targets.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}

const present = <T>(value: T | undefined): value is T => value !== undefined;

describe('the sources', () => {
  const sources = readSources();
  const imports = sources.flatMap(importsOf);

  test('are read at all', () => {
    expect(sources.map(({ path }) => path)).toContain('src/net/protocol/packet.ts');
    expect(imports).toContainEqual({
      from: 'src/port.ts',
      to: 'src/errors.ts',
      typeOnly: false,
      saysPure: false,
    });
  });

  test('import only what their folder may know', () => {
    expect(imports.map(layerViolation).filter(present)).toEqual([]);
  });

  test('keep each library in its place', () => {
    expect(imports.map(packageViolation).filter(present)).toEqual([]);
  });

  test('leave clocks, chance and exits to those who own them', () => {
    expect(sources.flatMap(codeViolations)).toEqual([]);
  });

  test('have no import cycle', () => {
    expect(findCycle(imports)).toBeUndefined();
  });

  test('have names that say something, at most two folders deep', () => {
    expect(sources.flatMap(({ path }) => pathViolations(path))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  const page = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8');
  const paths = readSources().map(({ path }) => path);

  /** The files that a row's cell names: `src/a/b.ts`, `c.ts` is src/a/b.ts and src/a/c.ts; `*` stands for any letters. */
  const namedIn = (cell: string): string[] => {
    let folder = 'src/';
    return [...cell.matchAll(/`([a-z/*-]+\.tsx?)`/g)].map(([, name = '']) => {
      if (!name.includes('/')) return `${folder}${name}`;
      const path = name.startsWith('src/') ? name : `src/${name}`;
      folder = path.slice(0, path.lastIndexOf('/') + 1);
      return path;
    });
  };
  const exists = (named: string): boolean => {
    const pattern = new RegExp(`^${named.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
    return paths.some((path) => pattern.test(path));
  };

  test.each(['## Folders', '## Where is'])('names only files that exist: %s', (title) => {
    const section = page.slice(page.indexOf(title)).split('\n## ')[0] ?? '';
    const cells = section
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) => line.split('|'));
    const named = cells.flatMap((row) => namedIn(row[title === '## Folders' ? 1 : 2] ?? ''));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !exists(path) && !path.includes('test'))).toEqual([]);
  });
});

describe('this test sees', () => {
  const importsIn = (path: string, code: string): string[] =>
    importsOf({ path, code: withoutComments(code) }).map(({ to }) => to);

  test('every form of import, and none in comments', () => {
    const code = `
      import a, { type B } from './a.ts';
      import type {
        C,
      } from "../c/c.ts";
      import 'side-effect';
      export { d } from './d.ts';
      export * from './e.ts';
      const f = await import('./f.tsx');
      const g = createRequire(import.meta.url)('g');
      const url = 'https://x'; import { h } from 'h';
      // import './no.ts'
      /* import './no.ts' */ const text = "// import";
    `;
    expect(importsIn('src/x/y.ts', code).sort()).toEqual(
      ['g', 'h', 'side-effect', 'src/c/c.ts', 'src/x/a.ts', 'src/x/d.ts', 'src/x/e.ts', 'src/x/f.tsx'].sort(),
    );
  });

  test.each([
    ['src/net/protocol/packet.ts', 'src/net/tunnel/messages.ts'],
    ['src/net/protocol/packet.ts', 'src/log.ts'],
    ['src/net/control/connection.ts', 'src/net/tunnel/worker.ts'],
    ['src/audio/voice.ts', 'src/net/control/schema.ts'],
    ['src/store/client.ts', 'src/net/protocol/constants.ts'],
    ['src/session/session.ts', 'src/ui/app.tsx'],
    ['src/session/session.ts', 'src/cli/config.ts'],
    ['src/session/session.ts', 'src/net/protocol/connection.ts'],
    ['src/session/voice.ts', 'src/audio/voice.ts'],
    ['src/audio/voice.ts', 'src/net/protocol/connection.ts'],
    ['src/bridge/bridge.ts', 'src/session/session.ts'],
    ['src/ui/app.tsx', 'src/net/tunnel/client.ts'],
    ['src/station/station.ts', 'src/net/control/known-hosts.ts'],
    ['src/station/station.ts', 'src/audio/mix.ts'],
    ['src/errors.ts', 'src/log.ts'],
    ['src/stray.ts', 'src/log.ts'],
  ])('that %s must not import %s', (from, to) => {
    expect(layerViolation({ from, to })).toContain(from);
  });

  test.each([
    ['src/session/session.ts', 'better-sqlite3'],
    ['src/station/station.ts', 'sodium-native'],
    ['src/cli/main.ts', 'react/jsx-runtime'],
    ['src/net/protocol/packet.ts', 'node:crypto'],
    ['src/audio/jitter.ts', 'node:fs'],
    ['src/net/protocol/seal.ts', 'node:dgram'],
    ['src/net/control/target.ts', 'node:dns/promises'],
  ])('that %s must not import the package %s', (from, to) => {
    expect(packageViolation({ from, to })).toContain(to);
  });

  test.each([
    ['src/net/protocol/path.ts', 'const now = Date.now();'],
    ['src/audio/mix.ts', 'const x = Math.random()'],
    ['src/session/state.ts', 'setTimeout(f, 1)'],
    ['src/station/relay.ts', 'const at = process.hrtime.bigint()'],
    ['src/cli/say.ts', 'process.exit(1)'],
  ])('what is wrong in %s: %s', (path, code) => {
    expect(codeViolations({ path, code })).toHaveLength(1);
  });

  test('that a file is not what it says', () => {
    const path = 'src/ui/rows.ts';
    expect(codeViolations({ path, code: 'Date.now()', saysPure: true })).toHaveLength(1);
    expect(packageViolation({ from: path, to: 'node:fs', saysPure: true })).toContain('pure');
  });

  test('what is right', () => {
    expect(codeViolations({ path: 'src/cli/main.ts', code: 'process.exit(1); Date.now()' })).toEqual([]);
    expect(layerViolation({ from: 'src/cli/main.ts', to: 'src/ui/run.tsx' })).toBeUndefined();
    expect(layerViolation({ from: 'src/station/x.ts', to: 'src/net/control/schema.ts' })).toBeUndefined();
    expect(packageViolation({ from: 'src/net/protocol/seal.ts', to: 'node:crypto' })).toBeUndefined();
  });

  test('names and depth', () => {
    const paths = [
      'src/utils/a.ts',
      'src/net/index.ts',
      'src/a/b/c/d.ts',
      'src/ui/panes/chat.tsx',
      'src/errors.ts',
    ];
    expect(paths.map((path) => pathViolations(path).length)).toEqual([1, 1, 1, 0, 0]);
  });

  test('which imports are of types only', () => {
    const code =
      "import type { A } from './a.ts'; import { type B } from './b.ts'; export type { C } from './c.ts';";
    expect(importsOf({ path: 'src/x.ts', code }).map(({ typeOnly }) => typeOnly)).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('cycles', () => {
    const edge = (text: string): Import => ({ from: text[0]!, to: text[1]!, typeOnly: text.endsWith('t') });
    expect(findCycle(['ab', 'bc', 'ac', 'cd'].map(edge))).toBeUndefined();
    expect(findCycle(['ab', 'bc', 'cd', 'db'].map(edge))).toEqual(['b', 'c', 'd', 'b']);
    expect(findCycle(['ab', 'bat'].map(edge))).toBeUndefined();
    expect(findCycle(['aa'].map(edge))).toEqual(['a', 'a']);
  });
});
