/** One client's SOCKS5 handshake: greeting, perhaps a password, request. Pure: bytes in; what to answer and do out. */
import { createHash, timingSafeEqual } from 'node:crypto';
import {
  type Credentials,
  encodeAuthResult,
  encodeMethod,
  encodeReply,
  MAX_HANDSHAKE_BYTES,
  type Read,
  readCredentials,
  readGreeting,
  readRequest,
  SOCKS_METHOD,
  SOCKS_REPLY,
  type SocksRequest,
} from './socks.ts';

export interface HandshakeStep {
  /** To be sent now, in this order. */
  readonly answers: readonly Uint8Array[];
  /** 'request': the handshake is over; what the client sent beyond it is in `rest`. */
  readonly next: 'more' | 'close' | { readonly request: SocksRequest; readonly rest: Uint8Array };
}

type Stage = 'greeting' | 'password' | 'request';

export class SocksHandshake {
  readonly #auth: Credentials | null;
  #stage: Stage = 'greeting';
  #unread: Uint8Array = new Uint8Array(0);
  #answers: Uint8Array[] = [];

  /** @param auth what the client must show, or null for nothing. */
  constructor(auth: Credentials | null) {
    this.#auth = auth;
  }

  /** Takes what came; not to be called again after 'close' or a request. */
  push(chunk: Uint8Array): HandshakeStep {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    this.#answers = [];
    let next: HandshakeStep['next'] | undefined;
    while (next === undefined) next = this.#step();
    return { answers: this.#answers, next };
  }

  /** Undefined if one message was read and another may be there. */
  #step(): HandshakeStep['next'] | undefined {
    switch (this.#stage) {
      case 'greeting':
        return this.#read(readGreeting(this.#unread), (methods) => this.#greeted(methods));
      case 'password':
        return this.#read(readCredentials(this.#unread), (given) => this.#authenticated(given));
      case 'request':
        return this.#request();
    }
  }

  #read<T>(message: Read<T>, then: (value: T) => 'close' | undefined): HandshakeStep['next'] | undefined {
    if (message.read === 'bad') return 'close';
    if (message.read === 'more') return this.#unread.length > MAX_HANDSHAKE_BYTES ? 'close' : 'more';
    this.#unread = this.#unread.subarray(message.used);
    return then(message.value);
  }

  #greeted(methods: readonly number[]): 'close' | undefined {
    const wanted = this.#auth ? SOCKS_METHOD.password : SOCKS_METHOD.none;
    const offered = methods.includes(wanted);
    this.#answers.push(encodeMethod(offered ? wanted : SOCKS_METHOD.unacceptable));
    this.#stage = this.#auth ? 'password' : 'request';
    return offered ? undefined : 'close';
  }

  #authenticated(given: Credentials): 'close' | undefined {
    const accepted = this.#auth !== null && sameCredentials(given, this.#auth);
    this.#answers.push(encodeAuthResult(accepted));
    this.#stage = 'request';
    return accepted ? undefined : 'close';
  }

  #request(): HandshakeStep['next'] {
    const message = readRequest(this.#unread);
    if (message.read === 'whole') {
      return { request: message.value, rest: this.#unread.subarray(message.used) };
    }
    if (message.read === 'more') return this.#unread.length > MAX_HANDSHAKE_BYTES ? 'close' : 'more';
    if (message.why !== 'version') {
      const reply = message.why === 'name' ? SOCKS_REPLY.hostUnreachable : SOCKS_REPLY.addressUnsupported;
      this.#answers.push(encodeReply(reply));
    }
    return 'close';
  }
}

/** Compares digests, so that the time taken tells nothing of how much was right. */
function sameCredentials(given: Credentials, wanted: Credentials): boolean {
  const user = timingSafeEqual(digest(given.user), digest(wanted.user));
  const password = timingSafeEqual(digest(given.password), digest(wanted.password));
  return user && password;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
