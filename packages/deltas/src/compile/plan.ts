import type { Checksum } from '@ost/objects';
import { tooLarge } from '../errors.js';
import type { DeltaObject } from '../format/object-list.js';
import type { Fallback } from '../format/superblock.js';
import type { FoundDifference } from './compare-pairs.js';
import type { FileInfos } from './file-infos.js';
import type { DeltaObjects } from './objects.js';
import type { CompileOptions } from './options.js';
import type { PlannedEntry } from './split.js';

/** Bytes of a file beyond which no part can have it whole. */
const MAX_WHOLE = 2 ** 31 - 2 ** 26;
/** Bytes of a checksum in the blob. */
const CHECKSUM = 32;

/** The objects that a delta is about, in the order in which they shall be in it. */
export interface DeltaContents {
  readonly metadata: readonly DeltaObject[];
  readonly regular: readonly Checksum[];
  readonly symlinks: readonly Checksum[];
}

/** What goes into the parts and what is left to be fetched. */
export interface DeltaPlan {
  readonly planned: readonly PlannedEntry[];
  readonly fallbacks: readonly Fallback[];
  /** Bytes that the objects which go in whole take in the repository. */
  readonly loose: number;
  readonly rollsum: { readonly objects: number; readonly bytes: number };
  readonly bsdiff: { readonly objects: number };
}

/** Decides for each object how it is sent: what has a difference first, then metadata, whole files, links. */
export function planEntries(
  objects: DeltaObjects,
  { metadata, regular, symlinks }: DeltaContents,
  differences: ReadonlyMap<Checksum, FoundDifference>,
  infos: FileInfos,
  { minFallbackSize = 4_000_000, onProgress }: CompileOptions,
): DeltaPlan {
  const planned: PlannedEntry[] = [];
  const fallbacks: Fallback[] = [];
  const rollsum = { objects: 0, bytes: 0 };
  const bsdiff = { objects: 0 };
  let loose = 0;
  for (const checksum of regular) {
    const found = differences.get(checksum);
    if (found === undefined) continue;
    const { difference, from } = found;
    let weight = CHECKSUM;
    if (difference.kind === 'bsdiff') {
      bsdiff.objects++;
      weight += difference.stream.length;
    } else {
      rollsum.objects++;
      rollsum.bytes += difference.copied;
      weight += difference.size - difference.copied;
    }
    planned.push({ entry: { kind: 'difference', checksum, from, difference }, weight });
  }
  for (const { type, checksum } of metadata) {
    if (type === 'file') continue;
    const { length } = objects.readMetadata(type, checksum);
    planned.push({ entry: { kind: 'metadata', type, checksum }, weight: length });
    loose += length;
  }
  for (const checksum of [...regular.filter((one) => !differences.has(one)), ...symlinks]) {
    const { size, streamSize } = infos.get(checksum);
    const storedSize = objects.loadFile(checksum).storedSize();
    if (minFallbackSize > 0 && streamSize > minFallbackSize) {
      fallbacks.push({ type: 'file', checksum, size: storedSize, usize: size });
      onProgress?.({ type: 'fallback', checksum, size });
      continue;
    }
    if (size > MAX_WHOLE)
      throw tooLarge(`Size of file ${checksum}, which would have to be a fallback,`, size, MAX_WHOLE);
    planned.push({ entry: { kind: 'whole', checksum }, weight: size });
    loose += storedSize;
  }
  return { planned, fallbacks, loose, rollsum, bsdiff };
}
