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
