import type { Checksum, DeltaEnds } from '@ost/objects';
import { FileInfos } from './file-infos.js';
import type { DeltaObjects } from './objects.js';
import { type Namesake, pairByName } from './pairs.js';
import { newObjects, readCommitTree } from './tree.js';

/** What a delta would be good for. */
export interface DeltaForecast extends DeltaEnds {
  /** Objects that a receiver lacks, thus requests without a delta. */
  readonly objects: number;
  /** Bytes that it loads without a delta. */
  readonly loose: number;
  /** Bytes of the delta, roughly: nothing is compared or compressed to find out. */
  readonly delta: number;
}

/**
 * Shares of the deflated size of objects that they have in a delta, as measured on two releases of Debian: of files that
 * are made from an old one, and of all others.
 */
const MADE_FROM_OLD = 0.15;
const WHOLE = 0.8;
/** Bytes of a superblock, roughly: its beginning and what it says of each object. */
const SUPERBLOCK = 500;
const PER_OBJECT = 33;

/** Estimates what a delta between two commits would save. Reads directories and file headers only. */
export function forecastDelta(objects: DeltaObjects, { from, to }: DeltaEnds): DeltaForecast {
  const infos = new FileInfos(objects);
  const source = from === null ? null : readCommitTree(objects, from);
  const added = newObjects(source, readCommitTree(objects, to));
  const regular = new Map([...added.files].filter(([checksum]) => infos.get(checksum).regular));
  const pairs: ReadonlyMap<Checksum, Namesake> =
    source === null ? new Map() : pairByName(source, regular, (checksum) => infos.get(checksum));
  let loose = objects.readMetadata('commit', to).length;
  let delta = SUPERBLOCK + loose;
  for (const { type, checksum } of added.metadata) {
    if (type === 'file') continue;
    const { length } = objects.readMetadata(type, checksum);
    loose += length;
    delta += PER_OBJECT + length * WHOLE;
  }
  for (const checksum of added.files.keys()) {
    const size = objects.loadFile(checksum).storedSize();
    loose += size;
    delta += PER_OBJECT + size * (pairs.has(checksum) ? MADE_FROM_OLD : WHOLE);
  }
  return { from, to, objects: added.metadata.length + added.files.size + 1, loose, delta: Math.round(delta) };
}
