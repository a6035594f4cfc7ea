/** Checks that a client holds the private key it names: Ed25519 keys only, exactly in their wire form. Pure. */
import { createPublicKey, verify } from 'node:crypto';

const ALGORITHM = 'ssh-ed25519';
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** The wire form (RFC 8709): the length and name of the algorithm, the length of the key, the key. */
const HEAD = Buffer.concat([
  Buffer.from([0, 0, 0, ALGORITHM.length]),
  Buffer.from(ALGORITHM),
  Buffer.from([0, 0, 0, KEY_BYTES]),
]);

/** Whether these bytes are an Ed25519 public key as SSH sends it. */
export function isEd25519(algorithm: string, blob: Uint8Array): boolean {
  return (
    algorithm === ALGORITHM &&
    blob.length === HEAD.length + KEY_BYTES &&
    HEAD.equals(blob.subarray(0, HEAD.length))
  );
}

/** Whether `signature` over `signed` was made with this key. Precondition: isEd25519. */
export function isSignedBy(blob: Uint8Array, signed: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  const x = Buffer.from(blob.subarray(HEAD.length)).toString('base64url');
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, signed, key, signature);
  } catch {
    return false; // bytes that are no point of the curve
  }
}
