import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  type Checksum,
  deltaIndexPath,
  DELTAS_DIRECTORY,
  encodeDetachedMetadata,
  formatDeltaName,
  hashOrder,
  type Metadata,
  parseDeltaPath,
} from '@ost/objects';
import { variant } from '@ost/gvariant';
import { listIfPresent, readIfPresent } from '../platform/files.js';
import { nodeHash } from '../platform/hash.js';
import type { Repo } from '../repo.js';

/** A stored static delta, as summaries and indexes name it. */
interface DeltaDigest {
  /** `FROM-TO`, or `TO` for a delta from nothing. */
  readonly name: string;
  readonly to: Checksum;
  /** SHA-256 of its superblock. */
  readonly digest: Uint8Array;
}

/** Every static delta of a repository that has a superblock. */
export function deltaDigests(repo: Repo): DeltaDigest[] {
  const base = path.join(repo.path, DELTAS_DIRECTORY);
  const found: DeltaDigest[] = [];
  for (const prefix of listIfPresent(base)) {
    for (const name of listIfPresent(path.join(base, prefix))) {
      const delta = parseDeltaPath(`${prefix}/${name}`);
      const superblock = delta === null ? null : readIfPresent(path.join(base, prefix, name, 'superblock'));
      if (delta === null || superblock === null) continue;
      const digest = Buffer.from(nodeHash.sha256(superblock), 'hex');
      found.push({ name: formatDeltaName(delta.from, delta.to), to: delta.to, digest });
    }
  }
  return found;
}

/** The entry `ostree.static-deltas` of a summary or an index; none when there are no deltas. */
export function deltaEntries(deltas: readonly DeltaDigest[]): Metadata {
  if (deltas.length === 0) return [];
  const digests: Metadata = deltas.map(({ name, digest }) => [name, variant('ay', digest)]);
  return [['ostree.static-deltas', variant('a{sv}', hashOrder(digests))]];
}

/**
 * Writes the delta indexes whose content changed, deletes those of commits without deltas, and says in the configuration
 * that clients may ask for them (transfer format, "Delta indexes").
 * @param to only this commit's index
 */
export function reindexDeltas(repo: Repo, to?: Checksum): void {
  repo.assertWritable();
  const byTarget = new Map<Checksum, DeltaDigest[]>();
  for (const delta of deltaDigests(repo)) {
    const others = byTarget.get(delta.to) ?? [];
    byTarget.set(delta.to, others);
    others.push(delta);
  }
  const indexed = storedIndexes(repo);
  const targets = to === undefined ? new Set([...byTarget.keys(), ...indexed]) : new Set([to]);
  for (const target of targets) writeIndex(repo, target, byTarget.get(target) ?? []);
  announceIndexes(repo);
}

function writeIndex(repo: Repo, to: Checksum, deltas: readonly DeltaDigest[]): void {
  const file = path.join(repo.path, deltaIndexPath(to));
  if (deltas.length === 0) {
    fs.rmSync(file, { force: true });
    return;
  }
  const bytes = encodeDetachedMetadata(deltaEntries(deltas));
  if (readIfPresent(file)?.equals(bytes) === true) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  repo.replaceFile(file, bytes);
}

/** The commits that have an index. */
function storedIndexes(repo: Repo): Checksum[] {
  const base = path.join(repo.path, 'delta-indexes');
  return listIfPresent(base).flatMap((prefix) =>
    listIfPresent(path.join(base, prefix)).flatMap((name) => {
      const ends = name.endsWith('.index') ? parseDeltaPath(`${prefix}/${name.slice(0, -'.index'.length)}`) : null;
      return ends === null || ends.from !== null ? [] : [ends.to];
    }),
  );
}

function announceIndexes(repo: Repo): void {
  const config = repo.readConfig();
  if (config.getBoolean('core', 'indexed-deltas') === true) return;
  config.setBoolean('core', 'indexed-deltas', true);
  repo.saveConfig(config);
}
