import * as fs from 'node:fs';
import { type Checksum, loosePath } from '@ost/objects';
import { isAbsent, type Repo } from '@ost/repo';

/** Answers which objects are here by listing directories once, which is far cheaper than asking for each. */
export class PresenceIndex {
  readonly #known = new Map<string, ReadonlySet<string>>();
  readonly #roots: readonly string[];

  constructor(
    private readonly repo: Repo,
    staging: string,
  ) {
    this.#roots = [`${repo.path}/objects`, staging];
  }

  /** True when the object is in the repository, staged, or in a parent. */
  has(type: 'file' | 'dirtree', checksum: Checksum): boolean {
    const prefix = checksum.slice(0, 2);
    let names = this.#known.get(prefix);
    if (names === undefined) {
      names = new Set(this.#roots.flatMap((root) => list(`${root}/${prefix}`)));
      this.#known.set(prefix, names);
    }
    if (names.has(loosePath(checksum, type, this.repo.mode).slice(3))) return true;
    return this.repo.parent !== null && this.repo.hasObject(type, checksum);
  }

  /** Forgets what was listed: objects came by another way. */
  clear(): void {
    this.#known.clear();
  }
}

function list(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
