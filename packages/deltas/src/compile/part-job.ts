import { closeSync, openSync, readSync } from 'node:fs';
import type { Checksum, HashProvider } from '@ost/objects';
import { corrupt } from '../errors.js';
import type { DeltaObject } from '../format/object-list.js';
import type { DeltaObjectType } from '../store.js';
import { compressPayload } from './compress.js';
import type { Difference, StoredStream } from './diff-job.js';
import type { DeltaObjects } from './objects.js';
import { PartWriter } from './part-writer.js';

/** An object of a part, and how the receiver gets it. */
export type PartEntry =
  | { readonly kind: 'metadata'; readonly type: Exclude<DeltaObjectType, 'file'>; readonly checksum: Checksum }
  | { readonly kind: 'whole'; readonly checksum: Checksum }
  | {
      readonly kind: 'difference';
      readonly checksum: Checksum;
      readonly from: Checksum;
      readonly difference: Exclude<Difference, { readonly kind: 'whole' }>;
    };

/** Makes one part. Plain data, so that a worker thread can do it. */
export interface PartJob {
  readonly kind: 'part';
  readonly entries: readonly PartEntry[];
}

/** A finished part. */
export interface BuiltPart {
  /** The part as it is stored, its compression byte first. */
  readonly bytes: Uint8Array;
  /** SHA-256 of these. */
  readonly checksum: Checksum;
  readonly usize: number;
  readonly objects: readonly DeltaObject[];
}

const XZ = 0x78; // 'x'

/** Does a {@link PartJob}. */
export async function runPartJob(job: PartJob, objects: DeltaObjects, hash: HashProvider): Promise<BuiltPart> {
  const writer = new PartWriter();
  let differences = 0;
  for (const entry of job.entries) {
    const before = writer.size;
    add(writer, entry, objects);
    if (entry.kind === 'difference') differences += writer.size - before;
  }
  const { objects: list, usize, size } = writer;
  const payload = writer.payload();
  const compressed = await compressPayload(payload, size === 0 ? 0 : differences / size);
  const bytes = new Uint8Array(1 + compressed.length);
  bytes[0] = XZ;
  bytes.set(compressed, 1);
  return { bytes, checksum: hash.sha256(bytes), usize, objects: list };
}

function add(writer: PartWriter, entry: PartEntry, objects: DeltaObjects): void {
  const { checksum } = entry;
  if (entry.kind === 'metadata') {
    writer.metadata(entry.type, checksum, objects.readMetadata(entry.type, checksum));
    return;
  }
  const file = objects.loadFile(checksum);
  if (entry.kind === 'whole') {
    writer.whole(checksum, file.header, file.read());
    return;
  }
  const { from, difference } = entry;
  if (difference.kind === 'copies') writer.copies(checksum, file.header, file.read(), from, difference.copies);
  else writer.patched(checksum, file.header, difference.size, from, readStream(difference.stream));
}

function readStream({ path, offset, length }: StoredStream): Uint8Array {
  const bytes = new Uint8Array(length);
  const fd = openSync(path, 'r');
  try {
    for (let at = 0; at < length; ) {
      const count = readSync(fd, bytes, at, length - at, offset + at);
      if (count === 0) throw corrupt(`Unexpected end of ${path}`);
      at += count;
    }
  } finally {
    closeSync(fd);
  }
  return bytes;
}
