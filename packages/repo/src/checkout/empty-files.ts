import { type Checksum, encodeFileHeader } from '@ost/objects';
import { nodeHash } from '../platform/hash.js';
import type { StoredFile } from '../store/stored-file.js';

/** So many sizes are asked for sooner than the hash is loaded. */
const FEW = 128;

/**
 * Tells empty files by their names: the checksum of a file without content follows from its header, and a whole tree has
 * few different headers. Asking for the size would cost a system call for each file.
 */
export class EmptyFiles {
  readonly #checksums = new Map<string, Checksum>();
  #asked = 0;

  /** True when a stored file is a regular file of no bytes. */
  has(file: StoredFile, checksum: Checksum): boolean {
    if (file.isSymlink) return false;
    if (file.content.mode !== 'bare-user' || this.#asked++ < FEW) return file.size === 0;
    const { uid, gid, mode, xattrs } = file.header;
    if (xattrs.length > 0) return file.size === 0;
    const key = `${uid}:${gid}:${mode}`;
    let empty = this.#checksums.get(key);
    if (empty === undefined) {
      empty = nodeHash.sha256(encodeFileHeader(file.header));
      this.#checksums.set(key, empty);
    }
    return checksum === empty;
  }
}
