import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OstError } from '@ost/objects';
import { lock, unlock } from '@ost/linux';

/** Kind of repository lock. */
export type LockKind = 'shared' | 'exclusive';

/** A held lock; release it exactly once. */
export interface HeldLock {
  release(): void;
}

/**
 * The advisory lock of one opened repository: open-file-description locks on `.lock`, the same that libostree takes,
 * so both may work on one repository. Re-entrant: the strongest kind asked for is held until the last holder lets go
 * (repository format, "Locking").
 */
export class RepoLock {
  #fd: number | null = null;
  #shared = 0;
  #exclusive = 0;
  #held: LockKind | null = null;

  constructor(
    readonly repoPath: string,
    readonly options: { readonly enabled: boolean; readonly timeoutSeconds: number },
  ) {}

  /**
   * Takes the lock, trying once per second until the configured time-out.
   * @throws OstError `busy` when another process holds it for too long
   */
  async acquire(kind: LockKind, signal?: AbortSignal): Promise<HeldLock> {
    if (!this.options.enabled) return { release: () => undefined };
    if (kind === 'exclusive') this.#exclusive++;
    else this.#shared++;
    try {
      if (this.#held === null || (kind === 'exclusive' && this.#held === 'shared')) await this.#take(kind, signal);
    } catch (error) {
      this.#drop(kind);
      throw error;
    }
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        this.#drop(kind);
      },
    };
  }

  async #take(kind: LockKind, signal: AbortSignal | undefined): Promise<void> {
    this.#fd ??= fs.openSync(path.join(this.repoPath, '.lock'), 'a+', 0o660);
    const { timeoutSeconds } = this.options;
    for (let waited = 0; !lock(this.#fd, kind, { wait: false }); waited++) {
      if (timeoutSeconds >= 0 && waited >= timeoutSeconds) {
        throw new OstError('busy', `Locking repo ${kind} failed: Resource temporarily unavailable`);
      }
      await sleep(1000, undefined, signal === undefined ? {} : { signal });
    }
    this.#held = kind;
  }

  #drop(kind: LockKind): void {
    if (kind === 'exclusive') this.#exclusive--;
    else this.#shared--;
    if (this.#fd === null || this.#held === null) return;
    if (this.#exclusive + this.#shared === 0) {
      unlock(this.#fd);
      this.#held = null;
      // Closing is what makes sure that nothing of ours keeps the file locked.
      fs.closeSync(this.#fd);
      this.#fd = null;
    } else if (this.#exclusive === 0 && this.#held === 'exclusive' && lock(this.#fd, 'shared', { wait: false })) {
      this.#held = 'shared';
    }
  }
}
