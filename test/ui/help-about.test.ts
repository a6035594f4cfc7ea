/** What /help and /keys say about one thing. */
import { expect, test } from 'vitest';
import { helpAbout } from '../../src/ui/help-about.ts';
import { bindingsFor } from '../fakes/bindings.ts';

const bindings = bindingsFor('f8', { newline: ['ctrl+x ctrl+n'], redraw: [] });

test.each([
  ['join', '/join ROOM: enter a room'],
  ['/JOIN', '/join ROOM: enter a room'],
  ['send', 'Enter: send (Input line; send = "..." under [keys] in config.toml changes it)'],
  ['redraw', 'no key: draw the screen again (Everywhere'],
  ['Ctrl+K', 'Ctrl+K: delete all after'],
  ['ctrl+x', 'Ctrl+X Ctrl+N: a new line in the message'],
  ['ctrl+x  ctrl+n', 'Ctrl+X Ctrl+N: a new line'],
  ['up', 'Up: what you sent before'],
  ['ctrl+z', 'Ctrl+Z does nothing'],
  ['frobnicate', 'There is no command "frobnicate"; /help lists'],
])('/help %s', (word, words) => {
  expect(helpAbout(word, bindings)).toContain(words);
});

test('what is a command and the name of a key is told as both', () => {
  expect(helpAbout('quit', bindings).split('\n')).toEqual([
    '/quit: leave voipterm',
    'Ctrl+C, Ctrl+Q: leave voipterm (in the shell: change the tab first) (Everywhere; quit = "..." under [keys] in config.toml changes it)',
  ]);
});
