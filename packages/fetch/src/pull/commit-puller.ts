import { type Checksum, type Commit, LIMITS, OstError, parseCommit } from '@ost/objects';
import type { Repo, Transaction } from '@ost/repo';
import { both } from '../both.js';
import { FETCH_LIMITS } from '../limits.js';
import { isMissing } from '../source/http-source.js';
import { type SignaturePolicy, verifiesCommits, verifyCommit } from '../verify.js';
import { acceptCommit, type Bindings } from './accept-commit.js';
import type { MetadataFetcher } from './metadata-fetcher.js';
import type { TaskGroup } from './run.js';
import type { TreeWalker } from './tree-walker.js';

/** What pulling commits works with. */
export interface CommitContext {
  readonly repo: Repo;
  readonly transaction: Transaction;
  readonly group: TaskGroup;
  readonly metadata: MetadataFetcher;
  readonly walker: TreeWalker;
  readonly policy: SignaturePolicy;
  readonly commitOnly: boolean;
  readonly tombstones: boolean;
  readonly bindings: Bindings;
  /** Called with each commit whose tree is about to be fetched. */
  readonly onTree?: (checksum: Checksum, commit: Commit) => void;
}

/** A commit that was asked for. */
export interface RequestedCommit {
  readonly checksum: Checksum;
  readonly ref: string | null;
  readonly collectionId: string | null;
  /** Collection that it has to be bound to; null for the remote's. */
  readonly boundTo: string | null;
  readonly size: number | null;
  /** Commits that it must not be older than. */
  readonly notOlderThan: readonly Checksum[];
}

/** The commit as a static delta carries it. */
export interface EmbeddedCommit {
  readonly bytes: Uint8Array;
  readonly detached: Uint8Array | null;
}

interface GetOptions {
  /** Judges the commit before anything of it is stored. */
  readonly accept?: (commit: Commit) => void;
  readonly embedded?: EmbeddedCommit | undefined;
  readonly size?: number | null;
  /** Reached from a child: the remote need not have it. */
  readonly parent?: boolean;
}

interface Known {
  readonly commit: Commit;
  /** True when its tree may have holes. */
  readonly partial: boolean;
}

/**
 * Gets commits and decides whether to trust them. Nothing of a commit is stored, and no tree of it is looked at, before
 * its checksum, signatures, bindings and time have been checked; commits that are stored already are no exception.
 */
export class CommitPuller {
  /** All commits that were pulled. */
  readonly done: Set<Checksum> = new Set();
  readonly #known = new Map<Checksum, Promise<Known | null>>();
  /** How many parents are followed from a commit; Infinity for all. */
  readonly #depths = new Map<Checksum, number>();

  constructor(private readonly context: CommitContext) {}

  /**
   * Pulls one requested commit, and starts to walk its tree and to pull its parents.
   * @param depth parents to pull as well, Infinity for all
   */
  async request(wanted: RequestedCommit, depth: number): Promise<void> {
    await this.prepare(wanted);
    await this.#scan(wanted.checksum, depth);
  }

  /** Fetches and verifies a requested commit, and stores it as partial; its tree comes later. */
  async prepare(wanted: RequestedCommit, embedded?: EmbeddedCommit): Promise<void> {
    const accept = (commit: Commit): void => this.#accept(wanted, commit);
    const known = await this.#get(wanted.checksum, { accept, embedded, size: wanted.size });
    // Another request may have brought the commit: this one's conditions count as well.
    if (known === null) {
      throw new OstError('not-found', `No such metadata object ${wanted.checksum}.commit`, {
        data: { checksum: wanted.checksum },
      });
    }
    accept(known.commit);
  }

  #accept(wanted: RequestedCommit, commit: Commit): void {
    acceptCommit(this.context.repo, this.context.bindings, wanted, commit);
  }

  #get(checksum: Checksum, options: GetOptions): Promise<Known | null> {
    let known = this.#known.get(checksum);
    if (known === undefined) {
      known = this.#obtain(checksum, options);
      this.#known.set(checksum, known);
    }
    return known;
  }

  async #obtain(checksum: Checksum, options: GetOptions): Promise<Known | null> {
    const { repo, transaction, metadata, policy } = this.context;
    const stored = repo.store.readMetadataIfPresent('commit', checksum);
    const cached = stored === null ? metadata.caches.metadata('commit', checksum) : null;
    // New signatures may have appeared, so the server is asked even for commits that are here.
    const here = stored ?? options.embedded?.bytes;
    const [fetched, bytes] = await both(
      cached === null ? metadata.detached(checksum, verifiesCommits(policy)) : Promise.resolve(null),
      here === undefined ? this.#fetch(checksum, options) : Promise.resolve(here),
    );
    if (bytes === null) return null;
    const kept = stored === null ? null : repo.readDetachedMetadata(checksum);
    const detached = fetched ?? kept ?? options.embedded?.detached ?? metadata.caches.metadata('commitmeta', checksum);
    const commit = parseCommit(bytes);
    await verifyCommit(policy, checksum, bytes, detached);
    options.accept?.(commit);

    const partial = stored === null || transaction.resumed || repo.partialState(checksum) !== 'complete';
    if (stored === null) transaction.markPartial(checksum);
    if (detached !== null && !sameBytes(detached, kept)) transaction.writeDetachedMetadata(checksum, detached);
    if (stored === null) transaction.writer.writeMetadata('commit', bytes, checksum);
    return { commit, partial };
  }

  /** The commit object; null for a parent that the remote no longer has. */
  async #fetch(checksum: Checksum, options: GetOptions): Promise<Uint8Array | null> {
    const { metadata, tombstones } = this.context;
    const limit = Math.min(options.size || FETCH_LIMITS.unannouncedCommit, LIMITS.metadataObject);
    try {
      return await metadata.get('commit', checksum, limit);
    } catch (error) {
      if (options.parent !== true || !isMissing(error)) throw error;
      if (tombstones) await metadata.tombstone(checksum);
      return null;
    }
  }

  async #scan(checksum: Checksum, depth: number): Promise<void> {
    const before = this.#depths.get(checksum);
    if (before !== undefined && before >= depth) return;
    this.#depths.set(checksum, depth);
    const known = await this.#get(checksum, { parent: true });
    if (known === null) return;
    const { commit, partial } = known;
    if (before === undefined) {
      this.done.add(checksum);
      if (partial && !this.context.commitOnly) {
        this.context.onTree?.(checksum, commit);
        this.context.walker.walk(commit.contents, commit.meta);
      }
    }
    const { parent } = commit;
    if (depth > 0 && parent !== null) this.context.group.start(() => this.#scan(parent, depth - 1));
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array | null): boolean {
  return b !== null && Buffer.compare(a, b) === 0;
}
