import * as fs from 'node:fs';

/** So long the kernel's clock for changes may stand still, in nanoseconds, and some more. */
const TICK = 20_000_000n;

/** What a file or directory was when it was last looked at: inode and time of its last change. Empty: not known. */
export type Identity = string;

/**
 * Tells what must be looked at again. Whatever is done to the names in a directory, or to its attributes, changes its
 * time of change, which nobody can set. What has changed a moment ago could change again and look the same, so that it
 * has no identity yet.
 */
export class Identities {
  readonly #settled = BigInt(Date.now()) * 1_000_000n - TICK;

  of(file: string): Identity {
    const { ino, ctimeNs } = fs.lstatSync(file, { bigint: true });
    return ctimeNs < this.#settled ? `${ino}.${ctimeNs}` : '';
  }
}
