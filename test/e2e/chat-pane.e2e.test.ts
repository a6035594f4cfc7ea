/** The chat's keys and mouse on a real station: two people answer, search, click and come back to what is new. */
import { expect } from 'vitest';
import { leave, message, until } from './screens.ts';
import { test } from './screens-test.ts';

const LONG = { timeout: 60_000 };

test(
  'what is chosen is answered, what is searched is found, who is clicked is spoken to',
  LONG,
  async ({ place, screens }) => {
    const station = await place.serve();
    const [ann, bob] = await Promise.all([
      screens.open('ann', [station.target('ann')], { columns: 140, rows: 30 }),
      screens.open('bob', [station.target('bob')], { columns: 80, rows: 24 }),
    ]);
    await until(ann, 'online', 'Here 2');
    await until(bob, 'online', 'Here 2');
    bob.send('tea or coffee?\r');
    await until(ann, message('bob', 'tea or coffee\\?'));
    bob.send('with :tada: cake\r');
    await until(ann, '│ with 🎉 cake');

    // The message before the newest one is answered.
    ann.send('\x1br\x1b[A\r');
    await until(ann, '↳ Answering bob: tea or coffee?');
    ann.send('tea\r');
    for (const each of [ann, bob]) await until(each, /ann │ ↳ bob: tea or coffee\?/, '│ tea');

    // A click on the other one at the right opens the conversation.
    const row = ann.lines.findIndex((line) => /│ {3}bob\s*$/.test(line));
    ann.send(`\x1b[<0;130;${row + 1}M`);
    await until(ann, '@bob ›', ' With');
    bob.send('are you there, ann?\r');
    await until(ann, /#lobby +!1 /);
    ann.send('\x1b[1;3A');
    await until(ann, '#lobby ›', '── new messages ──', '│ are you there, ann?');

    ann.send('/search coffee\r');
    await until(ann, '"coffee": 1 message', /▸ \d{4}-\d\d-\d\d \d\d:\d\d #lobby bob: tea or coffee\?/);
    ann.send('\r');
    await until(ann, 'Enter answers it', message('bob', 'tea or coffee\\?'));
    expect(ann.text).not.toContain('"coffee"');
    ann.send('\x1b');
    await ann.until((text) => !text.includes('Enter answers it'));
    await Promise.all([leave(ann), leave(bob)]);
  },
);
