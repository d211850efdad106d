import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  type Checksum,
  compareNames,
  encodeCollectionMap,
  encodeCommit,
  encodeDetachedMetadata,
  encodeDirMeta,
  encodeDirTree,
  encodeSummary,
  hashOrder,
  type Metadata,
  metadataValue,
  OstError,
  parseCommit,
  repoModeConfigName,
  type SummaryRef,
} from '@ost/objects';
import { byteswap, type Variant, variant } from '@ost/gvariant';
import { defaultTimestamp } from '../commit/commit-tree.js';
import { bindingEntries } from '../commit/bindings.js';
import type { RefEntry } from '../refs/list.js';
import type { Repo } from '../repo.js';
import { deltaDigests, deltaEntries, reindexDeltas } from './delta-index.js';

/** Options of {@link updateSummary}. */
export interface UpdateSummaryOptions {
  /** Entries for the summary's dictionary. */
  readonly metadata?: Metadata;
  /** Makes `summary.sig` for the summary's bytes; without it an existing signature is removed. */
  readonly sign?: (summary: Uint8Array) => Promise<Uint8Array>;
  /** Signs the `ostree-metadata` commit that a repository with a collection makes. */
  readonly signCommit?: (commit: Uint8Array) => Promise<Metadata>;
}

/** Name of the ref that carries a collection's metadata. */
const METADATA_REF = 'ostree-metadata';

/**
 * Writes `summary`, and `summary.sig` when a signer is given (repository format, "Summary").
 * The two appear together: both are made first, then renamed.
 */
export async function updateSummary(repo: Repo, options: UpdateSummaryOptions = {}): Promise<void> {
  repo.assertWritable();
  const lock = await repo.lock('shared');
  try {
    const { collectionId } = repo.config;
    if (
      collectionId !== null &&
      (options.sign !== undefined || options.metadata !== undefined || !repo.config.autoUpdateSummary)
    ) {
      await writeMetadataCommit(repo, collectionId, options);
    }
    // First: who reads the new summary may ask for the indexes of its deltas at once.
    reindexDeltas(repo);
    const bytes = encodeSummary(summaryOf(repo, options.metadata ?? []));
    const signature = await options.sign?.(bytes);
    repo.replaceFile(path.join(repo.path, 'summary'), bytes);
    const sig = path.join(repo.path, 'summary.sig');
    if (signature === undefined) fs.rmSync(sig, { force: true });
    else repo.replaceFile(sig, signature);
  } finally {
    lock.release();
  }
}

function commitFacts(repo: Repo, checksum: Checksum): Omit<SummaryRef, 'name'> {
  const bytes = repo.store.readMetadata('commit', checksum);
  const { metadata, timestamp } = parseCommit(bytes);
  const entries: Metadata = [['ostree.commit.timestamp', variant('t', byteswap('t', timestamp))]];
  const version = metadataValue(metadata, 'version', 's');
  if (version !== undefined) entries.push(['ostree.commit.version', variant('s', version)]);
  return { size: BigInt(bytes.length), checksum, metadata: hashOrder(entries) };
}

function sortedRefs(repo: Repo, refs: Iterable<readonly [string, Checksum]>): SummaryRef[] {
  // Many refs may point at one commit.
  const known = new Map<Checksum, Omit<SummaryRef, 'name'>>();
  return [...refs]
    .sort(([a], [b]) => compareNames(a, b))
    .map(([name, checksum]) => {
      const facts = known.get(checksum) ?? commitFacts(repo, checksum);
      known.set(checksum, facts);
      return { name, ...facts };
    });
}

/** Refs by collection: foreign ones, and those of remotes that are configured with a collection. */
function foreignCollections(repo: Repo, refs: readonly RefEntry[]): Map<string, Map<string, Checksum>> {
  const map = new Map<string, Map<string, Checksum>>();
  const add = (collection: string, name: string, checksum: Checksum): void => {
    const refs = map.get(collection) ?? new Map<string, Checksum>();
    map.set(collection, refs.set(name, checksum));
  };
  for (const { collection, name, checksum } of repo.listMirrorRefs()) add(collection, name, checksum);
  for (const { remote, name, checksum } of refs) {
    const collection = remote === null ? undefined : repo.keyFile.get(`remote "${remote}"`, 'collection-id');
    if (collection !== undefined) add(collection, name, checksum);
  }
  return map;
}

function summaryOf(repo: Repo, user: Metadata): { refs: SummaryRef[]; metadata: Metadata } {
  const { config } = repo;
  const all = repo.listRefs();
  const local = all.filter((ref) => ref.remote === null);
  const refs = sortedRefs(
    repo,
    local.map((ref) => [ref.name, ref.checksum] as const),
  );
  const now = BigInt(Math.floor(Date.now() / 1000));
  const entries: Metadata = [...user];
  if (!config.noDeltasInSummary) entries.push(...deltaEntries(deltaDigests(repo)));
  entries.push(
    ['ostree.summary.last-modified', variant('t', byteswap('t', now))],
    ['ostree.summary.mode', variant('s', repo.keyFile.get('core', 'mode') ?? repoModeConfigName(repo.mode))],
    ['ostree.summary.tombstone-commits', variant('b', config.tombstoneCommits)],
    ['ostree.summary.indexed-deltas', variant('b', true)],
  );
  if (config.collectionId !== null) entries.push(['ostree.summary.collection-id', variant('s', config.collectionId)]);
  const collections = [...foreignCollections(repo, all)].filter(([id]) => id !== config.collectionId);
  if (collections.length > 0) entries.push(['ostree.summary.collection-map', collectionMap(repo, collections)]);
  return { refs, metadata: hashOrder(entries) };
}

function collectionMap(repo: Repo, collections: [string, Map<string, Checksum>][]): Variant {
  const byId = collections.sort(([a], [b]) => compareNames(a, b));
  return encodeCollectionMap(byId.map(([id, refs]) => [id, sortedRefs(repo, refs)] as const));
}

/** A repository with a collection publishes the summary's metadata as a commit as well. */
async function writeMetadataCommit(repo: Repo, collectionId: string, options: UpdateSummaryOptions): Promise<void> {
  if (repo.transaction !== null) throw new OstError('state', 'The summary cannot be updated inside a transaction');
  const parent = repo.readRef({ name: METADATA_REF });
  await repo.withTransaction(async (transaction) => {
    const { writer } = transaction;
    const bindings = bindingEntries([], { branch: METADATA_REF, collectionId });
    const bytes = encodeCommit({
      metadata: hashOrder([...(options.metadata ?? []), ...bindings]),
      parent,
      related: [],
      subject: '',
      body: '',
      timestamp: defaultTimestamp(),
      contents: writer.writeMetadata('dirtree', encodeDirTree({ files: [], dirs: [] })),
      meta: writer.writeMetadata('dirmeta', encodeDirMeta({ uid: 0, gid: 0, mode: 0o040755, xattrs: [] })),
    });
    const commit = writer.writeMetadata('commit', bytes);
    const detached = await options.signCommit?.(bytes);
    if (detached !== undefined) {
      transaction.writeDetachedMetadata(commit, encodeDetachedMetadata(detached));
    }
    transaction.setRef({ name: METADATA_REF }, commit);
  });
}
