/** The keys of the input line, as readline has them. Pure data; key-table.ts joins the tables. */
import { type Edit, type KeyRow, rowsOf } from './key-row.ts';

const row = rowsOf('input');

function edit(name: string, keys: string, what: Edit, help: string): KeyRow {
  return row(name, keys, { do: 'edit', edit: what }, help);
}

export const INPUT_KEYS: readonly KeyRow[] = [
  row('send', 'enter', { do: 'send' }, 'send', { hint: 'send' }),
  row('newline', 'alt+enter', { do: 'newline' }, 'a new line in the message', { hint: 'new line' }),
  row('complete', 'tab', { do: 'complete', step: 1 }, 'complete a command, name, file or emoji', {
    hint: 'complete',
  }),
  row('complete-back', 'shift+tab', { do: 'complete', step: -1 }, 'the candidate before'),
  row('editor', 'ctrl+x ctrl+e', { do: 'editor' }, 'write the message in $VISUAL or $EDITOR', {
    hint: 'editor',
  }),
  row('history-back', 'up', { do: 'history', step: -1 }, 'what you sent before'),
  row('history-forth', 'down', { do: 'history', step: 1 }, 'what you sent after that'),
  edit('left', 'left, ctrl+b', 'left', 'a character left'),
  edit('right', 'right, ctrl+f', 'right', 'a character right'),
  edit('word-left', 'ctrl+left, alt+left, alt+b', 'word-left', 'a word left'),
  edit('word-right', 'ctrl+right, alt+right, alt+f', 'word-right', 'a word right'),
  edit('line-start', 'home, ctrl+a', 'home', 'start of the line'),
  edit('line-end', 'end, ctrl+e', 'end', 'end of the line'),
  edit('delete-before', 'backspace', 'backspace', 'delete the character before'),
  edit('delete-under', 'delete, ctrl+d', 'delete', 'delete the character under the cursor'),
  edit('delete-word', 'ctrl+w, alt+backspace', 'delete-word', 'delete the word before'),
  edit('delete-to-start', 'ctrl+u', 'delete-to-start', 'delete all before'),
  edit('delete-to-end', 'ctrl+k', 'delete-to-end', 'delete all after'),
  edit('delete-word-right', 'alt+d', 'delete-word-right', 'delete the word after'),
  edit('yank', 'ctrl+y', 'yank', 'put back what was deleted last'),
  edit('yank-pop', 'alt+y', 'yank-pop', 'after that: what was deleted before it'),
  edit('transpose-chars', '', 'transpose-chars', 'swap the two characters around the cursor'),
  edit('transpose-words', 'alt+t', 'transpose-words', 'swap the two words around the cursor'),
  edit('upper-word', 'alt+u', 'upper-word', 'word in capitals'),
  edit('lower-word', 'alt+l', 'lower-word', 'word in small letters'),
  edit('capital-word', 'alt+c', 'capital-word', 'word with a capital'),
  edit('undo', 'ctrl+_, ctrl+shift+-, ctrl+/', 'undo', 'undo'),
];
