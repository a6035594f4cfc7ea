/** The SSH algorithms that both ends allow: what OpenSSH prefers today, and nothing older. */
import type { Algorithms } from 'ssh2';

export const SSH_ALGORITHMS: Algorithms = {
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org'],
  serverHostKey: ['ssh-ed25519'],
  cipher: ['chacha20-poly1305@openssh.com', 'aes256-gcm@openssh.com', 'aes128-gcm@openssh.com'],
  // Only used by ciphers without authentication of their own, of which none is allowed; the library wants a list.
  hmac: ['hmac-sha2-256-etm@openssh.com'],
  compress: ['none'],
};

/**
 * The same for a connection inside another one of this process (ProxyJump): ssh2 1.17's ChaCha20 keeps its nonce in a
 * buffer of the module, which the outer connection overwrites while the inner is about to write.
 */
export const NESTED_ALGORITHMS: Algorithms = {
  ...SSH_ALGORITHMS,
  cipher: ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com'],
};
