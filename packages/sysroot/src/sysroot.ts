import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Grub2Options } from '@ost/bootloader';
import { OstError } from '@ost/objects';
import { openRepo, type Repo, systemRemotesDirectory } from '@ost/repo';
import { inContext, withPrefix, wrongState } from './errors.js';
import { type SysrootDebug, sysrootEnvironment } from './environment.js';
import { touch } from './files/copy.js';
import { exists, isDirectory } from './files/files.js';
import { logToJournal } from './journal.js';
import type { OnMessage, OnProgress, SysrootMessage, SysrootProgress } from './messages.js';
import { bootedIdentity, identityOf, sameDirectory, softRebootIdentity } from './state/booted.js';
import type { Deployment } from './state/deployment.js';
import { Layout } from './state/layout.js';
import { readBootversion, readDeployments, readSubbootversion } from './state/load.js';
import { type LockOptions, SysrootLock } from './state/lock.js';
import { readSettings, type SysrootSettings } from './state/settings.js';
import { readStaged, type StagedData } from './state/staged-data.js';

/** Options of {@link Sysroot.open}. What is absent comes from the environment, see `sysrootEnvironment`. */
export interface SysrootOptions {
  readonly debug?: SysrootDebug;
  readonly grub2?: Grub2Options;
  /** Make room in a `/boot` of its own by dropping unneeded kernels before new ones are written. */
  readonly earlyPrune?: boolean;
  /** Hears what happens, in libostree's words and as facts. */
  readonly onMessage?: OnMessage;
  /** Hears how far long steps are. */
  readonly onProgress?: OnProgress;
  /** Volatile state. @default '/run' */
  readonly runDir?: string;
  /** Root of the running system. @default '/' */
  readonly runningRoot?: string;
}

/**
 * A system root: the directory that holds `/ostree` and `/boot`, with its repository and its deployments.
 *
 * What is loaded is a snapshot; {@link Sysroot.reload} looks whether it is still true. Changes need the lock:
 * `using` it is the caller's task, since several changes may belong together.
 */
export class Sysroot {
  readonly layout: Layout;
  readonly debug: SysrootDebug;
  readonly grub2: Grub2Options;
  readonly earlyPrune: boolean;
  readonly #onMessage: OnMessage | undefined;
  readonly #onProgress: OnProgress | undefined;
  readonly #runningRoot: string;
  #lock: SysrootLock | null = null;
  #state: State | null = null;
  #settings: SysrootSettings | null = null;
  /** Set when the file system refused the immutable flag once. */
  immutableRefused = false;

  private constructor(
    /** Absolute path. */
    readonly path: string,
    readonly repo: Repo,
    options: SysrootOptions,
  ) {
    const environment = sysrootEnvironment();
    this.layout = new Layout(path, options.runDir ?? '/run');
    this.debug = options.debug ?? environment.debug;
    this.grub2 = options.grub2 ?? {
      verbose: environment.grub2Verbose,
      ...(environment.grub2Generator === undefined ? {} : { generator: environment.grub2Generator }),
    };
    this.earlyPrune = options.earlyPrune ?? environment.earlyPrune;
    this.#onMessage = options.onMessage;
    this.#onProgress = options.onProgress;
    this.#runningRoot = options.runningRoot ?? '/';
  }

  /**
   * Opens a system root and loads its deployments. Does not lock.
   * @throws OstError `not-found`, or `corrupt` when what is there makes no sense
   */
  static async open(path: string, options: SysrootOptions = {}): Promise<Sysroot> {
    const root = resolve(path);
    if (!isDirectory(root)) throw new OstError('not-found', `opendir(${path}): No such file or directory`);
    const layout = new Layout(root, options.runDir ?? '/run');
    if (!exists(layout.repo)) {
      throw new OstError('not-found', 'loading sysroot: opendir(ostree/repo): No such file or directory');
    }
    assertSameDevice(layout);
    const opened = openRepo(layout.repo, { remotesDirectory: systemRemotesDirectory(root) });
    const sysroot = new Sysroot(root, await withPrefix('loading sysroot', () => opened), options);
    await sysroot.#loadSettled();
    return sysroot;
  }

  /** Without the lock one may see half of somebody's change, which makes no sense. Then it is read with the lock. */
  async #loadSettled(): Promise<void> {
    const before = changeCounter(this.layout);
    try {
      this.load();
    } catch (error) {
      // The file of the lock is there while it is held.
      if (!exists(this.layout.lockFile) && changeCounter(this.layout) === before) throw error;
      const held = await SysrootLock.acquire(this.layout.lockFile);
      try {
        this.load();
      } finally {
        held.release();
      }
    }
  }

  /** Takes the exclusive lock and reloads what changed meanwhile. */
  async lock(options: LockOptions = {}): Promise<void> {
    if (this.#lock !== null) throw wrongState('The system root is locked already');
    const onMessage = options.onMessage ?? this.#onMessage;
    this.#lock = await SysrootLock.acquire(
      this.layout.lockFile,
      onMessage === undefined ? options : { ...options, onMessage },
    );
    // A deployment goes through its tree to check it out, to make /etc, and to find what may be pruned.
    this.repo.store.keepDirTrees(true);
    this.reload();
  }

  /** Releases the lock. */
  unlock(): void {
    this.repo.store.keepDirTrees(false);
    this.#lock?.release();
    this.#lock = null;
  }

  /** Runs `body` with the lock held. */
  async withLock<T>(body: () => Promise<T>, options: LockOptions = {}): Promise<T> {
    await this.lock(options);
    try {
      return await body();
    } finally {
      this.unlock();
    }
  }

  /** Reads everything anew. */
  load(): void {
    try {
      this.#settings = readSettings(this.repo.readConfig());
    } catch (error) {
      throw inContext(error, 'loading sysroot: opening repo');
    }
    this.#state = loadState(this.layout, this.#runningRoot);
  }

  /** Reads everything anew if somebody has changed deployments since; whether that was so. */
  reload(): boolean {
    if (this.#state !== null && changeCounter(this.layout) === this.#state.counter) return false;
    this.load();
    return true;
  }

  /** Tells all readers that deployments changed, and loads them. */
  changed(): void {
    touch(this.layout.deployRoot);
    this.load();
  }

  get #loaded(): State {
    if (this.#state === null) throw wrongState('The system root is not loaded');
    return this.#state;
  }

  /** All deployments, the one that boots by default first; a staged one comes before it. */
  get deployments(): readonly Deployment[] {
    return this.#loaded.deployments;
  }

  /** The running deployment, when the machine runs from this root. */
  get booted(): Deployment | null {
    return this.#loaded.booted;
  }

  /** The deployment that will be written at shutdown. */
  get staged(): Deployment | null {
    return this.deployments[0]?.staged === true ? this.deployments[0] : null;
  }

  /** What is recorded about the staged deployment. */
  get stagedData(): StagedData | null {
    return this.#loaded.staged;
  }

  get bootversion(): number {
    return this.#loaded.bootversion;
  }

  get subbootversion(): number {
    return this.#loaded.subbootversion;
  }

  /** The `[sysroot]` group of the repository's configuration. */
  get settings(): SysrootSettings {
    if (this.#settings === null) throw wrongState('The system root is not loaded');
    return this.#settings;
  }

  /** Whether this root is a plain directory or disk, not the deployment that the machine runs or one like it. */
  get isPhysical(): boolean {
    return this.booted === null && !exists(this.layout.at('sysroot'));
  }

  /** The root of the running system. */
  get runningRoot(): string {
    return this.#runningRoot;
  }

  /** Passes a message on; on the running system it is noted in the journal. */
  emit(message: SysrootMessage): void {
    if (this.booted !== null && this.#runningRoot === '/') logToJournal(message);
    this.#onMessage?.(message);
  }

  /** Runs a long step that tells how far it is. */
  async step<T>(body: (tell: (progress: SysrootProgress) => void) => Promise<T>): Promise<T> {
    try {
      return await body((progress) => this.#onProgress?.(progress));
    } finally {
      this.#onProgress?.(null);
    }
  }
}

interface State {
  readonly counter: bigint | null;
  readonly bootversion: number;
  readonly subbootversion: number;
  readonly deployments: readonly Deployment[];
  readonly booted: Deployment | null;
  readonly staged: StagedData | null;
}

function changeCounter(layout: Layout): bigint | null {
  return statSync(layout.deployRoot, { bigint: true, throwIfNoEntry: false })?.mtimeNs ?? null;
}

function assertSameDevice(layout: Layout): void {
  const [outer, inner] = [identityOf(layout.at('ostree')).dev, identityOf(layout.repo).dev];
  if (outer === inner) return;
  throw new OstError('state', `Unexpected state: ostree/ on device ${outer} but ostree/repo on device ${inner}`);
}

function loadState(layout: Layout, runningRoot: string): State {
  try {
    const counter = changeCounter(layout);
    const bootversion = readBootversion(layout);
    const subbootversion = readSubbootversion(layout, bootversion) ?? 0;
    const listed = readDeployments(layout, bootversion);
    const booted = findBooted(layout, runningRoot, listed);
    const staged = booted === null ? null : readStaged(layout);
    const deployments = staged === null ? listed : [staged.deployment, ...listed];
    const target = booted === null ? null : softRebootIdentity(layout);
    const numbered = deployments.map((deployment, index) => {
      const there = target !== null && isDirectory(deployment.path);
      return deployment.with({
        index,
        softRebootTarget: there && sameDirectory(identityOf(deployment.path), target),
      });
    });
    return {
      counter,
      bootversion,
      subbootversion,
      deployments: numbered,
      booted: numbered.find((deployment) => deployment.is(booted)) ?? null,
      staged,
    };
  } catch (error) {
    throw inContext(error, 'loading sysroot');
  }
}

function findBooted(layout: Layout, runningRoot: string, listed: readonly Deployment[]): Deployment | null {
  const identity = bootedIdentity(layout, runningRoot);
  if (identity === null) return null;
  const booted = listed.find((deployment) => sameDirectory(identityOf(deployment.path), identity));
  if (booted !== undefined) return booted;
  const what = exists(layout.at('boot/loader'))
    ? 'found and in / sysroot, but bootloader entry not found'
    : 'found, but no /boot/loader directory';
  throw wrongState(`Unexpected state: /run/ostree-booted ${what}`);
}
