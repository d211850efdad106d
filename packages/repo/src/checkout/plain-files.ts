import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Checksum } from '@ost/objects';
import { isAbsent } from '../platform/fs-errors.js';
import type { Repo } from '../repo.js';
import { ChecksumList } from './checksum-list.js';

const FILE = 'tmp/cache/ost-plain-files';
const MARK: Buffer = Buffer.from('ostPLN1\n');
/** With more than these the file costs more than it saves. */
const MOST = 200_000;
const MAX_BYTES = MARK.length + 32 * MOST;
/** A thread that places fewer files than this does not open the memory. */
const FEW = 64;
/** A checkout that learned fewer files than this leaves the memory as it is. */
const WORTHWHILE = 2048;

/**
 * The plain files of a bare-user repository: regular, with content, readable by their owner, so that a checkout in user
 * mode links them. Such a repository holds symlinks as files, too, and what an object is only its attribute tells, which
 * costs a system call for each. It follows from the checksum, so that what is remembered here is never out of date.
 */
export class PlainFiles {
  #known: ChecksumList | null = null;
  #asked = 0;
  #learned: Checksum[] = [];

  constructor(private readonly repoPath: string) {}

  /** True for a file that is known to be plain. */
  has(checksum: Checksum): boolean {
    if (this.#asked++ < FEW) return false;
    this.#known ??= read(this.repoPath);
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
  const all = ChecksumList.of([...known, ...learned]);
  if (all.length === known.length) return;
  const { bytes } = all.length > MOST ? ChecksumList.of(learned) : all;
  fs.mkdirSync(path.dirname(path.join(repo.path, FILE)), { recursive: true });
  repo.replaceFile(path.join(repo.path, FILE), Buffer.concat([MARK, bytes]));
}

/** Drops the memory: objects that were not what their names say may have been learned. */
export function forgetPlainFiles(repo: Repo): void {
  fs.rmSync(path.join(repo.path, FILE), { force: true });
}

function read(repoPath: string): ChecksumList {
  const file = path.join(repoPath, FILE);
  try {
    const bytes = fs.statSync(file).size > MAX_BYTES ? MARK : fs.readFileSync(file);
    // Bytes that are damaged are no checksum that anybody asks for.
    return new ChecksumList(bytes.subarray(bytes.subarray(0, MARK.length).equals(MARK) ? MARK.length : bytes.length));
  } catch (error) {
    if (isAbsent(error)) return new ChecksumList(Buffer.alloc(0));
    throw error;
  }
}
