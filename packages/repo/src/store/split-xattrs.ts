import * as fs from 'node:fs';
import { type Checksum, encodeXattrs, type FileHeader, OstError } from '@ost/objects';
import { lstatIfPresent } from '../platform/files.js';
import { errnoOf } from '../platform/fs-errors.js';
import { nodeHash } from '../platform/hash.js';
import type { ObjectWriter } from './object-writer.js';

/**
 * Attributes in objects of their own, which many files may share, as the mode bare-split-xattrs has them
 * (repository format, "Payload links and split xattrs"). libostree reads such repositories and refuses to write them,
 * so that a repository has to ask for it: `ex-split-xattrs.write`.
 */
export class SplitXattrs {
  /** Paths of attribute objects that this writer has made or compared. */
  readonly #known = new Map<Checksum, string>();

  constructor(private readonly writer: ObjectWriter) {}

  /**
   * Stores the attributes of a file object that is about to get its name: whoever finds it finds them, too.
   * libostree's own switch for experiments is honoured, and makes what it makes there: contents without attributes,
   * which nobody can read.
   * @throws OstError `unsupported` (`Writing content object: Not allowed due to repo mode`)
   */
  store(checksum: Checksum, header: FileHeader): void {
    const { target } = this.writer;
    if (target.mode !== 'bare-split-xattrs') return;
    if (target.splitXattrs) this.#link(checksum, encodeXattrs(target.disableXattrs ? [] : header.xattrs));
    else if (process.env['OSTREE_EXP_WRITE_BARE_SPLIT_XATTRS'] === undefined) {
      throw new OstError('unsupported', 'Writing content object: Not allowed due to repo mode');
    }
  }

  #link(checksum: Checksum, bytes: Uint8Array): void {
    const temporary = this.writer.temporaryPath();
    try {
      linkOrWrite(this.#object(bytes), temporary, bytes);
      fs.renameSync(temporary, this.writer.destination('file-xattrs-link', checksum));
    } finally {
      // A rename between two names of one file leaves both.
      fs.rmSync(temporary, { force: true });
    }
  }

  /** The path of the object that holds these bytes, made where it is missing or damaged. */
  #object(bytes: Uint8Array): string {
    const name = nodeHash.sha256(bytes);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const found = this.writer.store.find('file-xattrs', name);
    const path = found?.own === true ? found.path : this.writer.destination('file-xattrs', name);
    if (lstatIfPresent(path) === null || !fs.readFileSync(path).equals(bytes)) {
      const temporary = this.writer.temporaryPath();
      writeReadable(temporary, bytes);
      fs.renameSync(temporary, path);
    }
    this.#known.set(name, path);
    return path;
  }
}

/** A file system limits the names of one file; beyond that the bytes are written again. */
function linkOrWrite(object: string, path: string, bytes: Uint8Array): void {
  try {
    fs.linkSync(object, path);
  } catch (error) {
    if (errnoOf(error) !== 'EMLINK') throw error;
    writeReadable(path, bytes);
  }
}

/** Everybody may read it, whatever the umask. */
function writeReadable(path: string, bytes: Uint8Array): void {
  fs.writeFileSync(path, bytes);
  fs.chmodSync(path, 0o644);
}
