import * as fs from 'node:fs';
import type { Checksum } from '@ost/objects';
import { type DirectoryEntry, listInodes } from '@ost/linux';

const OVERLAYFS = 0x794c7630;

/** Lists directories of one file system so that inode numbers can be compared. */
export class InodeIndex {
  readonly #objects = new Map<string, ReadonlyMap<string, bigint>>();
  readonly #overlay: boolean;

  /** @param objects the repository's directory of objects */
  constructor(private readonly objects: string) {
    this.#overlay = fs.statfsSync(objects).type === OVERLAYFS;
  }

  /** Names of a directory, as Latin-1, and their inodes. */
  list(directory: Buffer): readonly DirectoryEntry[] {
    const entries = listInodes(directory);
    if (!this.#overlay) return entries;
    // There the numbers that directories tell can be those of different file systems.
    return entries.map(({ name }) => ({ name, ino: fs.lstatSync(childPath(directory, name), { bigint: true }).ino }));
  }

  /** The inode of a file object in the repository itself; `undefined` when it is not there. */
  ofFile(checksum: Checksum): bigint | undefined {
    const prefix = checksum.slice(0, 2);
    let inodes = this.#objects.get(prefix);
    if (inodes === undefined) {
      const directory = Buffer.from(`${this.objects}/${prefix}`);
      const entries = fs.existsSync(directory) ? this.list(directory) : [];
      inodes = new Map(entries.map(({ name, ino }) => [name, ino]));
      this.#objects.set(prefix, inodes);
    }
    return inodes.get(`${checksum.slice(2)}.file`);
  }
}

/** The path of an entry whose name is Latin-1. */
export function childPath(directory: Buffer, name: string): Buffer {
  return Buffer.concat([directory, Buffer.from('/'), Buffer.from(name, 'latin1')]);
}
