/** What a newcomer meets first: help, the version, and answers to slips of the finger. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeProgram } from '../../src/cli/program.ts';
import { expectSentence, Place, ROOT } from './process.ts';

let place: Place;
beforeAll(async () => {
  place = await Place.make();
});
afterAll(() => place.dispose());

const COMMON = ['--config', '--log-level', '--log-format', '--help'];
/** Every command and the options that scripts depend on. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  serve: ['--listen', '--data', '--authorized-keys', '--open', ...COMMON],
  voice: ['--input', '--output', '--duration', '--trace', '--json', '-i', ...COMMON],
  say: ['--timeout', '-i', ...COMMON],
  tail: ['-f', '--json', '--since', '--count', '-i', ...COMMON],
  demo: ['--input', '--output', '--json', ...COMMON],
  forward: ['-L', '-R', '-D', '--json', '-i', ...COMMON],
  bridge: ['--rtp-in', '--rtp-out', '--sdp', '--payload-type', '--json', '-i', ...COMMON],
  keygen: ['-i', ...COMMON],
  ptt: ['--pid', '--target', '--json', ...COMMON],
  help: ['--help'],
};

function expectReadable(text: string): void {
  expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
  expect(text).toMatch(/\nExamples?:\n {2}(voipterm|tail) /);
  expect(text).not.toContain('\x1b');
}

describe('help', () => {
  test('lists the commands, the exit statuses and where settings are', async () => {
    const help = await place.run(['help']);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expectReadable(help.stdout);
    for (const name of Object.keys(COMMANDS)) expect(help.stdout).toMatch(new RegExp(`\n  ${name} .*\\w`));
    for (let status = 0; status <= 7; status++) expect(help.stdout).toMatch(new RegExp(`\\b${status} \\w+`));
    for (const option of ['--version', '--local', '-i', ...COMMON]) expect(help.stdout).toContain(option);
    expect(help.stdout).toContain('[user@]host[:port][/room]');
    expect(help.stdout).toContain('config.toml');
    expect((await place.run(['--help'])).stdout).toBe(help.stdout);
  });

  test.each(Object.entries(COMMANDS))('of %s has its options and an example', async (name, options) => {
    const help = await place.run(['help', name]);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expectReadable(help.stdout);
    expect(help.stdout).toMatch(new RegExp(`^Usage: voipterm ${name}`));
    for (const option of options) expect(help.stdout).toMatch(new RegExp(`^  (-\\w, )?${option}\\b`, 'm'));
    if (name === 'tail') expect((await place.run([name, '--help'])).stdout).toBe(help.stdout);
  });

  test('has no line over 100 columns, of any command and on any terminal', () => {
    const all = [makeProgram('1.2.3')];
    for (const command of all) {
      all.push(...command.commands);
      let text = '';
      command.configureOutput({
        writeOut: (part) => {
          text += part;
        },
      });
      command.outputHelp();
      expect(text).toMatch(/^Usage: voipterm/);
      expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
    }
    expect(all.length).toBeGreaterThan(Object.keys(COMMANDS).length);
  });

  test('knows no command of another name, and says which there are', async () => {
    expectSentence(
      await place.run(['help', 'sreve']),
      2,
      /unknown command "sreve" \(did you mean "serve"\?\)/,
    );
    expectSentence(
      await place.run(['help', 'dance']),
      2,
      /unknown command "dance" .*serve, voice, .*say, .*tail/,
    );
  });
});

test('--version is the one of package.json', async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(await place.run(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
});

describe.concurrent('a slip of the finger', () => {
  test.each<[readonly string[], RegExp]>([
    [['sevre'], /unknown command "sevre" \(did you mean "serve"\?\)/],
    [['tial', 'ann@host'], /unknown command "tial" \(did you mean "tail"\?\)/],
    [['serve', '--lisen', ':0'], /unknown option '--lisen' \(Did you mean --listen\?\)/],
    [['voice', 'host', '--jsno'], /unknown option '--jsno' \(Did you mean --json\?\)/],
    [['--versoin'], /unknown option '--versoin' \(Did you mean --version\?\)/],
    [['say'], /missing required argument 'target' \(see voipterm help say\)/],
    [['serve', 'extra'], /too many arguments for 'serve'/],
    [['serve', '--log-level', 'loud'], /Allowed choices are debug, info, warn, error/],
    [['serve', '--log-format', 'xml'], /Allowed choices are pretty, json/],
    [['serve', '--listen', 'here:there'], /ADDRESS:PORT.*"here:there"/],
    [['say', 'host', '--timeout', 'soon', 'x'], /'--timeout <seconds>' argument 'soon' is invalid/],
    [['voice', 'host', '--duration', '0'], /number of seconds above 0/],
    [['tail', 'host', '--count', '-1'], /whole number/],
    [['tail', 'host', '--since', 'yesterday'], /--since takes a message number/],
    [['say', 'ann@host:99999', 'x'], /the port "99999" must be a number from 1 to 65535/],
    [['say', 'ann:secret@host', 'x'], /password.*only SSH keys/],
    [['tail', 'http://host'], /voipterm:\/\/ but with no other scheme/],
    [['keygen', '--config', 'nowhere.toml'], /there is no configuration file .*nowhere\.toml/],
    [['--config', 'nowhere.toml', 'keygen'], /there is no configuration file .*nowhere\.toml/],
    [['serve', '--a\n\x1b[31mb'], /unknown option '--a\\u000a\\u001b\[31mb'/],
  ])('%j is answered with what was meant, and status 2', async (args, sentence) => {
    expectSentence(await place.run(args), 2, sentence);
  });
});

test('the interface says that it needs a terminal, and what does not', async () => {
  expectSentence(
    await place.run([]),
    2,
    /needs a terminal; without one use --plain, or voipterm voice, say or tail/,
  );
  expectSentence(await place.run(['ann@127.0.0.1']), 2, /needs a terminal/);
});
