import { type Checksum, LIMITS, OstError, parseDirTree } from '@ost/objects';
import type { Repo } from '@ost/repo';
import type { ContentStage } from '../content/content-stage.js';
import type { PresenceIndex } from '../content/presence.js';
import type { Counters } from './counters.js';
import type { LocalCaches } from './local-caches.js';
import type { MetadataFetcher } from './metadata-fetcher.js';
import type { TaskGroup } from './run.js';
import type { Subpaths } from './subpaths.js';
import { isWholeTree } from './whole-tree.js';

/** What a walk over trees works with. */
export interface WalkContext {
  readonly repo: Repo;
  readonly group: TaskGroup;
  readonly metadata: MetadataFetcher;
  readonly content: ContentStage;
  readonly presence: PresenceIndex;
  readonly subpaths: Subpaths;
  readonly caches: LocalCaches | null;
  readonly counters: Counters;
  /** Directory of the transaction's objects. */
  readonly staging: string;
}

/**
 * Walks trees from their roots: fetches the directories that are missing and finds the content objects that are. Every
 * object is looked at once.
 */
export class TreeWalker {
  /** Trees are probably here, so that it pays to find that out at once. */
  expectsWhole = false;
  readonly #seen = new Set<string>();

  constructor(private readonly context: WalkContext) {}

  /** Walks one tree. Runs on in the group. */
  walk(contents: Checksum, meta: Checksum): void {
    const { repo, staging, subpaths } = this.context;
    if (this.expectsWhole && subpaths.all && isWholeTree(repo, staging, { contents, meta })) return;
    this.#directory(contents, meta, '', 0);
  }

  #directory(contents: Checksum, meta: Checksum, path: string, depth: number): void {
    const { group, subpaths } = this.context;
    if (depth > LIMITS.treeDepth) throw new OstError('limit', `Tree is nested deeper than ${LIMITS.treeDepth}`);
    // Which entries of a directory are wanted depends on where it is, unless all are.
    if (this.#first(subpaths.all ? contents : `${contents}${path}`))
      group.start(() => this.#tree(contents, path, depth));
    if (this.#first(meta)) group.start(() => this.#meta(meta));
  }

  #first(key: string): boolean {
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  async #tree(checksum: Checksum, path: string, depth: number): Promise<void> {
    const { repo, metadata, presence, subpaths } = this.context;
    const here = presence.has('dirtree', checksum) ? repo.store.readMetadataIfPresent('dirtree', checksum) : null;
    const { files, dirs } = here === null ? await metadata.directory(checksum) : parseDirTree(here);
    for (const dir of dirs) {
      const at = `${path}/${dir.name}`;
      if (subpaths.matches(at, true)) this.#directory(dir.contents, dir.meta, at, depth + 1);
    }
    for (const file of files) {
      if (subpaths.matches(`${path}/${file.name}`, false)) this.file(file.checksum);
    }
  }

  async #meta(checksum: Checksum): Promise<void> {
    const { repo, metadata } = this.context;
    if (!repo.hasObject('dirmeta', checksum)) await metadata.directoryMeta(checksum);
  }

  /** Makes sure of one content object. */
  file(checksum: Checksum): void {
    const { presence, content, caches, counters, group } = this.context;
    if (!this.#first(checksum) || presence.has('file', checksum)) return;
    if (caches === null) {
      content.add(checksum);
      return;
    }
    group.start(async () => {
      if (await caches.content(checksum)) counters.contentLocal++;
      else content.add(checksum);
    });
  }
}
