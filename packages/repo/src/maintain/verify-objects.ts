import * as fs from 'node:fs';
import {
  type Checksum,
  encodeFileHeader,
  type FileHeader,
  isOstError,
  LIMITS,
  OstError,
  parseArchiveHeader,
  parseCommit,
  parseDirMeta,
  parseDirTree,
  type RepoMode,
} from '@ost/objects';
import { errnoOf, isAbsent, strerror } from '../platform/fs-errors.js';
import { nodeHash } from '../platform/hash.js';
import { inflateSmall } from '../platform/inflater.js';
import { withPauses } from '../platform/pauses.js';
import { takeJobs } from '../pool/shared-jobs.js';
import type { TaskContext } from '../pool/task.js';
import { ObjectStore, parseOstreeMeta, readOstreeMetaBytes, symlinkTarget } from '../store/object-store.js';
import { isSymlinkHeader } from '../store/content-file.js';
import { hashFile } from '../store/object-name.js';
import { readXattrs } from '../store/xattrs.js';
import type { ObjectFinding, VerifyJob, VerifyObjectsInput, VerifyObjectsOutput } from './verify-job.js';

const { O_NOFOLLOW, O_RDONLY } = fs.constants;

/** Re-computes the checksum of each object and checks its structure; runs in worker threads. */
export async function run(input: VerifyObjectsInput, context: TaskContext): Promise<VerifyObjectsOutput> {
  const store = context.once('store', input.target.path, () => new ObjectStore(input.target));
  const buffer = context.once('buffer', '', () => Buffer.allocUnsafeSlow(LIMITS.wholeFile + 65_536));
  const findings: ObjectFinding[] = [];
  for (const job of takeJobs(input.objects)) {
    if (job.type === 'file' && isSmallAndRight(store, buffer, job.checksum)) continue;
    const finding = await examine(store, job);
    if (finding !== null) findings.push(finding);
  }
  return { findings };
}

/** Tells what is wrong with an object; null when nothing is. */
async function examine(store: ObjectStore, job: VerifyJob): Promise<ObjectFinding | null> {
  try {
    if (job.type === 'file') await verifyFile(store, job.checksum);
    else verifyMetadata(store, job);
    return null;
  } catch (error) {
    if (isOstError(error) && error.code === 'not-found') return { ...job, problem: 'missing', message: error.message };
    if (isAbsent(error)) return { ...job, problem: 'missing', message: strerror(error) };
    const text = isOstError(error)
      ? error.message
      : errnoOf(error) === undefined
        ? (error as Error).message
        : strerror(error);
    if (errnoOf(error) !== undefined) throw new OstError('io', `${label(job)}: ${text}`, { cause: error });
    return { ...job, problem: 'corrupt', message: `${label(job)}: ${text}` };
  }
}

function label(job: VerifyJob): string {
  return job.type === 'file' ? `fsck content object ${job.checksum}` : `fsck ${job.checksum}.${job.type}`;
}

function assertChecksum(type: string, expected: Checksum, actual: Checksum): void {
  if (expected === actual) return;
  const what = `Corrupted ${type} object; checksum expected='${expected}' actual='${actual}'`;
  throw new OstError('corrupt', what, { data: { expected, actual } });
}

function verifyMetadata(store: ObjectStore, job: VerifyJob): void {
  const bytes = store.readMetadata(job.type, job.checksum);
  assertChecksum(job.type, job.checksum, nodeHash.sha256(bytes));
  try {
    if (job.type === 'commit') parseCommit(bytes);
    else if (job.type === 'dirtree') parseDirTree(bytes);
    else if (job.type === 'dirmeta') parseDirMeta(bytes);
  } catch (error) {
    if (!isOstError(error)) throw error;
    throw error.withPrefix(`${job.checksum}.${job.type}: `);
  }
}

function assertFileMode(header: FileHeader): void {
  const type = header.mode & 0o170000;
  if (type !== 0o100000 && type !== 0o120000) {
    throw new OstError('corrupt', `Invalid file metadata mode ${header.mode}; not a valid file type`);
  }
}

/** Content is read behind this much room, into which its header is then put: both are hashed as one piece. */
const HEADROOM = 65_536;

async function verifyFile(store: ObjectStore, checksum: Checksum): Promise<void> {
  const file = store.loadFile(checksum);
  assertFileMode(file.header);
  const hasher = nodeHash.create();
  hasher.update(encodeFileHeader(file.header));
  if (file.content.compressed) for await (const chunk of file.stream()) hasher.update(chunk);
  else for await (const chunk of withPauses(file.chunks())) hasher.update(chunk);
  assertChecksum('file', checksum, hasher.digest());
}

/**
 * The usual case with the fewest system calls: a small object of this repository, opened once. False when the object is
 * large, a symlink of the bare modes, or anything is wrong with it; {@link examine} then finds out.
 */
function isSmallAndRight(store: ObjectStore, buffer: Buffer, checksum: Checksum): boolean {
  const { mode, disableXattrs } = store.target;
  if (mode === 'bare-split-xattrs') return false;
  let fd = -1;
  try {
    fd = fs.openSync(store.path('file', checksum), O_RDONLY | O_NOFOLLOW);
    // One read, which of nearly every file gives as much as there is. Where it does not, the checksum is not right.
    const length = fs.readSync(fd, buffer, HEADROOM, buffer.length - HEADROOM, 0);
    if (HEADROOM + length === buffer.length) return false;
    const content = buffer.subarray(HEADROOM, HEADROOM + length);
    if (mode === 'archive') return verifyArchived(content, checksum);
    const head = mode === 'bare-user' ? bareUserHead(fd, content) : headOf(bareHeader(fd, mode, disableXattrs));
    if (head.bytes.length > HEADROOM) return false;
    const start = HEADROOM - head.bytes.length;
    buffer.set(head.bytes, start);
    return nodeHash.sha256(buffer.subarray(start, head.isSymlink ? HEADROOM : HEADROOM + length)) === checksum;
  } catch {
    return false;
  } finally {
    if (fd !== -1) fs.closeSync(fd);
  }
}

/** The header of a file as it is hashed. */
interface Head {
  readonly bytes: Uint8Array;
  readonly isSymlink: boolean;
}

function headOf(header: FileHeader): Head {
  assertFileMode(header);
  return { bytes: encodeFileHeader(header), isSymlink: isSymlinkHeader(header) };
}

/** So many, of attributes of so many bytes, are remembered: a tree has a few dozen, a hostile one as many as files. */
const MAX_HEADS = 4096;
const MAX_ATTRIBUTE = 1024;
const heads = new Map<string, Head>();

/** The header of a bare-user object. Those of regular files are made once for all that have the same attribute. */
function bareUserHead(fd: number, content: Uint8Array): Head {
  const attribute = readOstreeMetaBytes(fd);
  const short = attribute.length <= MAX_ATTRIBUTE;
  const key = short ? Buffer.from(attribute.buffer, attribute.byteOffset, attribute.length).toString('latin1') : '';
  const known = heads.get(key);
  if (known !== undefined) return known;
  const meta = parseOstreeMeta(attribute);
  if ((meta.mode & 0o170000) === 0o120000) return headOf({ ...meta, symlinkTarget: symlinkTarget(content) });
  const head = headOf({ ...meta, symlinkTarget: '' });
  if (heads.size === MAX_HEADS) heads.clear();
  if (short) heads.set(key, head);
  return head;
}

function bareHeader(fd: number, mode: RepoMode, disableXattrs: boolean): FileHeader {
  const stat = fs.fstatSync(fd);
  if (mode === 'bare-user-only') return { uid: 0, gid: 0, mode: stat.mode, symlinkTarget: '', xattrs: [] };
  const xattrs = disableXattrs ? [] : readXattrs(fd);
  return { uid: stat.uid, gid: stat.gid, mode: stat.mode, symlinkTarget: '', xattrs };
}

/** One inflate, one hash; false when the content is too large for that. */
function verifyArchived(bytes: Uint8Array, checksum: Checksum): boolean {
  const { header, size, headerLength } = parseArchiveHeader(bytes);
  if (size > LIMITS.wholeFile) return false;
  assertFileMode(header);
  const body = bytes.subarray(headerLength);
  const content = isSymlinkHeader(header) ? new Uint8Array() : inflateSmall(body, size).content;
  return hashFile(header, content) === checksum;
}
