/** Posts for ever in batches and prints each acknowledged id and seq after its commit. Usage: post.ts FILE ROUND */
import { writeSync } from 'node:fs';
import { StationStore } from '../../../src/store/station.ts';

const [file = '', round = ''] = process.argv.slice(2);
const store = new StationStore(file);
for (let batch = 0; ; batch++) {
  const posts = Array.from({ length: 1 + (batch % 7) }, (_, i) => ({
    room: i % 2 ? 'lobby' : 'den',
    id: `${round}-${batch}-${i}`,
    from: 'ann',
    fingerprint: 'SHA256:ann',
    type: 'text/plain',
    body: Buffer.from(`post ${round} ${batch} ${i}`),
    at: batch,
  }));
  const posted = store.postAll(posts);
  // Straight to the descriptor: a line that was printed was acknowledged, whatever happens next.
  writeSync(1, posts.map((post, i) => `${post.room} ${posted[i]?.seq} ${post.id}\n`).join(''));
}
