import * as fs from 'node:fs';
import {
  type Checksum,
  formatObjectName,
  isOstError,
  type ObjectType,
  OstError,
  verifyBindings,
  metadataValue,
} from '@ost/objects';
import { BatchRunner } from '../pool/batches.js';
import { nodeHash } from '../platform/hash.js';
import { verifyObjectsTask } from '../pool/tasks.js';
import type { Repo } from '../repo.js';
import { refspecOf } from '../refs/list.js';
import { listCommits } from '../store/list-objects.js';
import { objectKey, walkDirectory } from '../tree/reachable.js';
import { deleteCommit } from './delete-object.js';
import type { ObjectFinding, VerifyJob, VerifyObjectsInput, VerifyObjectsOutput } from './verify-job.js';

/** Options of {@link fsck}. */
export interface FsckOptions {
  /** Go on after a corrupt object. @default false */
  readonly all?: boolean;
  /** Delete corrupt objects, and go on. @default false */
  readonly delete?: boolean;
  /** Check that each ref's commit is bound to it. @default false */
  readonly verifyBindings?: boolean;
  /** Check that every ref that a commit is bound to points at it. @default false */
  readonly verifyBackRefs?: boolean;
  /** Replace commits whose parent is missing by tombstones. @default false */
  readonly addTombstones?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: FsckEvent) => void;
}

/** What happens during a check, in order. */
export type FsckEvent =
  | { readonly type: 'phase'; readonly phase: 'refs' | 'collection-refs' | 'commits' }
  | { readonly type: 'verifying'; readonly commits: number; readonly objects: number }
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | {
      readonly type: 'finding';
      readonly finding: ObjectFinding;
      readonly commits: readonly Checksum[];
      readonly deleted: boolean;
    }
  | { readonly type: 'marked-partial'; readonly commit: Checksum }
  | { readonly type: 'tombstone'; readonly commit: Checksum };

/** Outcome of {@link fsck}; findings are no exceptions. */
export interface FsckResult {
  readonly findings: readonly ObjectFinding[];
  /** Commits whose objects were checked. */
  readonly commits: number;
  readonly objects: number;
  /** Commits that were skipped because they are marked partial. */
  readonly partial: number;
  /** Of these, the ones that a check has marked. */
  readonly partialFromFsck: number;
  /** True when a corrupt or missing object was met. */
  readonly corrupt: boolean;
}

/**
 * Checks every object that a complete commit reaches, on two threads (repository format, "fsck").
 * @throws OstError `corrupt` at the first corrupt object unless `all` or `delete`; `state` when a ref's commit or
 *   binding is wrong
 */
export async function fsck(repo: Repo, options: FsckOptions = {}): Promise<FsckResult> {
  const check = new Fsck(repo, options);
  return check.run();
}

class Fsck {
  readonly #findings: ObjectFinding[] = [];
  /** Objects to check, with the commits that hold them; a number saves memory over a list for the usual single one. */
  readonly #objects = new Map<string, Checksum[]>();

  constructor(
    private readonly repo: Repo,
    private readonly options: FsckOptions,
  ) {}

  async run(): Promise<FsckResult> {
    const { repo, options } = this;
    options.onEvent?.({ type: 'phase', phase: 'refs' });
    for (const entry of repo.listRefs())
      this.#checkRef(`ref ${refspecOf(entry)}`, entry.checksum, entry.name, repo.config.collectionId, entry.remote);
    options.onEvent?.({ type: 'phase', phase: 'collection-refs' });
    for (const { collection, name, checksum } of repo.listMirrorRefs()) {
      this.#checkRef(`ref (${collection}, ${name})`, checksum, name, collection, null);
    }
    options.onEvent?.({ type: 'phase', phase: 'commits' });
    const { complete, partial, fromFsck } = this.#commits();
    const orphans = this.#orphans(complete);
    for (const commit of complete) this.#collect(commit);
    options.onEvent?.({ type: 'verifying', commits: complete.length, objects: this.#objects.size });
    await this.#verify();
    this.#bury(orphans);
    return {
      findings: this.#findings,
      commits: complete.length,
      objects: this.#objects.size,
      partial,
      partialFromFsck: fromFsck,
      corrupt: this.#findings.length > 0,
    };
  }

  #checkRef(what: string, checksum: Checksum, ref: string, collectionId: string | null, remote: string | null): void {
    let commit: ReturnType<Repo['loadCommit']>;
    try {
      this.#checkCommitBytes(checksum);
      commit = this.repo.loadCommit(checksum);
    } catch (error) {
      if (!isOstError(error) || error.message.startsWith('fsck ')) throw error;
      throw error.withPrefix(`Loading commit for ${what}: `);
    }
    if (this.options.verifyBindings !== true) return;
    verifyBindings(checksum, commit, { ref, collectionId: remote === null ? collectionId : null });
  }

  /** The commits of refs come first: what they say is used before objects are checked. */
  #checkCommitBytes(checksum: Checksum): void {
    const actual = nodeHash.sha256(this.repo.store.readMetadata('commit', checksum));
    if (actual === checksum) return;
    const what = `Corrupted commit object; checksum expected='${checksum}' actual='${actual}'`;
    this.#found({ type: 'commit', checksum, problem: 'corrupt', message: `fsck ${checksum}.commit: ${what}` });
  }

  #commits(): { complete: Checksum[]; partial: number; fromFsck: number } {
    const complete: Checksum[] = [];
    let partial = 0;
    let fromFsck = 0;
    for (let repo: Repo | null = this.repo; repo !== null; repo = repo.parent) {
      for (const checksum of listCommits(repo.path)) {
        if (this.options.verifyBackRefs === true) this.#checkBackRefs(checksum);
        const state = this.repo.partialState(checksum);
        if (state === 'complete') complete.push(checksum);
        else {
          partial++;
          if (state === 'fsck') fromFsck++;
        }
      }
    }
    return { complete, partial, fromFsck };
  }

  /** Commits whose parent is not here. All are found before any is deleted, since each deletion makes another one. */
  #orphans(commits: readonly Checksum[]): Checksum[] {
    if (this.options.addTombstones !== true) return [];
    return commits.filter((checksum) => {
      const { parent } = this.repo.loadCommit(checksum);
      return parent !== null && !this.repo.hasObject('commit', parent);
    });
  }

  #bury(orphans: readonly Checksum[]): void {
    if (this.options.addTombstones !== true) return;
    const config = this.repo.readConfig();
    config.setBoolean('core', 'tombstone-commits', true);
    this.repo.saveConfig(config);
    for (const commit of orphans) {
      this.options.onEvent?.({ type: 'tombstone', commit });
      deleteCommit(this.repo, commit, { tombstone: true });
    }
  }

  #checkBackRefs(checksum: Checksum): void {
    const { metadata } = this.repo.loadCommit(checksum);
    const refs = metadataValue(metadata, 'ostree.ref-binding', 'as') ?? [];
    const collection = metadataValue(metadata, 'ostree.collection-binding', 's') ?? null;
    const foreign = collection !== null && collection !== this.repo.config.collectionId;
    for (const ref of refs) {
      const actual = foreign ? this.repo.readRef({ collection, name: ref }) : this.repo.resolveIfPresent(ref);
      if (actual === checksum) continue;
      const what = collection !== null ? `Collection–ref (${collection}, ${ref})` : `Ref ‘${ref}’`;
      const why = actual === null ? 'does not exist' : 'does not resolve to that commit';
      throw new OstError('state', `${what} in bindings for commit ${checksum} ${why}`, {
        data: { commit: checksum, ref },
      });
    }
  }

  #collect(commit: Checksum): void {
    const visit = (type: ObjectType, checksum: Checksum): boolean => {
      const key = objectKey(type, checksum);
      const commits = this.#objects.get(key);
      if (commits === undefined) this.#objects.set(key, [commit]);
      else if (commits[commits.length - 1] === commit) return false;
      else commits.push(commit);
      return true;
    };
    visit('commit', commit);
    const { contents, meta } = this.repo.loadCommit(commit);
    walkDirectory(this.repo, { contents, meta }, visit, (error) => {
      throw error;
    });
  }

  async #verify(): Promise<void> {
    const { repo, options } = this;
    const total = this.#objects.size;
    let done = 0;
    const runner = new BatchRunner<VerifyJob, VerifyObjectsInput, VerifyObjectsOutput>({
      task: verifyObjectsTask,
      input: (jobs) => ({ target: repo.target, jobs }),
      done: (jobs, output) => {
        done += jobs.length;
        for (const finding of output.findings) this.#found(finding);
        options.onEvent?.({ type: 'progress', done, total });
      },
      signal: options.signal,
    });
    try {
      for (const key of this.#objects.keys()) {
        runner.push({ checksum: key.slice(0, 64) as Checksum, type: key.slice(65) as ObjectType }, 1 << 14);
        await runner.drain();
      }
      await runner.finish();
    } finally {
      await runner.settle();
    }
  }

  #found(finding: ObjectFinding): void {
    const { repo, options } = this;
    const commits = this.#objects.get(objectKey(finding.type, finding.checksum)) ?? [];
    const fatal = finding.problem === 'corrupt' && options.all !== true && options.delete !== true;
    if (fatal) {
      const where = commits.length === 0 ? '' : `In commits ${commits.join(', ')}: `;
      throw new OstError('corrupt', `${where}${finding.message}`, { data: { ...finding, commits } });
    }
    const remove = finding.problem === 'corrupt' && options.delete === true;
    if (remove) fs.rmSync(repo.store.path(finding.type, finding.checksum), { force: true });
    this.#findings.push(finding);
    options.onEvent?.({ type: 'finding', finding, commits, deleted: remove });
    if (finding.problem !== 'missing' && !remove) return;
    for (const commit of commits) {
      if (repo.partialState(commit) !== 'complete') continue;
      repo.markPartial(commit, 'fsck');
      options.onEvent?.({ type: 'marked-partial', commit });
    }
  }
}

/** `HEX.TYPE` of a finding's object. */
export function findingObject(finding: ObjectFinding): string {
  return formatObjectName(finding.checksum, finding.type);
}
