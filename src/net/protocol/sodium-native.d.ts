/** The part of sodium-native that seal.ts uses; the package ships no types. */
declare module 'sodium-native' {
  /** ChaCha20-Poly1305 (RFC 8439). `c` is `m` plus 16 bytes; both may share memory. Returns the bytes written. */
  export function crypto_aead_chacha20poly1305_ietf_encrypt(
    c: Uint8Array,
    m: Uint8Array,
    ad: Uint8Array | null,
    nsec: null,
    npub: Uint8Array,
    k: Uint8Array,
  ): number;
  /** Throws when the tag does not fit. */
  export function crypto_aead_chacha20poly1305_ietf_decrypt(
    m: Uint8Array,
    nsec: null,
    c: Uint8Array,
    ad: Uint8Array | null,
    npub: Uint8Array,
    k: Uint8Array,
  ): number;
  export function sodium_memzero(buffer: Uint8Array): void;
}
