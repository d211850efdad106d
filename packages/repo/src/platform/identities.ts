import * as fs from 'node:fs';

/** So long the kernel's clock for changes may stand still, in milliseconds, and some more. */
const TICK = 20;

/** What a file or directory was when it was last looked at: inode and time of its last change. Empty: not known. */
export type Identity = string;

/**
 * Tells what must be looked at again. Whatever is done to the names in a directory, or to its attributes, changes its
 * time of change, which nobody can set. What has changed a moment ago could change again and look the same, so that it
 * has no identity yet.
 */
export class Identities {
  readonly #settled = Date.now() - TICK;

  of(file: string): Identity {
    // Not `bigint`, which takes half as long again: as numbers, times are exact to a quarter of a microsecond.
    const { ino, ctimeMs } = fs.lstatSync(file);
    return ctimeMs < this.#settled ? `${ino}.${ctimeMs}` : '';
  }
}
