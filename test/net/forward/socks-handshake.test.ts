/** SOCKS5 handshakes as clients make them, in one piece and byte by byte, and everything that is none. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeSocksAddress } from '../../../src/net/forward/socks.ts';
import { type HandshakeStep, SocksHandshake } from '../../../src/net/forward/socks-handshake.ts';

const GREETING = Buffer.of(5, 1, 0);
const CONNECT = Buffer.from([5, 1, 0, ...encodeSocksAddress({ host: 'example.org', port: 443 })]);
const AUTH = { user: 'ann', password: 'correct horse' };

function credentials(user: string, password: string): Buffer {
  return Buffer.concat([
    Buffer.of(1, user.length),
    Buffer.from(user),
    Buffer.of(password.length),
    Buffer.from(password),
  ]);
}

/** Feeds chunks until it is over; all answers as hex, and how it ended. */
function run(
  handshake: SocksHandshake,
  chunks: readonly Uint8Array[],
): { said: string; next: HandshakeStep['next'] } {
  let said = '';
  for (const chunk of chunks) {
    const { answers, next } = handshake.push(chunk);
    for (const answer of answers) said += Buffer.from(answer).toString('hex');
    if (next !== 'more') return { said, next };
  }
  return { said, next: 'more' };
}

test('a request in one piece with what follows it, and byte by byte', () => {
  const bytes = Buffer.concat([GREETING, CONNECT]);
  const asked = { command: 1, to: { host: 'example.org', port: 443 } };
  const early = run(new SocksHandshake(null), [Buffer.concat([bytes, Buffer.from('hello')])]);
  expect(early).toMatchObject({ said: '0500', next: { request: asked, rest: Buffer.from('hello') } });
  const slow = run(
    new SocksHandshake(null),
    [...bytes].map((byte) => Uint8Array.of(byte)),
  );
  expect(slow).toMatchObject({ said: '0500', next: { request: asked } });
});

test('with a password: the right one, a wrong one, none', () => {
  const greeting = Buffer.of(5, 2, 0, 2);
  const right = [greeting, credentials(AUTH.user, AUTH.password), CONNECT];
  expect(run(new SocksHandshake(AUTH), right)).toMatchObject({ said: '05020100', next: { request: {} } });
  for (const [user, password] of [
    ['ann', 'correct'],
    ['bob', AUTH.password],
    ['', ''],
  ] as const) {
    expect(run(new SocksHandshake(AUTH), [greeting, credentials(user, password), CONNECT])).toEqual({
      said: '05020101',
      next: 'close',
    });
  }
  expect(run(new SocksHandshake(AUTH), [GREETING, CONNECT])).toEqual({ said: '05ff', next: 'close' });
});

test('without a password, a client that only knows passwords is turned away', () => {
  expect(run(new SocksHandshake(null), [Buffer.of(5, 1, 2)])).toEqual({ said: '05ff', next: 'close' });
});

test('SOCKS4, HTTP and TLS are closed without an answer', () => {
  for (const bytes of [Buffer.of(4, 1, 0, 80), Buffer.from('GET / HTTP/1.1\r\n'), Buffer.of(0x16, 3, 1)]) {
    expect(run(new SocksHandshake(null), [bytes])).toEqual({ said: '', next: 'close' });
  }
});

test('an address of an unknown type gets its reply', () => {
  expect(run(new SocksHandshake(null), [GREETING, Buffer.of(5, 1, 0, 9, 1, 2, 3, 4, 0, 80)])).toEqual({
    said: `0500${'05080001000000000000'}`,
    next: 'close',
  });
});

test('whatever comes, it ends within a bounded number of bytes or waits for a message that it could be', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 600 }), { maxLength: 6 }),
      fc.boolean(),
      (chunks, auth) => {
        const handshake = new SocksHandshake(auth ? AUTH : null);
        const { next } = run(handshake, chunks);
        const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        // Three messages at most, each bounded: nobody can make it keep more.
        if (next === 'more') expect(bytes).toBeLessThanOrEqual(3 * 600);
      },
    ),
    { seed: 3, numRuns: 2000 },
  );
});
