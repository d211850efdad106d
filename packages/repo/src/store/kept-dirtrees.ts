import type { Checksum } from '@ost/objects';

/** Bytes of all dirtrees that are kept; those of a system image take two or three million. */
const ROOM = 8 << 20;

/**
 * Dirtrees in memory, for what goes through the same trees several times in one process: to check them out, and then to
 * find what no tree refers to.
 */
export class KeptDirTrees {
  readonly #bytes = new Map<Checksum, Uint8Array>();
  #left = ROOM;

  get(checksum: Checksum): Uint8Array | undefined {
    return this.#bytes.get(checksum);
  }

  /** Keeps a copy, while there is room. */
  add(checksum: Checksum, bytes: Uint8Array): void {
    if (bytes.length > this.#left) return;
    this.#left -= bytes.length;
    this.#bytes.set(checksum, bytes.slice());
  }
}
