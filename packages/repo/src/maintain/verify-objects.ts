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
} from '@ost/objects';
import { readAt } from '../platform/files.js';
import { nodeDeflate } from '../platform/deflate.js';
import { errnoOf, isAbsent, strerror } from '../platform/fs-errors.js';
import { nodeHash } from '../platform/hash.js';
import type { TaskContext } from '../pool/task.js';
import { type ObjectLocation, ObjectStore } from '../store/object-store.js';
import { hashFile } from '../store/object-writer.js';
import type { ObjectFinding, VerifyJob, VerifyObjectsInput, VerifyObjectsOutput } from './verify-job.js';

/** Re-computes the checksum of each object and checks its structure; runs in worker threads. */
export async function run(input: VerifyObjectsInput, context: TaskContext): Promise<VerifyObjectsOutput> {
  const store = context.once('store', input.target.path, () => new ObjectStore(input.target));
  const buffer = context.once('buffer', '', () => Buffer.allocUnsafeSlow(LIMITS.wholeFile + 65_536));
  const findings: ObjectFinding[] = [];
  for (const job of input.jobs) {
    const finding = await verifyObject(store, buffer, job);
    if (finding !== null) findings.push(finding);
  }
  return { findings };
}

async function verifyObject(store: ObjectStore, buffer: Buffer, job: VerifyJob): Promise<ObjectFinding | null> {
  try {
    if (job.type === 'file') await verifyFile(store, buffer, job.checksum);
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
  if (job.type === 'commit') parseCommit(bytes);
  else if (job.type === 'dirtree') parseDirTree(bytes);
  else if (job.type === 'dirmeta') parseDirMeta(bytes);
}

function assertFileMode(header: FileHeader): void {
  const type = header.mode & 0o170000;
  if (type !== 0o100000 && type !== 0o120000) {
    throw new OstError('corrupt', `Invalid file metadata mode ${header.mode}; not a valid file type`);
  }
}

async function verifyFile(store: ObjectStore, buffer: Buffer, checksum: Checksum): Promise<void> {
  const found = store.find('file', checksum);
  if (found === null) throw new OstError('not-found', `Couldn't find file object '${checksum}'`);
  if (found.mode === 'archive' && verifySmallArchived(found, buffer, checksum)) return;
  const file = store.loadFileAt(found);
  assertFileMode(file.header);
  if (file.isSmall && !file.content.compressed) {
    verifySmallPlain(file.header, file.isSymlink ? null : found.path, buffer, checksum);
    return;
  }
  const hasher = nodeHash.create();
  hasher.update(encodeFileHeader(file.header));
  if (file.content.compressed) for await (const chunk of file.stream()) hasher.update(chunk);
  else for (const chunk of file.chunks()) hasher.update(chunk);
  assertChecksum('file', checksum, hasher.digest());
}

/** Reads the file behind its header in one buffer and hashes both in one call. */
function verifySmallPlain(header: FileHeader, path: string | null, buffer: Buffer, checksum: Checksum): void {
  const head = encodeFileHeader(header);
  buffer.set(head, 0);
  let length = head.length;
  if (path !== null) {
    const fd = fs.openSync(path, 'r');
    try {
      length += readAt(fd, buffer.subarray(head.length), 0);
    } finally {
      fs.closeSync(fd);
    }
  }
  assertChecksum('file', checksum, nodeHash.sha256(buffer.subarray(0, length)));
}

/** One read, one inflate, one hash; false when the object is too large for that. */
function verifySmallArchived(found: ObjectLocation, buffer: Buffer, checksum: Checksum): boolean {
  const fd = fs.openSync(found.path, 'r');
  let length: number;
  try {
    length = readAt(fd, buffer, 0);
  } finally {
    fs.closeSync(fd);
  }
  if (length === buffer.length) return false;
  const { header, size, headerLength } = parseArchiveHeader(buffer.subarray(0, length));
  if (size > LIMITS.wholeFile) return false;
  assertFileMode(header);
  const symlink = (header.mode & 0o170000) === 0o120000;
  const body = buffer.subarray(headerLength, length);
  const content = symlink ? new Uint8Array() : nodeDeflate.inflateRaw(body, { maxSize: size, expectedSize: size });
  assertChecksum('file', checksum, hashFile(header, content));
  return true;
}
