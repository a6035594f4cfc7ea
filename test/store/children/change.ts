/** Edits, deletes and reads for ever, and prints each change after its commit. Usage: change.ts FILE ROUND */
import { writeSync } from 'node:fs';
import { StationStore } from '../../../src/store/station.ts';

const [file = '', round = '0'] = process.argv.slice(2);
const store = new StationStore(file);
for (let turn = 0; ; turn++) {
  const at = 1 + Number(round) * 1_000_000 + turn;
  const post = { room: 'lobby', from: 'ann', fingerprint: 'k1', type: 'text/plain', at };
  const posts = [0, 1].map((n) => ({
    ...post,
    id: `${round}-${turn}-${n}`,
    body: Buffer.from(`was ${turn}`),
  }));
  const [edited, deleted] = store.postAll(posts).map(({ seq }) => seq);
  if (edited === undefined || deleted === undefined) throw new Error('not posted');
  const body = Buffer.from(`is ${round} ${turn}`);
  store.together([
    (writer) => writer.edit('lobby', edited, { type: 'text/plain', body, at }),
    (writer) => writer.delete('lobby', deleted),
    (writer) => writer.markRead('k1', 'lobby', deleted, at),
    (writer) => writer.setTopic('lobby', `topic ${deleted}`),
  ]);
  // Straight to the descriptor: a line that was printed was acknowledged, whatever happens next.
  writeSync(1, `${edited} ${deleted} ${body.toString()}\n`);
}
