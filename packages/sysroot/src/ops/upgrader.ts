import { type Checksum, formatRefspec, OstError, parseRefspec, toChecksum } from '@ost/objects';
import type { KeyFile, Repo } from '@ost/repo';
import { cleanup } from '../deploy/cleanup.js';
import { insertInto } from '../deploy/list.js';
import { stageTree } from '../deploy/staging.js';
import { deployTree } from '../deploy/tree.js';
import { writeDeployments } from '../deploy/write.js';
import { sysrootEnvironment } from '../environment.js';
import { notFound, wrongState } from '../errors.js';
import { commitTextIfPresent } from '../state/commit-facts.js';
import type { Deployment } from '../state/deployment.js';
import { originRefspec, removeTransientState } from '../state/origin.js';
import { mergeDeploymentFor } from '../state/queries.js';
import type { Sysroot } from '../sysroot.js';
import { assertNotOlder } from './timestamps.js';

/** What to fetch. */
export interface PullRequest {
  readonly repo: Repo;
  readonly remote: string;
  /** A ref, or the checksum of a commit. */
  readonly refs: readonly string[];
  /** Refuse commits older than this one. */
  readonly timestampCheckFrom?: Checksum;
}

/** Fetches from a remote into the system's repository; comes from whoever knows how. */
export type PullFunction = (request: PullRequest) => Promise<void>;

/** Options of {@link Upgrader.open}. */
export interface UpgraderOptions {
  /** Stateroot. @default that of the running deployment */
  readonly os?: string;
  /** Go on although the origin says that the system is not configured. */
  readonly ignoreUnconfigured?: boolean;
}

/** Options of {@link Upgrader.pull}. */
export interface UpgradePullOptions {
  /** Fetches; absent means that the new commit is there already. */
  readonly pull?: PullFunction;
  readonly allowOlder?: boolean;
}

/** Options of {@link Upgrader.deploy}. */
export interface UpgradeDeployOptions {
  /** Write the deployment at shutdown. @default as the environment says */
  readonly stage?: boolean;
  readonly signal?: AbortSignal;
}

/** Moves a system to the newest commit of what it follows. Needs the lock throughout. */
export class Upgrader {
  #origin: KeyFile;
  #refspec = '';
  #override: Checksum | null = null;
  #target: Checksum | null = null;

  private constructor(
    readonly sysroot: Sysroot,
    readonly os: string,
    /** The deployment that is being replaced. */
    readonly mergeFrom: Deployment,
    origin: KeyFile,
    private readonly options: UpgraderOptions,
  ) {
    this.#origin = origin;
    this.#parseOrigin();
  }

  /** Prepares an upgrade of a stateroot. */
  static open(sysroot: Sysroot, options: UpgraderOptions = {}): Upgrader {
    if (options.os === '') throw new OstError('invalid-argument', 'Invalid empty osname');
    const os = options.os ?? sysroot.booted?.os;
    if (os === undefined) throw wrongState('Not currently booted into an OSTree system and no OS specified');
    const mergeFrom = mergeDeploymentFor(sysroot, os);
    if (mergeFrom === null) throw notFound(`No previous deployment for OS '${os}'`);
    if (mergeFrom.origin === null) throw wrongState(`No origin known for deployment ${mergeFrom.name}`);
    return new Upgrader(sysroot, os, mergeFrom, mergeFrom.origin.clone(), options);
  }

  /** A copy of the origin that the new deployment will have. */
  get origin(): KeyFile {
    return this.#origin.clone();
  }

  /** What is followed. */
  get refspec(): string {
    return this.#refspec;
  }

  /** The commit to deploy, once known. */
  get target(): Checksum | null {
    return this.#target;
  }

  /** Follows something else from now on. */
  setOrigin(origin: KeyFile): void {
    this.#origin = origin.clone();
    this.#parseOrigin();
  }

  /**
   * Forgets what belonged to the old deployment only; with a commit, deploys that one instead of the newest.
   */
  prepare(overrideCommit?: string): void {
    removeTransientState(this.#origin);
    if (overrideCommit !== undefined) this.#origin.set('origin', 'override-commit', overrideCommit);
    this.#parseOrigin();
  }

  #parseOrigin(): void {
    const unconfigured = this.#origin.get('origin', 'unconfigured-state');
    if (unconfigured !== undefined && this.options.ignoreUnconfigured !== true) {
      throw wrongState(`origin unconfigured-state: ${unconfigured}`);
    }
    const refspec = originRefspec(this.#origin);
    if (refspec === undefined) {
      throw wrongState('No origin/refspec in current deployment origin; cannot upgrade via ostree');
    }
    const override = this.#origin.get('origin', 'override-commit');
    this.#refspec = refspec;
    this.#override = override === undefined ? null : toChecksum(override);
  }

  /**
   * Finds the commit to deploy, fetching it if a pull function is there. Follows a ref that has reached its end of
   * life to its successor.
   * @returns whether there is something new
   */
  async pull(options: UpgradePullOptions = {}): Promise<boolean> {
    const { repo } = this.sysroot;
    await this.#fetch(options, this.#override);
    const rebased = commitTextIfPresent(repo, repo.resolve(this.#refspec), 'ostree.endoflife-rebase');
    if (rebased !== undefined) {
      this.#refspec = formatRefspec({ remote: parseRefspec(this.#refspec).remote, ref: rebased });
      this.#origin.set('origin', 'refspec', this.#refspec);
      await this.#fetch(options, null);
    }
    if (this.#override !== null) {
      const { remote, ref } = parseRefspec(this.#refspec);
      await repo.setRef({ remote, name: ref }, this.#override);
    }
    const target = this.#override ?? repo.resolve(this.#refspec);
    const changed = target !== this.mergeFrom.checksum;
    if (changed && options.allowOlder !== true) assertNotOlder(repo, this.mergeFrom.checksum, target);
    this.#target = target;
    return changed;
  }

  async #fetch({ pull, allowOlder }: UpgradePullOptions, commit: Checksum | null): Promise<void> {
    const { remote, ref } = parseRefspec(this.#refspec);
    if (pull === undefined || remote === null) return;
    await pull({
      repo: this.sysroot.repo,
      remote,
      refs: [commit ?? ref],
      ...(allowOlder === true ? {} : { timestampCheckFrom: this.mergeFrom.checksum }),
    });
  }

  /** Deploys what {@link pull} found, and cleans up. */
  async deploy(options: UpgradeDeployOptions = {}): Promise<Deployment> {
    const { sysroot, os, mergeFrom } = this;
    if (this.#target === null) throw wrongState('Nothing has been pulled to deploy');
    const request = {
      os,
      mergeFrom,
      checksum: this.#target,
      origin: this.#origin,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
    if (options.stage ?? sysrootEnvironment().stageUpgrades) return stageTree(sysroot, request);
    const deployment = await deployTree(sysroot, request);
    await writeDeployments(sysroot, insertInto(sysroot, deployment, { mergeFrom }));
    await cleanup(sysroot);
    return sysroot.deployments.find((one) => one.is(deployment)) ?? deployment;
  }
}
