/**
 * `npm run picture`: writes docs/tui.svg, a picture of the interface, from a real capture.
 *
 * A station and two real users on loopback: the interface runs in a pseudo-terminal, types, hears and is drawn from
 * the cells of a terminal emulator. Needs the build.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import xterm from '@xterm/headless';
import { Terminal } from '../test/fakes/terminal.ts';

/** Longest wait for a moment worth a picture, ms. */
const PATIENCE_MS = 20_000;
const COLUMNS = 92;
const ROWS = 20;
const CELL = { width: 8.4, height: 17 };
const PROGRAM = fileURLToPath(new URL('../bin/voipterm.cjs', import.meta.url));
const SPEECH = fileURLToPath(new URL('../assets/speech.wav', import.meta.url));
const PALETTE = ['#1c1f26', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#abb2bf'];
const BRIGHT = ['#5c6370', '#ef8b93', '#b3d89c', '#f0d399', '#8ac6f5', '#d7a1e7', '#7fcbd5', '#ffffff'];
const [PAPER, INK] = ['#14161b', '#c8ccd4'];

const home = mkdtempSync(join(tmpdir(), 'voipterm-picture-'));
const environment = (user: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: join(home, user),
  LANG: 'C.UTF-8',
});
const children: ChildProcess[] = [];

function run(user: string, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: environment(user),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function finished(user: string, ...args: string[]): Promise<void> {
  await once(run(user, ...args), 'exit');
}

async function capture(): Promise<Terminal> {
  const station = run('station', 'serve', '--listen', ':0', '--open', '--data', join(home, 'data'));
  if (!station.stdout) throw new Error('no output of the station');
  const [line] = await once(createInterface({ input: station.stdout }), 'line');
  const { port } = JSON.parse(String(line));
  const at = (name: string, room = ''): string => `${name}@127.0.0.1:${port}${room}`;
  await finished('ann', 'say', at('ann'), 'morning all');
  await finished('bob', 'say', at('bob'), 'the new build is on the test box');
  await finished('grace', 'say', at('grace'), '👍 trying it now');
  await finished('grace', 'say', at('grace'), 'through the hotel wifi, which blocks half of everything');
  await finished('bob', 'say', at('bob'), 'and?');
  await finished('grace', 'say', at('grace'), 'you sound as if you sat next to me');
  const terminal = Terminal.start({
    command: process.execPath,
    args: [PROGRAM, at('ann')],
    columns: COLUMNS,
    rows: ROWS,
    env: {
      HOME: join(home, 'ann'),
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
      FORCE_COLOR: '3', // the test terminal sets CI, where colours are off
      VOIPTERM_AUDIO_INPUT: 'tone',
      VOIPTERM_AUDIO_OUTPUT: 'null',
    },
  });
  const shows = (...parts: (string | RegExp)[]): Promise<void> =>
    terminal.until((screen) => parts.every((part) => screen.search(part) >= 0), PATIENCE_MS);
  await shows('online', 'sat next to me');
  await finished('grace', 'say', at('grace', '/dev'), 'who broke the parser?');
  terminal.send('/join dev\r');
  await shows('who broke');
  terminal.send('/join lobby\r');
  await shows('sat next to me');
  await finished('grace', 'say', at('grace', '/dev'), 'ah, it was me');
  run('grace', 'tail', at('grace'), '-f');
  await shows('grace', 'Here 2');
  terminal.send('works here. talk? press space\r');
  await shows('works here');
  run('bob', 'voice', at('bob'), '--input', SPEECH, '--output', 'null', '--duration', '20');
  // Both talk: the badge, the waves beside the names, and both meters.
  await shows(/bob.*\)\)\)/);
  terminal.send(' ');
  await shows('TALKING');
  terminal.send('loud and clear');
  await shows('loud and clear', /bob.*\)\)\)/, /ann.*\)\)\)/, /RTT \d/, /mic █+/, /spk █{3,5}░/);
  return terminal;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A palette index (16 colours, the 6x6x6 cube, the greys) or a 24-bit value as CSS. */
function css(value: number, isRgb: boolean): string {
  if (isRgb) return `#${value.toString(16).padStart(6, '0')}`;
  if (value < 8) return PALETTE[value] ?? INK;
  if (value < 16) return BRIGHT[value - 8] ?? INK;
  if (value >= 232) return css((value - 232) * 10 + 8, false);
  const cube = [16, 36, 6].map((_, n) => Math.floor((value - 16) / 6 ** (2 - n)) % 6);
  return `rgb(${cube.map((part) => (part === 0 ? 0 : 55 + part * 40)).join(',')})`;
}

type Line = NonNullable<ReturnType<InstanceType<typeof xterm.Terminal>['buffer']['active']['getLine']>>;
type Cell = NonNullable<ReturnType<Line['getCell']>>;

function colours(cell: Cell): { fill: string; paper: string | undefined } {
  const fill = cell.isFgDefault() ? INK : css(cell.getFgColor(), cell.isFgRGB());
  const paper = cell.isBgDefault() ? undefined : css(cell.getBgColor(), cell.isBgRGB());
  return cell.isInverse() ? { fill: paper ?? PAPER, paper: fill } : { fill, paper };
}

function drawCell(cell: Cell, column: number, row: number): string {
  const [x, y] = [(column + 1) * CELL.width, (row + 1) * CELL.height];
  const { fill, paper } = colours(cell);
  const width = (CELL.width * cell.getWidth()).toFixed(1);
  const box = paper
    ? `<rect x="${x.toFixed(1)}" y="${y - 13}" width="${width}" height="${CELL.height}" fill="${paper}"/>`
    : '';
  if (cell.getChars().trim() === '') return box;
  const weight = cell.isBold() ? ' font-weight="bold"' : '';
  const dim = cell.isDim() ? ' opacity="0.6"' : '';
  return `${box}<text x="${x.toFixed(1)}" y="${y}" fill="${fill}"${weight}${dim}>${escaped(cell.getChars())}</text>`;
}

async function draw(terminal: Terminal): Promise<string> {
  const emulator = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  await new Promise<void>((resolve) => emulator.write(terminal.raw, resolve));
  const cells: string[] = [];
  for (let row = 0; row < ROWS; row++) {
    const line = emulator.buffer.active.getLine(emulator.buffer.active.baseY + row);
    for (let column = 0; column < COLUMNS; column++) {
      const cell = line?.getCell(column);
      if (cell && cell.getWidth() > 0) cells.push(drawCell(cell, column, row));
    }
  }
  const [width, height] = [Math.ceil((COLUMNS + 2) * CELL.width), (ROWS + 1) * CELL.height];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve">`,
    '<title>voipterm in a terminal: the lobby with three people, two of whom talk</title>',
    `<rect width="${width}" height="${height}" rx="8" fill="${PAPER}"/>`,
    ...cells.filter((cell) => cell !== ''),
    '</svg>\n',
  ].join('\n');
}

try {
  const terminal = await capture();
  writeFileSync(new URL('./tui.svg', import.meta.url), await draw(terminal));
  console.log(terminal.text);
  await terminal.stop();
} finally {
  for (const child of children) child.kill();
  rmSync(home, { recursive: true, force: true });
}
