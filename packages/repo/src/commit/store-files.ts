import * as fs from 'node:fs';
import { type Checksum, encodeFileHeader, type FileHeader, LIMITS, OstError, type Xattrs } from '@ost/objects';
import { utimensat } from '@ost/linux';
import { readAt } from '../platform/files.js';
import { withIoError } from '../platform/fs-errors.js';
import { nodeHash } from '../platform/hash.js';
import { withPauses } from '../platform/pauses.js';
import type { TaskContext } from '../pool/task.js';
import { emptyStats, ObjectWriter } from '../store/object-writer.js';
import { readXattrs } from '../store/xattrs.js';
import { addLabel } from './label.js';
import { archivedSize } from './sizes.js';
import type { FileJob, StoreFilesInput, StoreFilesOutput } from './file-job.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** Room for the header of a file in front of its content. */
const HEADROOM = 65_536;
/** Files up to this size are packed in one call, which is faster and denser than packing a stream. */
const WHOLE_ARCHIVED = 40 * 2 ** 20;

/** Hashes each file and writes those that the store lacks; runs in worker threads. */
export async function run(input: StoreFilesInput, context: TaskContext): Promise<StoreFilesOutput> {
  const { target, jobs } = input;
  const writer = context.once('writer', target.transaction, () => new ObjectWriter(target));
  // One buffer per thread: each small file is read behind its header and hashed in one call.
  const buffer = context.once('buffer', '', () => Buffer.allocUnsafeSlow(LIMITS.wholeFile + HEADROOM));
  Object.assign(writer.stats, emptyStats());
  const checksums: Checksum[] = [];
  const sizes: (readonly [number, number])[] = [];
  for (const job of jobs) {
    const { checksum, unpacked } = await storeFile(writer, buffer, job);
    checksums.push(checksum);
    if (input.sizes) sizes.push([archivedSize(writer, checksum), unpacked]);
    if (input.consume) fs.rmSync(job.path, { force: true });
  }
  return { checksums, sizes, stats: { ...writer.stats } };
}

interface Stored {
  readonly checksum: Checksum;
  readonly unpacked: number;
}

async function storeFile(writer: ObjectWriter, shared: Buffer, job: FileJob): Promise<Stored> {
  if ((job.mode & 0o170000) === 0o120000) return storeSymlink(writer, job);
  const fd = withIoError(`openat(${job.path})`, () => fs.openSync(job.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  try {
    const header = headerOf(job, '', () => readXattrs(fd));
    const whole = writer.target.mode === 'archive' ? WHOLE_ARCHIVED : LIMITS.wholeFile;
    if (job.size > whole) return await storeLarge(writer, fd, header, job);
    const head = encodeFileHeader(header);
    const length = Math.max(job.size + 1, LIMITS.wholeFile);
    const buffer = length > LIMITS.wholeFile ? Buffer.allocUnsafeSlow(length + HEADROOM) : shared;
    const space = buffer.subarray(head.length, head.length + length);
    const size = withIoError(`Reading ${job.path}`, () => readAt(fd, space.subarray(0, job.size + 1), 0, job.size));
    if (size > job.size) throw changed(job);
    buffer.set(head, 0);
    const checksum = nodeHash.sha256(buffer.subarray(0, head.length + size));
    if (!job.adopt) writer.stats.contentTotal++;
    if (!writer.has('file', checksum)) {
      if (job.adopt) adopt(writer, job, checksum);
      else writer.putFile(checksum, header, space.subarray(0, size));
    }
    return { checksum, unpacked: size };
  } finally {
    fs.closeSync(fd);
  }
}

function storeSymlink(writer: ObjectWriter, job: FileJob): Stored {
  const symlinkTarget = withIoError(`readlinkat(${job.path})`, () => fs.readlinkSync(job.path));
  const header = headerOf(job, symlinkTarget, () => readXattrs(job.path));
  const checksum = writer.writeFile(header, new Uint8Array());
  return { checksum, unpacked: new TextEncoder().encode(symlinkTarget).length };
}

/** Hashes first and copies only what is missing; the copy is hashed again, so a file that changes in between is caught. */
async function storeLarge(writer: ObjectWriter, fd: number, header: FileHeader, job: FileJob): Promise<Stored> {
  const hasher = nodeHash.create();
  hasher.update(encodeFileHeader(header));
  let size = 0;
  for await (const chunk of withPauses(chunksOf(fd, job))) {
    hasher.update(chunk);
    size += chunk.length;
  }
  const checksum = hasher.digest();
  if (job.adopt) {
    if (!writer.has('file', checksum)) adopt(writer, job, checksum);
  } else if (writer.has('file', checksum)) writer.stats.contentTotal++;
  else await writer.writeFileStream(header, size, withPauses(chunksOf(fd, job)), checksum);
  return { checksum, unpacked: size };
}

function* chunksOf(fd: number, job: FileJob): Generator<Uint8Array, void, undefined> {
  for (let position = 0; ; ) {
    // A fresh buffer each time: the compressor may still be working on the one before.
    const chunk = Buffer.allocUnsafeSlow(1 << 20);
    const count = withIoError(`Reading ${job.path}`, () => readAt(fd, chunk, position));
    if (count === 0) return;
    yield chunk.subarray(0, count);
    position += count;
  }
}

/** Moves the source file itself into the store; nothing counts as written then. */
function adopt(writer: ObjectWriter, job: FileJob, checksum: Checksum): void {
  fs.chmodSync(job.path, job.mode & 0o7777);
  utimensat(job.path, { mtime: 0 });
  writer.adopt(job.path, 'file', checksum);
}

function headerOf(job: FileJob, symlinkTarget: string, read: () => Xattrs): FileHeader {
  const own = job.xattrs === 'read' ? read() : job.xattrs;
  return { uid: job.uid, gid: job.gid, mode: job.mode, symlinkTarget, xattrs: addLabel(own, job.label) };
}

function changed(job: FileJob): OstError {
  return new OstError('state', `${job.path} changed while it was being committed`, { data: { path: job.path } });
}
