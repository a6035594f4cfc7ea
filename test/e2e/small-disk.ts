/** File systems of a test's own: small ones that fill up, and read-only ones. Only root may mount them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A mounted file system. */
export class SmallDisk {
  readonly path: string;
  #mounted = true;

  /** Mounts `size` ("2m") at a directory, which is made. Throws if this user may not. */
  constructor(path: string, size: string) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', path], {
      stdio: 'ignore',
    });
  }

  makeReadOnly(): void {
    execFileSync('mount', ['-o', 'remount,ro', this.path]);
  }

  /** Whoever still has files open in it keeps them; the directory is free at once. */
  unmount(): void {
    if (this.#mounted) execFileSync('umount', ['-l', this.path]);
    this.#mounted = false;
  }
}

/** Whether this user may mount at all. */
export function maySmallDisks(): boolean {
  const at = mkdtempSync(join(tmpdir(), 'voipterm-mount-'));
  try {
    new SmallDisk(at, '64k').unmount();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
}
