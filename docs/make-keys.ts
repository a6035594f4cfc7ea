/** `node docs/make-keys.ts`: writes docs/keys.md from the tables of keys and commands. A test keeps them equal. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COMMAND_TABLE } from '../src/ui/commands.ts';
import { SCOPE_TITLES } from '../src/ui/help-rows.ts';
import { type KeyRow, SCOPES, type Scope } from '../src/ui/key-row.ts';
import { KEY_TABLE } from '../src/ui/key-table.ts';
import { showChord } from '../src/ui/key-words.ts';

const INTRODUCTION = `# Keys and commands

This page is written from the tables that the program itself uses (\`node docs/make-keys.ts\`). F4 or \`/help\` shows the
same with your own keys, \`/help COMMAND\` and \`/keys KEY\` one of them, and the bottom line of the screen the few keys
that matter where you are (\`ui.hints = false\` switches it off).

## Your own keys

\`[keys]\` in \`config.toml\` gives a command other keys, by the names in the tables below. What is given there takes the
place of all its defaults:

\`\`\`toml
[keys]
send = ["enter", "ctrl+s"]      # several
newline = "ctrl+x ctrl+n"       # two chords, one after the other; the bottom line shows what may follow
room-next = "alt+right"
word-right = "ctrl+right"       # its Alt+Right and Alt+F are given up, or the line above would collide
redraw = ""                     # none
talk = "f9"                     # goes before ui.talk_key
\`\`\`

A chord is \`ctrl+\`, \`alt+\` and \`shift+\` as far as wanted and a key: a character, \`f1\` to \`f24\`, \`up\` \`down\` \`left\`
\`right\` \`home\` \`end\` \`pageup\` \`pagedown\` \`insert\` \`delete\` \`backspace\` \`enter\` \`tab\` \`escape\` \`space\`. Refused, with
the line of the file: a name that is no command, a chord that is no key, one that another command has in the same place,
a plain character where one types, and Ctrl+H, Ctrl+I, Ctrl+J, Ctrl+M and Ctrl+[, which terminals cannot tell from
Backspace, Tab, Enter and Esc. tmux and GNU screen pass all of the default keys on; the Linux console has no Ctrl and Shift
with arrows.
`;

const PLACES: Readonly<Record<Scope, string>> = {
  everywhere: 'In every pane. In the shell pane only those marked *; its program gets all other keys.',
  chat: 'In the chat.',
  input: 'Where a line is written, as in readline.',
  search: 'While a search is open.',
  settings: 'In the settings.',
  shell: 'In the shell pane, taken from its program.',
  pick: 'In the chat, once a message is chosen.',
  found: 'In the chat, while the list of what a search found is open.',
  lookback: 'While one looks back at what a shell printed.',
  shared: 'In every pane while others see a shell of yours.',
  help: 'In the help.',
};

/** The whole text of docs/keys.md. */
export function keysPage(): string {
  const places = SCOPES.map((scope) => [scope, KEY_TABLE.filter((row) => row.scope === scope)] as const);
  const tables = places
    .filter(([, rows]) => rows.length > 0)
    .map(([scope, rows]) => `\n### ${SCOPE_TITLES[scope]}\n\n${PLACES[scope]}\n\n${keyTable(rows)}`);
  return `${INTRODUCTION}\n## Keys\n${tables.join('')}\n${commands()}`;
}

function keyTable(rows: readonly KeyRow[]): string {
  const cells = rows.map(({ keys, name, help, inShell }) => [
    keys.length === 0
      ? 'none'
      : keys.map((key) => `\`${cell(showChord(key))}\``).join(' ') + (inShell ? ' *' : ''),
    `\`${name}\``,
    cell(help),
  ]);
  return table([['Keys', 'Name', 'What it does'], ...cells]);
}

function commands(): string {
  const cells = COMMAND_TABLE.map(({ name, usage, help }) => [
    `\`${cell(`/${name} ${usage}`.trimEnd())}\``,
    cell(help),
  ]);
  return `## Commands

What begins with \`/\` is a command; \`//text\` posts "/text" as it is. Capitals are to be filled in, what is in brackets may be
left out. Tab completes commands, names, rooms and paths.

${table([['Command', 'What it does'], ...cells])}`;
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('');
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

const [, script = ''] = process.argv;
if (script === fileURLToPath(import.meta.url)) writeFileSync(new URL('keys.md', import.meta.url), keysPage());
