import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  encodeAuthResult,
  encodeMethod,
  encodeReply,
  encodeSocksAddress,
  type Read,
  readCredentials,
  readGreeting,
  readRequest,
  readSocksAddress,
  SOCKS_COMMAND,
  SOCKS_METHOD,
  SOCKS_REPLY,
  socksAddressBytes,
  udpBody,
} from '../../../src/net/forward/socks.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');

/** A whole message, and 'more' for everything that is shorter; what comes after it is left alone. */
function whole<T>(read: (data: Uint8Array) => Read<T>, message: Uint8Array): T {
  for (let length = 0; length < message.length; length++) {
    expect(read(message.subarray(0, length))).toEqual({ read: 'more' });
  }
  const result = read(Uint8Array.from([...message, 1, 2, 3]));
  if (result.read !== 'whole') throw new Error(`not whole: ${JSON.stringify(result)}`);
  expect(result.used).toBe(message.length);
  return result.value;
}

describe('the handshake', () => {
  it('reads a greeting', () => {
    expect(whole(readGreeting, bytes('05 02 00 02'))).toEqual([0, 2]);
    expect(whole(readGreeting, bytes('05 00'))).toEqual([]);
    expect(readGreeting(bytes('04 01'))).toEqual({ read: 'bad', why: 'version' });
    expect(readGreeting(Buffer.from('GET / HTTP/1.1'))).toEqual({ read: 'bad', why: 'version' });
  });

  it('reads a user name and password', () => {
    expect(whole(readCredentials, bytes('01 03 616e6e 02 7077'))).toEqual({ user: 'ann', password: 'pw' });
    expect(whole(readCredentials, bytes('01 00 00'))).toEqual({ user: '', password: '' });
    expect(readCredentials(bytes('05 00'))).toEqual({ read: 'bad', why: 'version' });
  });

  it('reads requests', () => {
    const { connect, associate } = SOCKS_COMMAND;
    expect(whole(readRequest, bytes('05 01 00 01 7f000001 0050'))).toEqual({
      command: connect,
      to: { host: '127.0.0.1', port: 80 },
    });
    expect(whole(readRequest, bytes('05 03 00 04 20010db8000000000000000000000001 ffff'))).toEqual({
      command: associate,
      to: { host: '2001:db8::1', port: 65535 },
    });
    expect(whole(readRequest, bytes('05 01 00 03 0b 6578616d706c652e6f7267 01bb')).to).toEqual({
      host: 'example.org',
      port: 443,
    });
    expect(readRequest(bytes('04 01 00'))).toEqual({ read: 'bad', why: 'version' });
    expect(readRequest(bytes('05 01 00 02'))).toEqual({ read: 'bad', why: 'address-type' });
    expect(readRequest(bytes('05 01 00 03 00 0050'))).toEqual({ read: 'bad', why: 'name' });
    expect(readRequest(bytes('05 01 00 03 02 1b5b 0050'))).toEqual({ read: 'bad', why: 'name' });
  });

  it('writes its answers', () => {
    expect(hex(encodeMethod(SOCKS_METHOD.password))).toBe('0502');
    expect(hex(encodeMethod(SOCKS_METHOD.unacceptable))).toBe('05ff');
    expect(hex(encodeAuthResult(true)) + hex(encodeAuthResult(false))).toBe('01000101');
    expect(hex(encodeReply(SOCKS_REPLY.refused))).toBe('05050001000000000000');
    expect(hex(encodeReply(SOCKS_REPLY.succeeded, { host: '::1', port: 1080 }))).toBe(
      '05000004000000000000000000000000000000010438',
    );
  });
});

describe('addresses', () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  const port = fc.integer({ min: 0, max: 65535 });
  it('come back as they were', () => {
    fc.assert(
      fc.property(host, port, fc.nat(9), (host, port, at) => {
        const message = Uint8Array.from([...new Uint8Array(at), ...encodeSocksAddress({ host, port })]);
        const read = readSocksAddress(message, at);
        if (read.read !== 'whole') throw new Error(read.read);
        expect(read.used).toBe(message.length);
        expect(socksAddressBytes(message, at)).toBe(message.length - at);
        expect(hex(encodeSocksAddress(read.value))).toBe(hex(message.subarray(at)));
        expect(read.value.port).toBe(port);
      }),
      { seed: 9 },
    );
  });

  test('a datagram is unwrapped, unless it is a fragment or cut', () => {
    const datagram = bytes('0000 00 01 7f000001 0035 6869');
    expect(hex(udpBody(datagram)!)).toBe('017f00000100356869');
    expect(udpBody(bytes('0000 01 01 7f000001 0035 6869'))).toBeUndefined();
    for (let length = 0; length < 10; length++) expect(udpBody(datagram.subarray(0, length))).toBeUndefined();
    expect(udpBody(datagram.subarray(0, 10))).toHaveLength(7);
  });
});

it('never throws, and never takes more than there is', () => {
  const soup = fc
    .uint8Array({ maxLength: 600 })
    .chain((tail) =>
      fc
        .constantFrom('', '05', '0501', '050100', '05010003', '01', '0505', '0104')
        .map((head) => Uint8Array.from([...bytes(head), ...tail])),
    );
  fc.assert(
    fc.property(soup, fc.nat(700), (data, at) => {
      const reads = [
        readGreeting(data),
        readCredentials(data),
        readRequest(data),
        readSocksAddress(data, at),
      ];
      for (const read of reads) if (read.read === 'whole') expect(read.used).toBeLessThanOrEqual(data.length);
      expect(at + socksAddressBytes(data, at)).toBeLessThanOrEqual(Math.max(at, data.length));
      udpBody(data);
    }),
    { seed: 10, numRuns: 2000 },
  );
});
