import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Checksum } from '@ost/objects';
import { isAbsent } from '../platform/fs-errors.js';
import type { Repo } from '../repo.js';

const FILE = 'tmp/cache/ost-plain-files';
/** A checksum and a line feed. */
const LINE = 65;
/** Above this size the file costs more than it saves. */
const MAX_BYTES = 200_000 * LINE;
/** A thread that places fewer files than this does not open the memory. */
const FEW = 256;
/** A checkout that learned fewer files than this leaves the memory as it is. */
const WORTHWHILE = 2048;

/**
 * The plain files of a bare-user repository: regular, with content, readable by their owner, so that a checkout in user
 * mode links them. Such a repository holds symlinks as files, too, and what an object is only its attribute tells, which
 * costs a system call for each. It follows from the checksum, so that what is remembered here is never out of date.
 */
export class PlainFiles {
  #known: ReadonlySet<Checksum> | null = null;
  #asked = 0;
  #learned: Checksum[] = [];

  constructor(private readonly repoPath: string) {}

  /** True for a file that is known to be plain. */
  has(checksum: Checksum): boolean {
    if (this.#asked++ < FEW) return false;
    this.#known ??= new Set(read(this.repoPath));
    return this.#known.has(checksum);
  }

  /** Notes a plain file. */
  learn(checksum: Checksum): void {
    this.#learned.push(checksum);
  }

  /** What was learned since the last call. */
  take(): readonly Checksum[] {
    return this.#learned.splice(0);
  }
}

/** Adds what a checkout has learned to the memory of a repository. Where that becomes too much, it begins anew. */
export function rememberPlainFiles(repo: Repo, learned: readonly Checksum[]): void {
  if (learned.length < WORTHWHILE || !repo.writable) return;
  const known = read(repo.path);
  const all = new Set([...known, ...learned]);
  if (all.size === known.length) return;
  const kept = all.size * LINE > MAX_BYTES ? new Set(learned) : all;
  if (kept.size * LINE > MAX_BYTES) return;
  fs.mkdirSync(path.dirname(path.join(repo.path, FILE)), { recursive: true });
  repo.replaceFile(path.join(repo.path, FILE), Buffer.from([...kept, ''].join('\n'), 'latin1'));
}

/** Drops the memory: objects that were not what their names say may have been learned. */
export function forgetPlainFiles(repo: Repo): void {
  fs.rmSync(path.join(repo.path, FILE), { force: true });
}

function read(repoPath: string): Checksum[] {
  const file = path.join(repoPath, FILE);
  try {
    if (fs.statSync(file).size > MAX_BYTES) return [];
    // A line that is damaged is no checksum that anybody asks for.
    const lines = fs.readFileSync(file, 'latin1').split('\n') as Checksum[];
    lines.pop();
    return lines;
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
