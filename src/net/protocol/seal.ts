/**
 * Authenticated encryption of one direction: ChaCha20-Poly1305 (RFC 8439) or AES-256-GCM (NIST SP 800-38D).
 *
 * The nonce is 32 zero bits and the 64-bit packet counter, so a counter must never repeat under a key: the
 * connection counts up and keys are made anew for each session. ChaCha20-Poly1305 comes from libsodium
 * (sodium-native: 0.7 us a packet where node:crypto takes 4), or from node:crypto where that has no prebuilt
 * binary. node:crypto gets KeyObjects: a raw key costs five times more a packet. The only file that touches keys.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as Sodium from 'sodium-native';
import { KEY_BYTES, NONCE_BYTES, type Suite, TAG_BYTES } from './constants.ts';

/** One key, used to seal or to open. */
export interface Aead {
  /** Encrypts `plain` into `out` (plain + 16 tag bytes). `plain` may be the start of `out`. */
  seal(counter: number, aad: Uint8Array, plain: Uint8Array, out: Uint8Array): void;
  /** Decrypts `sealed` into `out` (sealed - 16 bytes). False, with `out` of no use, if it is not authentic. */
  open(counter: number, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean;
  /** Zeroes the key where the library allows it; neither seal nor open may follow. */
  wipe(): void;
}

const sodium = loadSodium();

/** Whether libsodium is there: without it Node's own ChaCha20-Poly1305 seals, several times slower. */
export const nativeCipher: boolean = sodium !== undefined;

/** Makes a direction's AEAD. The key's bytes are copied: the caller wipes its own. Throws RangeError on a wrong length. */
export function createAead(suite: Suite, key: Uint8Array): Aead {
  if (key.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, not ${key.length}`);
  return suite === 'chacha20-poly1305' && sodium ? new SodiumAead(sodium, key) : new NodeAead(suite, key);
}

function loadSodium(): typeof Sodium | undefined {
  try {
    return createRequire(import.meta.url)('sodium-native');
  } catch {
    return undefined; // no prebuilt binary for this platform
  }
}

/** The nonce of a counter, written over and over into one buffer. */
class Nonce {
  readonly bytes = Buffer.alloc(NONCE_BYTES);

  set(counter: number): Buffer {
    this.bytes.writeUInt32BE(Math.floor(counter / 2 ** 32), 4);
    this.bytes.writeUInt32BE(counter % 2 ** 32, 8);
    return this.bytes;
  }
}

class SodiumAead implements Aead {
  readonly #sodium: typeof Sodium;
  readonly #key: Buffer;
  readonly #nonce = new Nonce();

  constructor(library: typeof Sodium, key: Uint8Array) {
    this.#sodium = library;
    this.#key = Buffer.alloc(KEY_BYTES);
    this.#key.set(key);
  }

  seal(counter: number, aad: Uint8Array, plain: Uint8Array, out: Uint8Array): void {
    this.#sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
      out,
      plain,
      aad,
      null,
      this.#nonce.set(counter),
      this.#key,
    );
  }

  open(counter: number, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean {
    try {
      this.#sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
        out,
        null,
        sealed,
        aad,
        this.#nonce.set(counter),
        this.#key,
      );
      return true;
    } catch {
      return false;
    }
  }

  wipe(): void {
    this.#sodium.sodium_memzero(this.#key);
  }
}

class NodeAead implements Aead {
  // One literal type keeps both of node's overloads (GCM and ChaCha20-Poly1305 take the same options).
  readonly #cipher: 'aes-256-gcm';
  #key: KeyObject | undefined;
  readonly #nonce = new Nonce();

  constructor(suite: Suite, key: Uint8Array) {
    this.#cipher = suite as 'aes-256-gcm';
    this.#key = createSecretKey(Buffer.from(key));
  }

  seal(counter: number, aad: Uint8Array, plain: Uint8Array, out: Uint8Array): void {
    const cipher = createCipheriv(this.#cipher, this.#live(), this.#nonce.set(counter), {
      authTagLength: TAG_BYTES,
    });
    cipher.setAAD(aad, { plaintextLength: plain.length });
    const length = plain.length;
    out.set(cipher.update(plain), 0);
    cipher.final();
    out.set(cipher.getAuthTag(), length);
  }

  open(counter: number, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean {
    const length = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(this.#cipher, this.#live(), this.#nonce.set(counter), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(aad, { plaintextLength: length });
    decipher.setAuthTag(sealed.subarray(length));
    const plain = decipher.update(sealed.subarray(0, length));
    try {
      decipher.final();
    } catch {
      return false;
    }
    out.set(plain, 0);
    return true;
  }

  /** A KeyObject cannot be zeroed; letting go of it lets OpenSSL cleanse it when it is collected. */
  wipe(): void {
    this.#key = undefined;
  }

  #live(): KeyObject {
    if (!this.#key) throw new Error('this key was wiped');
    return this.#key;
  }
}
