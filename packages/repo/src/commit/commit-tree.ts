import {
  type Checksum,
  encodeCommit,
  encodeDetachedMetadata,
  type Metadata,
  OstError,
  parseRefspec,
} from '@ost/objects';
import type { Repo } from '../repo.js';
import { emptyStats, type WriteStats } from '../store/object-writer.js';
import { importArchive } from '../tar/import-archive.js';
import type { TarTreeSource } from '../tar/tree-source.js';
import { MutableTree } from '../tree/mutable-tree.js';
import type { Transaction, TransactionOptions } from '../txn/transaction.js';
import { bindingEntries } from './bindings.js';
import { bootableMetadata } from './bootable.js';
import { DevinoCache } from './devino.js';
import { addStats, type CommitProgress, importDirectory, type ImportContext } from './directory-source.js';
import {
  canonicalPermissions,
  type CommitModifier,
  composeFilters,
  isDirectoryMode,
  keepEverything,
} from './modifier.js';
import { importCommit } from './ref-source.js';
import { SizesRecorder } from './sizes.js';

/** One layer of the tree to commit; later layers lie over earlier ones. */
export type TreeSource =
  | { readonly type: 'dir'; readonly path: string }
  | { readonly type: 'ref'; readonly rev: string }
  | TarTreeSource;

/** Options of {@link commitTree}. */
export interface CommitOptions extends Pick<TransactionOptions, 'fsync'> {
  /** Ref to move, `NAME` or `REMOTE:NAME`; null makes an orphan commit. */
  readonly branch: string | null;
  /** Leave the implicit parent out even when `branch` exists. @default false */
  readonly orphan?: boolean;
  /** Parent commit; undefined takes the branch's present commit, null takes none. */
  readonly parent?: Checksum | null;
  /** First line of the message. */
  readonly subject?: string;
  /** Rest of the message. */
  readonly body?: string;
  /** Seconds since 1970. @default now, or `SOURCE_DATE_EPOCH` */
  readonly timestamp?: bigint;
  /** Metadata in this order, before the bindings. */
  readonly metadata?: Metadata;
  /** Keys to copy from the parent's metadata. */
  readonly keepMetadata?: readonly string[];
  /** Detached metadata. */
  readonly detachedMetadata?: Metadata;
  /** Leave `ostree.ref-binding` and `ostree.collection-binding` out. @default false */
  readonly noBindings?: boolean;
  /** Further refs for `ostree.ref-binding`. */
  readonly bindRefs?: readonly string[];
  /** Mark as bootable; there must be exactly one kernel. @default false */
  readonly bootable?: boolean;
  /** Record object sizes; only archive repositories do. @default false */
  readonly generateSizes?: boolean;
  /** Revision that the first layer is laid over, without filters. */
  readonly base?: string;
  /** What to do to each entry. */
  readonly modifier?: CommitModifier;
  /** Recognise hard links into the store. @default false */
  readonly linkCheckoutSpeedup?: boolean;
  /** The same, before any filter. @default false */
  readonly devinoCanonical?: boolean;
  /** Delete directory sources while they are committed. @default false */
  readonly consume?: boolean;
  /** Make no commit when the tree equals the parent's. @default false */
  readonly skipIfUnchanged?: boolean;
  /** Called with the built tree before anything is published; throwing stops the commit. */
  readonly beforeCommit?: () => void;
  /** Makes signatures: returns the whole detached metadata, given the commit's bytes and the present entries. */
  readonly sign?: (commit: Uint8Array, detached: Metadata) => Promise<Metadata>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: CommitProgress) => void;
}

/** Outcome of {@link commitTree}. */
export interface CommitResult {
  readonly checksum: Checksum;
  /** False when `skipIfUnchanged` found nothing to do; `checksum` is then the parent. */
  readonly changed: boolean;
  readonly stats: WriteStats & { readonly cacheHits: number };
}

/** The commit time by the environment: `SOURCE_DATE_EPOCH`, else now, in seconds. */
export function defaultTimestamp(): bigint {
  const epoch = process.env['SOURCE_DATE_EPOCH'];
  if (epoch === undefined) return BigInt(Math.floor(Date.now() / 1000));
  const digits = /^\s*([+-]?)(\d+)/.exec(epoch);
  if (digits === null) throw new OstError('invalid-argument', 'Failed to convert SOURCE_DATE_EPOCH');
  const value = BigInt(digits[2] as string);
  if (value >= 1n << 63n)
    throw new OstError('invalid-argument', 'Parsing SOURCE_DATE_EPOCH: Numerical result out of range');
  return BigInt.asUintN(64, digits[1] === '-' ? -value : value);
}

/**
 * Makes a commit of one or several layers and moves a ref to it (repository format, "Commit").
 * Content is hashed before anything is written, on two threads when there is enough of it; nothing is visible before
 * the transaction ends.
 * @throws OstError with libostree's texts; the repository is then unchanged
 */
export async function commitTree(
  repo: Repo,
  sources: readonly TreeSource[],
  options: CommitOptions,
): Promise<CommitResult> {
  repo.assertWritable();
  const parent = resolveParent(repo, options);
  const kept = keptMetadata(repo, parent, options.keepMetadata ?? []);
  const transaction = await repo.begin({
    ...(options.fsync === undefined ? {} : { fsync: options.fsync }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  try {
    const build = new CommitBuild(repo, transaction, options);
    const root = await build.tree(sources);
    options.beforeCommit?.();
    const result = await build.finish(root, parent, kept);
    if (result.changed) await transaction.commit();
    else transaction.abort();
    return result;
  } catch (error) {
    transaction.fail(error);
    throw error;
  }
}

function resolveParent(repo: Repo, options: CommitOptions): Checksum | null {
  if (options.parent !== undefined) return options.parent;
  if (options.orphan === true || options.branch === null) return null;
  return repo.resolveIfPresent(options.branch);
}

function keptMetadata(repo: Repo, parent: Checksum | null, keys: readonly string[]): Metadata {
  if (keys.length === 0) return [];
  if (parent === null) {
    throw new OstError('invalid-argument', 'Either --branch or --parent must be specified when using --keep-metadata');
  }
  const { metadata } = repo.loadCommit(parent);
  return keys.map((key) => {
    const entry = metadata.find(([name]) => name === key);
    if (entry === undefined) throw new OstError('not-found', `Missing metadata key '${key}' from commit '${parent}'`);
    return entry;
  });
}

class CommitBuild {
  readonly #context: ImportContext;
  readonly #sizes: SizesRecorder | null;

  constructor(
    private readonly repo: Repo,
    private readonly transaction: Transaction,
    private readonly options: CommitOptions,
  ) {
    const { linkCheckoutSpeedup = false, devinoCanonical = false } = options;
    this.#sizes = options.generateSizes === true && repo.mode === 'archive' ? new SizesRecorder() : null;
    this.#context = {
      transaction,
      modifier: this.#modifier(options.modifier ?? keepEverything),
      devino: linkCheckoutSpeedup || devinoCanonical ? new DevinoCache(repo) : null,
      devinoCanonical,
      consume: options.consume ?? false,
      sizes: this.#sizes,
      stats: { ...emptyStats(), cacheHits: 0 },
      signal: options.signal,
      onProgress: options.onProgress,
    };
  }

  /** A bare-user-only repository canonicalizes whatever comes; only directories, being metadata, can hold a label there. */
  #modifier(modifier: CommitModifier): CommitModifier {
    if (this.repo.mode !== 'bare-user-only') return modifier;
    const { filter, label } = modifier;
    return {
      filter: composeFilters(filter === null ? [canonicalPermissions] : [filter, canonicalPermissions]),
      noXattrs: true,
      label: label === null ? null : (path, info) => (isDirectoryMode(info.mode) ? label(path, info) : null),
    };
  }

  async tree(sources: readonly TreeSource[]): Promise<MutableTree> {
    const { repo, options } = this;
    let root = new MutableTree();
    if (options.base !== undefined) {
      const base = repo.loadCommit(repo.resolve(options.base));
      root = MutableTree.from(repo, base.contents, base.meta);
    }
    for (const [i, source] of sources.entries()) {
      const last = i === sources.length - 1;
      if (source.type === 'dir') await importDirectory(source.path, root, { ...this.#context, last });
      else if (source.type === 'tar') await importArchive(source, root, this.#context);
      else await importCommit(repo, repo.resolve(source.rev), root, this.#context);
    }
    return root;
  }

  async finish(root: MutableTree, parent: Checksum | null, kept: Metadata): Promise<CommitResult> {
    const { repo, transaction, options } = this;
    const { writer } = transaction;
    const { stats } = this.#context;
    Object.assign(writer.stats, emptyStats());
    if (root.meta === null) throw new OstError('state', "Can't commit an empty tree");
    const contents = root.write(writer, (checksum, size) => this.#sizes?.add('dirtree', checksum, size, size));
    const meta = root.meta;
    if (options.skipIfUnchanged === true && parent !== null) {
      const before = repo.loadCommit(parent);
      if (before.contents === contents && before.meta === meta) return { checksum: parent, changed: false, stats };
    }
    const metadata = this.#metadata(root, kept);
    if (metadata.some(([key]) => key === '')) throw new OstError('invalid-argument', 'Empty metadata key');
    const bytes = encodeCommit({
      metadata,
      parent,
      related: [],
      subject: options.subject ?? '',
      body: options.body ?? '',
      timestamp: options.timestamp ?? defaultTimestamp(),
      contents,
      meta,
    });
    const checksum = writer.writeMetadata('commit', bytes);
    addStats(stats, writer.stats);
    await this.#detached(checksum, bytes);
    if (options.branch !== null) {
      const { remote, ref } = parseRefspec(options.branch);
      transaction.setRef({ remote, name: ref }, checksum);
    }
    return { checksum, changed: true, stats };
  }

  #metadata(root: MutableTree, kept: Metadata): Metadata {
    const { repo, options } = this;
    let metadata: Metadata = [...(options.metadata ?? []), ...kept];
    if (options.noBindings !== true) {
      const { collectionId } = repo.config;
      const { branch, bindRefs = [] } = options;
      const bindings = bindingEntries(metadata, { branch, bindRefs, collectionId });
      metadata = [...metadata, ...bindings];
    }
    if (options.bootable === true) metadata = bootableMetadata(metadata, root);
    if (this.#sizes !== null) metadata = [...metadata, ['ostree.sizes', this.#sizes.toVariant()]];
    return metadata;
  }

  async #detached(checksum: Checksum, bytes: Uint8Array): Promise<void> {
    const { options, transaction } = this;
    let detached = options.detachedMetadata ?? [];
    if (options.sign !== undefined) detached = await options.sign(bytes, detached);
    if (detached.length > 0 || options.detachedMetadata !== undefined) {
      transaction.writeDetachedMetadata(checksum, encodeDetachedMetadata(detached));
    }
  }
}
