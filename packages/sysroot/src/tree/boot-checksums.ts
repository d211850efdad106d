import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import type { Checksum } from '@ost/objects';
import { hashFiles, lookupPath, type Repo } from '@ost/repo';
import { makeDirs, readIfPresent, replaceFile } from '../files/files.js';

const FILE = 'tmp/cache/ost-boot-checksums';
/** So many kernels are remembered. */
const KEPT = 16;

/**
 * The boot checksums of kernels that were read before, by the checksums of their files' objects: a kernel and its
 * initramfs are some 50 MB, and most commits have those of the one before. It follows from these checksums, so that what
 * is remembered is never out of date; a line that is damaged does not count.
 */
export class BootChecksums {
  readonly #file: string;
  readonly #trees = new Map<string, ReadonlyMap<string, Checksum>>();

  /** @param tree checkout of the commit */
  constructor(
    private readonly repo: Repo,
    private readonly commit: Checksum,
    private readonly tree: string,
  ) {
    this.#file = join(repo.path, FILE);
  }

  /** The checksum of all bytes of these files, one after the other. */
  async of(files: readonly string[]): Promise<string> {
    const objects = files.map((file) => this.#objectOf(file));
    if (objects.includes(null)) return hashFiles(files);
    const key = sha256(objects.join());
    const lines = (readIfPresent(this.#file)?.toString('latin1') ?? '').split('\n').filter(isSound);
    const known = lines.find((line) => line.startsWith(key));
    if (known !== undefined) return known.split(' ')[1] as string;
    const sum = await hashFiles(files);
    const line = `${key} ${sum} ${sha256(key + sum)}`;
    makeDirs(dirname(this.#file));
    replaceFile(this.#file, [line, ...lines.slice(0, KEPT - 1), ''].join('\n'), 'none');
    return sum;
  }

  /** The object that a file of the tree is a link to; null when it is something else. */
  #objectOf(file: string): Checksum | null {
    const path = relative(this.tree, file);
    const object = this.#filesIn(posix.dirname(path)).get(posix.basename(path));
    if (object === undefined) return null;
    const [here, there] = [lstatSync(file), lstatSync(this.repo.store.path('file', object), { throwIfNoEntry: false })];
    return here.isFile() && here.ino === there?.ino && here.dev === there.dev ? object : null;
  }

  #filesIn(path: string): ReadonlyMap<string, Checksum> {
    let files = this.#trees.get(path);
    if (files === undefined) {
      const entry = lookupPath(this.repo, this.repo.loadCommit(this.commit), path);
      const found = entry?.type === 'directory' ? this.repo.loadDirTree(entry.contents).files : [];
      files = new Map(found.map(({ name, checksum }) => [name, checksum]));
      this.#trees.set(path, files);
    }
    return files;
  }
}

function isSound(line: string): boolean {
  const [key = '', sum = '', check] = line.split(' ');
  return check === sha256(key + sum);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
