/** The keys of the chat besides the input line: choosing a message, and what a search found. Pure data; key-table.ts joins the tables. */
import { type KeyRow, rowsOf } from './key-row.ts';

const chat = rowsOf('chat');
const pick = rowsOf('pick');
const found = rowsOf('found');
/** With something in the input line these keys are its own. */
const whileEmpty = true as const;

export const CHAT_KEYS: readonly KeyRow[] = [
  chat('pick', 'alt+r', { do: 'pick' }, 'choose a message: to answer, change or delete it', {
    hint: 'choose a message',
  }),
  chat('edit-last', 'alt+e', { do: 'edit-last' }, 'change your last message'),
  pick('pick-older', 'up, k', { do: 'pick-step', step: -1 }, 'the message before', { hint: 'older' }),
  pick('pick-newer', 'down, j', { do: 'pick-step', step: 1 }, 'the message after', { hint: 'newer' }),
  pick('pick-reply', 'enter, r', { do: 'pick-reply' }, 'answer it', { hint: 'answer' }),
  pick('pick-edit', 'e', { do: 'pick-edit' }, 'change it, if it is yours', { hint: 'change' }),
  pick('pick-delete', 'd, delete', { do: 'pick-delete' }, 'delete it: twice', { hint: 'delete' }),
  found('found-up', 'up', { do: 'found-step', step: -1 }, 'the message above', { whileEmpty, hint: 'up' }),
  found('found-down', 'down', { do: 'found-step', step: 1 }, 'the message below', {
    whileEmpty,
    hint: 'down',
  }),
  found('found-open', 'enter', { do: 'found-open' }, 'show it where it was said', {
    whileEmpty,
    hint: 'go there',
  }),
];
