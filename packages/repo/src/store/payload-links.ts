import * as fs from 'node:fs';
import type { Checksum, FileHeader } from '@ost/objects';
import { reflink } from '@ost/linux';
import { TemporaryFile } from '../platform/temporary-file.js';
import { isAbsent } from '../platform/fs-errors.js';
import { isSymlinkHeader } from './content-file.js';
import type { ObjectStore } from './object-store.js';
import type { WriteTarget } from './store-target.js';

/**
 * Lets objects that differ in owner, mode or xattrs alone share the blocks of their content, on file systems that
 * clone (repository format, "Payload links"): a link named by the hash of the content leads to an object that has it.
 */
export class PayloadLinks {
  #clones: boolean | undefined;

  constructor(
    private readonly target: WriteTarget,
    private readonly store: ObjectStore,
  ) {}

  /** True when the content of a file should share its blocks. */
  wants(header: FileHeader, size: number): boolean {
    const { mode, payloadLinkThreshold } = this.target;
    if (payloadLinkThreshold === null || size < payloadLinkThreshold || size === 0) return false;
    return (mode === 'bare' || mode === 'bare-user') && !isSymlinkHeader(header) && this.#canClone();
  }

  /** Makes an open file of the same content share the blocks of an object; leaves it alone when there is none. */
  share(payload: Checksum, fd: number): void {
    const link = this.store.find('payload-link', payload);
    if (link === null) return;
    let source: number;
    try {
      source = fs.openSync(link.path, 'r');
    } catch (error) {
      if (!isAbsent(error)) throw error;
      // Its object was pruned.
      if (link.own) fs.rmSync(link.path, { force: true });
      return;
    }
    try {
      if (fs.fstatSync(source).size === fs.fstatSync(fd).size) reflink(source, fd);
    } finally {
      fs.closeSync(source);
    }
  }

  /** Leads from the content to an object that has just been named, unless there is a link for it. */
  link(destination: string, object: Checksum): void {
    try {
      fs.symlinkSync(`../${object.slice(0, 2)}/${object.slice(2)}.file`, destination);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }

  /** Tries once whether the file system clones. */
  #canClone(): boolean {
    if (this.#clones !== undefined) return this.#clones;
    const source = fs.openSync(`${this.target.path}/config`, 'r');
    const probe = TemporaryFile.open(this.target.staging);
    try {
      this.#clones = reflink(source, probe.fd);
    } finally {
      probe.close();
      fs.closeSync(source);
    }
    return this.#clones;
  }
}
